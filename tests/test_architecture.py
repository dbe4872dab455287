"""Which way imports go, how large files and functions may be, and that every test is found."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("components", "stacks", "console", "tools", "runtime")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 300
MAX_FUNCTION_LINES = 40

MAKES_RESOURCES = {
    "airflow_deployment",
    "base",
    "cluster",
    "deployment_accounts",
    "deployment_secrets",
    "deployment_site",
    "subjects",
    "workspace",
}
"""The only components that may know Pulumi; all other modules beside them are pure."""
RUNS_PULUMI = {"embedding", "offline", "program", "provided", "recording", "rights", "run_errors", "standing"}
"""The only modules of stacks that may load Pulumi; all others are pure, new ones too."""
PURE_APART = {"components", "stacks"}
"""Packages whose modules are pure apart from those named above."""
FORBIDDEN = {
    "components": {"stacks", "console", "tools"},
    "stacks": {"console"},
    # It runs where none of these are.
    "runtime": {"components", "stacks", "console", "tools"},
    "tools": {"components", "stacks", "console"},
}
"""What modules of a package never import."""
SYNONYMS = re.compile(r"tenant|tenancy", re.IGNORECASE)
"""The design's word is workspace."""


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def pure_modules():
    impure = {f"components.{name}" for name in MAKES_RESOURCES} | {f"stacks.{name}" for name in RUNS_PULUMI}
    return sorted({module_name(path) for path in SOURCES if path.relative_to(ROOT).parts[0] in PURE_APART} - impure)


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports(node):
    """Yield what a module imports at run time, also within functions."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            for other in child.orelse:
                yield from imports(other)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are written in full"
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from imports(child)


def imported_by(path):
    return set(imports(ast.parse(path.read_text(encoding="utf-8"))))


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_one_way(path):
    package = path.relative_to(ROOT).parts[0]
    forbidden = FORBIDDEN.get(package, set())
    assert {name for name in imported_by(path) if name.split(".")[0] in forbidden} == set()


@pytest.mark.parametrize("module", pure_modules())
def test_pure_modules_never_name_pulumi(module):
    path = ROOT / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert {name for name in imported_by(path) if name.split(".")[0].startswith("pulumi")} == set()


def test_pure_modules_never_load_pulumi_through_others():
    probe = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    if found := sorted(m for m in sys.modules if m.split('.')[0] in ('pulumi', 'pulumi_kubernetes')):\n"
        "        sys.exit(f'{name} loads {found[0]}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *pure_modules()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    "module", ["stacks.cron_field", "stacks.role_changes", "stacks.floor_plan", "components.sizing"]
)
def test_a_module_is_pure_unless_it_is_named(module):
    assert module in pure_modules()


def test_modules_that_are_named_impure_exist():
    assert [name for name in RUNS_PULUMI if not (ROOT / "stacks" / f"{name}.py").is_file()] == []
    assert [name for name in MAKES_RESOURCES if not (ROOT / "components" / f"{name}.py").is_file()] == []


def test_the_entry_point_is_short():
    assert len((ROOT / "__main__.py").read_text().splitlines()) <= 15


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module_name)
def test_files_can_be_read_at_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=module_name)
def test_functions_do_one_thing(path):
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions(path)}
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_code_keeps_to_the_words_of_the_design(path):
    assert SYNONYMS.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TESTS, ids=module_name)
def test_no_test_is_skipped_by_the_name_of_its_file(path):
    has_tests = any(node.name.startswith("test_") for node in functions(path))
    assert has_tests == path.name.startswith("test_")
