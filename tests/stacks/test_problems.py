"""Which known word a reader probably meant."""

import pytest

from stacks.problems import closest

ACCOUNTS = ["ada@example.com", "bob@example.com", "ines@example.com", "ines@subsidiary.example.org"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ADA@example.com", "ada@example.com"),
        ("Adda@Example.com", "ada@example.com"),
        ("ines@exmaple.com", "ines@example.com"),
        ("ines@subsidiary.example.com", "ines@subsidiary.example.org"),
        ("ada@other.org", "ada@example.com"),
        # Everybody of a company has the same domain.
        ("zoe@example.com", None),
        ("example.com@zoe", None),
    ],
)
def test_people_are_told_apart_by_what_is_before_the_domain(written, meant):
    assert closest(written, ACCOUNTS) == meant


@pytest.mark.parametrize(("written", "meant"), [("schedular", "scheduler"), ("DAGS", "dags"), ("nonsense", None)])
def test_other_words_are_compared_as_a_whole_and_in_either_case(written, meant):
    assert closest(written, ["scheduler", "dags", "triggerer"]) == meant
