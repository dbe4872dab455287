"""The table of who entered each Airflow as what, of the sign-ins in the files before this one."""

import pytest

from tests.airflow.people import ENTERS_AS, WHO
from tests.airflow.visits import ENTERED
from tools.airflow_releases import PACKAGES_OF

pytestmark = pytest.mark.airflow
OUT = ("removed member", "out of the group", "disabled by the provider", "removed admin with another's address")
"""Those of whom the tests before note that they are refused."""


def test_everybody_entered_as_the_roster_says_and_nobody_else(house, capsys):
    if not ENTERED:
        pytest.skip(
            "nobody has signed in: run it with tests/airflow/test_sessions.py and tests/airflow/test_sign_in.py"
        )
    width = max(map(len, ENTERED))
    with capsys.disabled():
        print(f"\n{'entered as':{width}}", *(f"Airflow {version:8}" for version in PACKAGES_OF))
        for person, seen in ENTERED.items():
            print(f"{person:{width}}", *(f"{seen.get(version, 'not tried'):16}" for version in PACKAGES_OF))
    expected = {**dict.fromkeys(OUT, "refused"), **{WHO[email]: role or "refused" for email, role in ENTERS_AS.items()}}
    assert {person: dict.fromkeys(PACKAGES_OF, role) for person, role in expected.items()} == ENTERED
