"""The JSON Schema of stack files says what the settings say."""

import json
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
import yaml

from stacks.project import STACKS
from stacks.schema import SCHEMA_FILE, schema_text, stack_file_schema
from tests.stacks.environments import environment, shared

STACK_FILES = sorted(STACKS.glob("Pulumi.*.yaml"))
REFUSED_BY_FORM = (
    *("unknown_key", "unknown_key_in_personal_workspace", "unknown_key_in_worker_queue", "unknown_section"),
    *("wrong_type_empty", "wrong_type_map", "wrong_type_number", "wrong_type_option"),
    *("wrong_type_text", "quantity_with_fraction", "quantity_with_wrong_unit", "count_out_of_bounds"),
    *("executor_unknown", "executor_without_type", "executor_that_version_lacks", "executors_none"),
    *("member_role_unknown", "members_missing", "access_role_unknown", "hosting_unknown", "name_not_dns"),
    *("personal_workspace_a_flag", "clusters_missing", "file_without_config", "ingress_domain_with_scheme"),
    *("provision_unknown", "node_group_without_nodes", "taint_effect_unknown"),
    *("secret_as_database", "secret_in_database_config", "secret_in_secret_env", "secret_not_encrypted"),
    *("variable_not_a_name", "git_address_unknown_kind"),
)
"""Case files whose mistake an editor can show while it is being made."""


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(stack_file_schema())


def read(path):
    return yaml.safe_load(path.read_text())


def stack_file(**sections):
    return {"config": {f"airspace:{name}": deepcopy(value) for name, value in environment(**sections).items()}}


def test_the_committed_schema_is_current():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "renew it with `python -m stacks.schema`"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(stack_file_schema())


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.stem)
def test_committed_stacks_are_valid_and_tell_editors_so(path, validator):
    assert [error.message for error in validator.iter_errors(read(path))] == []
    assert path.read_text().splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"


@pytest.mark.parametrize("case", REFUSED_BY_FORM)
def test_the_schema_refuses_what_is_wrong_in_form(case, validator):
    document = read(Path(__file__).parent / "invalid" / f"{case}.yaml")
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    "beside",
    [
        {"encryptionsalt": "v1:salt"},
        {"secretsprovider": "awskms://alias/airspace", "encryptedkey": "key"},
        {"environment": ["shared"]},
    ],
)
def test_what_the_engine_keeps_in_a_stack_file_is_allowed(beside, validator):
    assert validator.is_valid(stack_file() | beside)


def test_other_programs_and_secrets_may_be_configured(validator):
    document = stack_file()
    document["config"] |= {"aws:region": "eu-central-1", "airspace:orders_url": {"secure": "v1:encrypted"}}
    assert validator.is_valid(document)


def test_a_secret_must_be_encrypted(validator):
    document = stack_file()
    document["config"]["airspace:orders_url"] = "postgresql://example.com"
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    "executor", ["CeleryExecutor", ["CeleryExecutor", {"type": "KubernetesExecutor"}], {"type": "LocalExecutor"}]
)
def test_short_forms_are_allowed(executor, validator):
    orders = {"executor": executor, "database": "embedded"}
    assert validator.is_valid(stack_file(workspaces={"analytics": shared(deployments={"orders": orders})}))


def test_the_schema_is_for_readers():
    text = json.dumps(stack_file_schema()["$defs"])
    assert '"title"' not in text
    undescribed = [
        f"{name}.{key}"
        for name, model in stack_file_schema()["$defs"].items()
        for key, field in model.get("properties", {}).items()
        if "description" not in field and "$ref" not in field and key != "type"
    ]
    assert undescribed == []
