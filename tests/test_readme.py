"""What the README shows runs: stack files, errors, commands, Python."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stacks.offline import record_plan
from stacks.problems import SettingsError
from stacks.project import PROJECT_ROOT
from tests.readme import README, blocks, committed_plan, merged, plan_file, run, smallest_stack_file


@pytest.fixture
def smallest(tmp_path: Path) -> Path:
    return smallest_stack_file(tmp_path)


@pytest.mark.parametrize("index", range(len(blocks("yaml"))))
def test_yaml_plans_without_problems(index, smallest):
    """The first is a whole file; what follows is laid over it."""
    document = merged(yaml.safe_load(blocks("yaml")[0]), yaml.safe_load(blocks("yaml")[index]))
    smallest.write_text(yaml.safe_dump(document), encoding="utf-8")
    plan = plan_file(smallest)
    workspaces = document["config"]["airspace:workspaces"].values()
    assert {one.name for one in plan.deployments} == {name for one in workspaces for name in one.get("deployments", {})}
    assert record_plan(plan).resources


def test_the_smallest_stack_file_says_only_what_must_be_said(smallest):
    whole = yaml.safe_load(smallest.read_text(encoding="utf-8"))
    for path in (
        *(("airspace:clusters",), ("airspace:clusters", "main", "hosting"), ("airspace:clusters", "main", "local")),
        *(("airspace:accounts",), ("airspace:workspaces", "retail", "members")),
        ("airspace:workspaces", "retail", "deployments", "orders", "database"),
    ):
        document = merged(whole, {})
        holder = document["config"] = merged(whole["config"], {})
        for part in path[:-1]:
            holder[part] = dict(holder[part])
            holder = holder[part]
        del holder[path[-1]]
        smallest.write_text(yaml.safe_dump(document), encoding="utf-8")
        with pytest.raises(SettingsError):
            plan_file(smallest)


def test_the_error_shown_is_what_planning_says(smallest):
    [shown] = [block.strip() for block in blocks("text") if block.startswith("stacks/")]
    text = smallest.read_text(encoding="utf-8")
    smallest.write_text(text.replace("{ada@example.com: admin}", "{ada@example.com: admin, adah@example.com: viewer}"))
    with pytest.raises(SettingsError) as caught:
        plan_file(smallest)
    assert str(caught.value) == shown


def commands() -> Iterator[str]:
    for block in blocks("sh"):
        for line in block.splitlines():
            if command := line.partition("  #")[0].strip():
                yield command
    # Commands within sentences.
    yield from (text for text in re.findall(r"`([^`\n]+)`", README) if re.match(r"(make|uv run) [a-z]", text))


COMMANDS = sorted(set(commands()))
MAKE = [command for command in COMMANDS if command.startswith("make ")]
UV = [command for command in COMMANDS if command.startswith("uv run ")]
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="missing: make")


def test_every_command_is_of_a_kind_that_is_tested():
    other = [command for command in COMMANDS if command not in MAKE and command not in UV]
    assert all(command.startswith(("pulumi ", "export ")) for command in other), other


@needs_make
@pytest.mark.parametrize("command", MAKE)
def test_make_target_exists(command):
    answer = run(f"make --dry-run {command.removeprefix('make ')}")
    assert answer.returncode == 0, answer.stderr


@needs_make
def test_every_target_of_the_makefile_that_users_need_is_named():
    listed = re.findall(r"^([\w-]+)  ", run("make help").stdout, re.MULTILINE)
    contributing = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [target for target in listed if f"make {target}" not in README + contributing]


@needs_make
def test_make_plan_shows_the_whole_of_prod():
    answer = run("make plan STACK=prod")
    assert answer.returncode == 0, answer.stderr
    assert all(one.namespace in answer.stdout for one in committed_plan("prod").deployments)
    assert "nothing was applied" in answer.stdout


@needs_make
@pytest.mark.parametrize("command", [one for one in MAKE if one.startswith(("make rights", "make cluster-objects"))])
def test_what_an_administrator_applies_is_printed(command):
    answer = run(command)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("# cluster main")


@needs_make
def test_make_plan_writes_manifests(tmp_path):
    answer = run(f"make plan STACK=prod MANIFESTS={tmp_path}")
    assert answer.returncode == 0, answer.stderr
    assert list(tmp_path.rglob("analytics-orders/values.yaml"))
    assert list(tmp_path.rglob("analytics-orders/resourcequota-*.yaml"))


@pytest.mark.parametrize("command", [one for one in UV if "pytest" not in one])
def test_uv_command_is_understood(command):
    """Run with the same Python as the tests; what would start something is only asked for its help."""
    words = command.removeprefix("uv run python ")
    if "tools.control_plane" in words:
        assert re.fullmatch(r"-m tools\.control_plane (up|down|status)", words)
        answer = run(f"{sys.executable} -m tools.control_plane status")
        assert re.fullmatch(r"airspace-\w+: (not running|running, .+)\n", answer.stdout), answer.stderr
        return
    answer = run(f"{sys.executable} {words}" if " plan " in words else f"{sys.executable} {words} --help")
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("command", [one for one in UV if "pytest" in one])
def test_pytest_is_called_with_folders_and_markers_that_exist(command, request):
    words = shlex.split(command.removeprefix("uv run pytest "))
    markers = {line.partition(":")[0] for line in request.config.getini("markers")}
    if words[0] == "-m":
        assert set(words[1].split()) - {"or"} <= markers
    else:
        assert all((PROJECT_ROOT / word).exists() for word in words)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [("plan --stack local", 0), ("plan --stack no-such-stack", 1), ("no-such-command", 2)],
)
def test_exit_status_is_the_one_in_the_table(arguments, status):
    assert run(f"{sys.executable} -m console {arguments}").returncode == status


def test_without_an_engine_up_prints_the_plan_and_ends_with_status_3(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path), "AIRSPACE_CACHE": str(tmp_path / "cache")}
    # Nothing listens there, so that the installer is out of reach.
    nowhere = "http://127.0.0.1:9"
    environment |= {"https_proxy": nowhere, "HTTPS_PROXY": nowhere, "no_proxy": "", "NO_PROXY": ""}
    command = [sys.executable, "-m", "console", "up", "--stack", "local"]
    answer = subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 3, answer.stdout + answer.stderr
    assert "Nothing was applied" in answer.stdout


def python_environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), **variables}


def run_python(code: str, cwd: Path, **variables: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=cwd, env=python_environment(**variables), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


PLANNING, EMBEDDING = blocks("python")
ON_A_RECORDER = textwrap.dedent("""
    from stacks import embedding
    from stacks.offline import record_plan

    runs = []

    def recorded(self, **_):
        outputs = record_plan(self.plan).stack_outputs["workspaces"]
        changes = {"same": 1} if runs else {"create": 1}
        runs.append(self)
        return embedding.RunResult(
            environment="embedded", changes=changes, workspaces=outputs, duration_seconds=0.0
        )

    embedding.Environment.up = embedding.Environment.destroy = recorded
""")


def test_planning_snippet_lists_the_deployments_of_prod(tmp_path):
    lines = run_python(PLANNING, tmp_path).splitlines()
    assert "analytics-orders CeleryExecutor 3.2.2" in lines
    assert len(lines) == len(committed_plan("prod").deployments)


def test_embedding_snippet_runs_on_a_recorder(tmp_path):
    assert run_python(f"{ON_A_RECORDER}\n{EMBEDDING}", tmp_path).strip() == "planned"


@pytest.fixture
def my_cluster(control_plane_kubeconfig: Path, tmp_path: Path) -> Path:
    """A kubeconfig whose context is called as in the snippets."""
    document = yaml.safe_load(control_plane_kubeconfig.read_text(encoding="utf-8"))
    document["contexts"][0]["name"] = document["current-context"] = "my-cluster"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@pytest.mark.engine
@pytest.mark.chart
def test_embedding_snippet_runs_on_the_real_engine(my_cluster, tmp_path):
    assert run_python(EMBEDDING, tmp_path, KUBECONFIG=str(my_cluster)).strip() == "deployed"


@pytest.mark.engine
@pytest.mark.chart
def test_plain_pulumi_commands_run_on_the_real_engine(control_plane_kubeconfig, smallest, tmp_path):
    """As they stand, in a copy of the checkout: only /srv is another folder, and the questions are answered."""
    checkout = tmp_path / "checkout"
    own = shutil.ignore_patterns(
        ".git", ".venv", ".airspace", ".*_cache", ".hypothesis", "__pycache__", "tests", "docs"
    )
    shutil.copytree(PROJECT_ROOT, checkout, ignore=own)
    (checkout / ".venv").symlink_to(sys.prefix)
    (checkout / ".airspace").mkdir()
    shutil.copy(control_plane_kubeconfig, checkout / ".airspace" / "kubeconfig")
    shutil.copy(smallest, checkout / "stacks")
    (tmp_path / "srv" / "airspace-state").mkdir(parents=True)
    (tmp_path / "srv" / "airspace-passphrase").write_text("a passphrase")
    [script] = [block for block in blocks("sh") if "pulumi up" in block]
    script = script.replace("/srv/", f"{tmp_path}/srv/")
    exports = "\n".join(line for line in script.splitlines() if line.startswith("export "))
    variables = {**os.environ, "PULUMI_OPTION_YES": "true"}
    try:
        answer = run(script, checkout, env=variables, input="a-secret-value")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert re.search(r'"helm_status": ?"deployed"', answer.stdout)
        assert "a-secret-value" not in answer.stdout + answer.stderr
        assert "secure:" in (checkout / "stacks" / "Pulumi.demo.yaml").read_text(encoding="utf-8")
    finally:
        gone = run(f"{exports}\npulumi destroy --stack demo --skip-preview", checkout, env=variables)
    assert gone.returncode == 0, gone.stdout + gone.stderr
