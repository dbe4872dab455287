"""Options of airflow.cfg that are refused, in every way to write them."""

import ast
from pathlib import Path

import pytest

from components import owned_options
from components.owned_options import OWNED_OPTIONS, refuse_option, refuse_variable


@pytest.mark.parametrize(("section", "option"), OWNED_OPTIONS)
def test_an_owned_option_is_refused_in_every_spelling(section, option):
    for spelling in (option, option.upper(), f"{option}_cmd", f"{option}_secret"):
        reason = refuse_option(section, spelling)
        assert reason is not None
        assert OWNED_OPTIONS[section, option] in reason


@pytest.mark.parametrize(("section", "option"), OWNED_OPTIONS)
def test_a_variable_that_sets_an_owned_option_is_refused(section, option):
    variable = f"AIRFLOW__{section}__{option}".upper()
    for spelling in (variable, f"{variable}_CMD", f"{variable}_SECRET"):
        assert refuse_variable(spelling) is not None


COLLECTOR = ("otel_on", "otel_host", "otel_port", "otel_ssl_active", "otel_service")


@pytest.mark.parametrize(
    ("section", "option"),
    [
        *(("metrics", option) for option in ("statsd_on", *COLLECTOR, "otel_interval_milliseconds")),
        *(("traces", option) for option in COLLECTOR),
        ("scheduler", "statsd_on"),
    ],
)
def test_options_of_metrics_are_refused_with_the_setting_to_use(section, option):
    assert "use metrics.opentelemetry" in (refuse_option(section, option) or "")


def test_no_remedy_is_written_twice():
    """The first of two would count for nothing."""
    tree = ast.parse(Path(owned_options.__file__).read_text(encoding="utf-8"))
    [table] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_BY_REMEDY" and node.value
    ]
    assert isinstance(table, ast.Dict)
    remedies = [eval(ast.unparse(key), vars(owned_options)) for key in table.keys if key]  # noqa: S307
    assert len(remedies) == len(set(remedies)) > 20


@pytest.mark.parametrize("section", ["api_auth", "execution_api"])
def test_a_section_that_is_all_of_tokens_is_owned_as_a_whole(section):
    """Whatever a later release adds to it."""
    assert refuse_option(section.upper(), "of_a_later_release") is not None
    assert refuse_variable(f"AIRFLOW__{section.upper()}__OF_A_LATER_RELEASE") is not None


@pytest.mark.parametrize("name", ["AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW_CONN_AIRFLOW_DB"])
def test_variables_that_the_chart_sets_are_refused(name):
    assert refuse_variable(name) is not None


@pytest.mark.parametrize(
    "name", ["GREETING", "AIRFLOW__CORE__MAX_MAP_LENGTH", "AIRFLOW_CONN_WAREHOUSE", "AIRFLOW__CORE", "airflow__core__x"]
)
def test_other_variables_are_left_to_the_user(name):
    assert refuse_variable(name) is None


@pytest.mark.parametrize(("section", "option"), [("core", "max_map_length"), ("smtp", "smtp_host"), ("a.b", "c-d")])
def test_other_options_are_left_to_the_user(section, option):
    assert refuse_option(section, option) is None


@pytest.mark.parametrize(("section", "option"), [("core]\n[x", "a"), ("core", "a = b"), ("", "a"), ("core", "{{ x }}")])
def test_what_is_no_name_of_an_option_is_refused(section, option):
    assert "is not the name of an option" in (refuse_option(section, option) or "")
