"""Options of airflow.cfg that are refused, in every way to write them."""

import pytest

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
