"""What a user gives to make reaches the command as one word, whatever is in it."""

import shlex
import subprocess

import pytest

from stacks.project import PROJECT_ROOT

ODD = "a;id 'b' \"c\" `d`"
GIVEN = {"STACK": "--stack", "CONTEXT": "--context", "MANIFESTS": "--manifests", "SUBJECT": "--subject"}


@pytest.mark.parametrize("target", ["up", "down", "plan", "rights", "cluster-objects", "unlock"])
def test_odd_values_are_no_commands_to_the_shell(target):
    command = ["make", "--dry-run", target, *(f"{name}={ODD}" for name in GIVEN)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=True)
    [line] = [line for line in done.stdout.splitlines() if f"console {target} " in line]
    words = shlex.split(line)
    options = words[words.index(target) + 1 :]
    assert set(options[::2]) <= set(GIVEN.values())
    assert options[0] == "--stack"
    assert set(options[1::2]) == {ODD}


def test_the_suite_takes_arguments_of_pytest_and_odd_names_of_clusters():
    command = ["make", "--dry-run", "e2e", f"CONTEXT={ODD}", "ARGS=-k 'life or keys' -x"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.replace("\\\n", "").splitlines()
    [asked] = [shlex.split(line) for line in lines if line.startswith("test -n")]
    assert asked[2] == ODD
    [words] = [shlex.split(line) for line in lines if "pytest -v" in line]
    assert f"AIRSPACE_E2E_CONTEXT={ODD}" in words
    assert words[-4:] == ["tests/e2e", "-k", "life or keys", "-x"]
