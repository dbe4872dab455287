"""What the README's tables say is what the code has: settings with their defaults, sizes, roles, outputs, versions."""

import importlib.metadata
import re
import typing
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components import airflow_support, airflow_versions, chart, naming, sizing
from components.access_args import Role
from components.executor_args import ExecutorKind
from components.quantities import Resources, format_bytes, format_cpu
from components.roles import ROLES
from components.sizing import Size, Sized
from stacks.offline import record_plan
from stacks.project import PROJECT_ROOT
from stacks.settings import PlatformSettings
from tests.readme import README, committed_plan, first_words, plan_file, smallest_stack_file, table
from tools.engine import MINIMUM_VERSION
from tools.pins import ETCD_VERSION, KUBERNETES_VERSION, KWOK_VERSION


@pytest.fixture
def smallest(tmp_path: Path) -> Path:
    return smallest_stack_file(tmp_path)


def models(root: type[BaseModel] = PlatformSettings) -> list[type[BaseModel]]:
    """Return every model that a stack file can hold, and those that they inherit fields from."""
    found: dict[type[BaseModel], None] = {}

    def visit(annotation: Any) -> None:
        for argument in typing.get_args(annotation):
            visit(argument)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
            for base in reversed(annotation.__mro__):
                if isinstance(base, type) and issubclass(base, BaseModel) and base.model_fields:
                    found[base] = None
            for field in annotation.model_fields.values():
                visit(field.annotation)
                for metadata in field.metadata:
                    visit(getattr(metadata, "json_schema_input_type", None))

    visit(root)
    return list(found)


def own_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model that none of its bases has, by the name that users write."""
    inherited = {name for base in model.__mro__[1:] for name in getattr(base, "model_fields", ())}
    return {field.alias or name: field for name, field in model.model_fields.items() if name not in inherited}


MODELS = {model.__name__: model for model in models() if own_fields(model)}


def test_every_settings_model_has_a_table_and_every_table_a_model():
    tables = re.findall(r"^<!-- settings: (\w+) -->$", README, re.MULTILINE)
    assert sorted(tables) == sorted(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_settings_table_names_exactly_the_keys_of_its_model(name):
    assert sorted(first_words(table(f"settings: {name}"))) == sorted(own_fields(MODELS[name]))


@pytest.mark.parametrize("name", MODELS)
def test_settings_table_gives_the_defaults_of_its_model(name):
    for row in table(f"settings: {name}"):
        key, default = first_words([row])[0], row[2]
        field = own_fields(MODELS[name])[key]
        assert row[1], f"{name}.{key} has no meaning"
        assert (default == "required") == field.is_required(), f"{name}.{key}: {default}"
        if isinstance(field.default, str | int | Enum) and field.default != "":
            said = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert default == f"`{said}`", f"{name}.{key}: {default}"
        assert default, f"{name}.{key} has no default"


def test_defaults_that_planning_fills_in_are_the_ones_in_the_tables(smallest):
    [deployment] = plan_file(smallest).deployments
    defaults = {row[0].strip("`"): row[2] for row in table("settings: DeploymentDefaults")}
    assert defaults["airflow_version"] == f"`{deployment.airflow_version}`" == f"`{airflow_versions.DEFAULT_VERSION}`"
    assert defaults["executor"] == f"`{deployment.executor.class_names}`"
    assert defaults["protect"] == f"`{str(deployment.is_protected).lower()}`"
    for part in ("scheduler", "api_server", "dag_processor", "triggerer"):
        workload = getattr(deployment, part)
        assert defaults[part] == "one, `small`"
        assert (workload.replicas, workload.resources) == (1, sizing.sized(Sized(part), Size.SMALL))
    assert {row[0]: row[2] for row in table("settings: ImageSettings")}[
        "`repository`"
    ] == f"`{deployment.image.repository}`"
    assert deployment.executor.local.parallelism == sizing.task_slots(sizing.sized(Sized.WORKER, Size.SMALL)) == 2


def test_default_budget_of_a_personal_workspace_is_the_one_in_the_table(smallest):
    [workspace] = [one for one in plan_file(smallest).workspaces.values() if one.owner]
    said = {row[0].strip("`"): row[2] for row in table("settings: PersonalWorkspacesSettings")}["budget"]
    budget = workspace.budget
    assert yaml.safe_load(said.strip("`")) == {
        "cpu": format_cpu(budget.cpu),
        "memory": format_bytes(budget.memory),
        "storage": format_bytes(budget.storage),
        "deployments": budget.deployments,
    }
    assert f"`{workspace.name}`" in README
    assert workspace.name == naming.personal_workspace_name("ada@example.com")


def written(resources: Resources) -> str:
    limits = resources.limits
    return f"{format_cpu(limits.cpu)} · {format_bytes(limits.memory)} · {format_bytes(limits.ephemeral_storage)}"


def test_sizes_are_the_ones_in_the_table():
    heading = re.search(r"<!-- sizes -->\n(.*)\n", README)[1]
    assert re.findall(r"`(\w+)`", heading) == [str(size) for size in Size]
    said = {row[0].strip("`"): row[1:] for row in table("sizes")}
    assert said == {str(part): [written(sizing.sized(part, size)) for size in Size] for part in Sized}


def test_measured_memory_is_the_one_in_the_table():
    expected = [
        [f"`{part}`", seen.load, format_bytes(seen.memory), format_bytes(sizing.sized(part, Size.SMALL).limits.memory)]
        for part, several in sizing.WORKING_SETS.items()
        for seen in several
    ]
    assert table("measured") == expected


def test_memory_of_tasks_is_the_one_in_the_table():
    expected = [
        [
            f"`{part}`{', LocalExecutor' if part is Sized.SCHEDULER else ''}",
            seen.version,
            format_bytes(seen.idle),
            format_bytes(seen.each),
        ]
        for (part, _), seen in sizing.TASK_MEMORY.items()
    ]
    assert table("task memory") == expected


def test_releases_are_the_ones_in_the_table():
    expected = [
        [
            minor,
            str(one.first_release),
            str(airflow_support.end_of_life(minor) or "the next one"),
            " to ".join(one.kubernetes),
        ]
        for minor, one in airflow_support.MINORS.items()
    ]
    assert table("releases") == expected


def test_fixed_sizes_are_the_ones_in_the_table():
    rows = table("fixed sizes")
    said = dict(zip(first_words(rows), (row[1] for row in rows), strict=True))
    fixed = ("EMBEDDED_DATABASE", "PGBOUNCER_EXPORTER")
    assert said == {name.lower(): written(getattr(sizing, name)) for name in fixed}


def test_roles_are_the_ones_in_the_table():
    found = re.search(r"^\| role \|.*\n((?:\|.*\n)+)", README, re.MULTILINE)[1]
    assert re.findall(r"^\| `(\w+)` \|", found, re.MULTILINE) == [*(str(role) for role in Role), "none"]
    in_airflow = re.findall(r"\| ([^|]+) \|$", found, re.MULTILINE)
    assert in_airflow == [*(f"`{ROLES[role].airflow_role}`" for role in Role), "nothing"]


def test_outputs_are_the_ones_in_the_tables(smallest):
    workspaces = record_plan(plan_file(smallest)).stack_outputs["workspaces"]
    retail = workspaces["retail"]
    assert sorted(first_words(table("outputs: workspace"))) == sorted(retail)
    assert sorted(first_words(table("outputs: deployment"))) == sorted(retail["deployments"]["orders"])
    for reserved in (retail["reserved"], retail["deployments"]["orders"]["reserved"]):
        assert set(reserved) == {"cpu", "memory", "storage", "pods"}


def test_versions_of_the_real_components_are_the_pinned_ones():
    engine, provider, plane, airflow_chart = (
        next(line for line in README.splitlines() if line.startswith(f"| {start}"))
        for start in ("Pulumi engine", "Kubernetes provider", "local control plane", "Airflow Helm chart")
    )
    assert f"| {MINIMUM_VERSION} or later |" in engine
    assert f"({importlib.metadata.version('pulumi')}, the version of the locked SDK)" in engine
    assert f"| {importlib.metadata.version('pulumi-kubernetes')} |" in provider
    assert f"| Kubernetes {KUBERNETES_VERSION}, etcd {ETCD_VERSION}, kwok {KWOK_VERSION} |" in plane
    assert f"| {chart.VERSION}, sha256 checked |" in airflow_chart


def test_known_airflow_releases_are_the_ones_named():
    minors = list(dict.fromkeys(version.rpartition(".")[0] for version in airflow_versions.VERSIONS))
    assert minors == ["2.11", "3.0", "3.1", "3.2", "3.3"]
    assert "Airflow 2.11 and 3.0 to 3.3" in README


def test_executors_are_all_shown():
    assert all(f"`{kind}`" in README and f"type: {kind}" in README for kind in ExecutorKind if kind != "LocalExecutor")


def test_make_up_brings_up_as_many_workspaces_and_deployments_as_it_says():
    plan = committed_plan("local")
    assert (len(plan.workspaces), len(plan.deployments)) == (3, 4)
    assert "three workspaces with four Airflow deployments" in README


def test_links_lead_somewhere():
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in README.splitlines()}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        place, _, anchor = target.partition("#")
        assert not place or (PROJECT_ROOT / place).exists(), target
        assert not anchor or anchor in headings, target
