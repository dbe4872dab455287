"""Documents beside the README name what exists and keep their form."""

import importlib
import re

import pytest

from stacks.project import PROJECT_ROOT


@pytest.mark.parametrize("path", sorted((PROJECT_ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.stem)
def test_decision_is_short_and_says_context_decision_and_consequences(path):
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}\. \S", text)
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 40


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *sorted(p.name for p in (PROJECT_ROOT / "docs/adr").glob("*.md"))]
)
def test_files_that_a_document_names_exist(document):
    path = PROJECT_ROOT / document
    path = path if path.exists() else PROJECT_ROOT / "docs" / "adr" / document
    named = re.findall(r"`((?:components|stacks|console|tools|tests|docs)/[\w./-]*?\w+\.\w+)`", path.read_text("utf-8"))
    assert not [name for name in named if name != "stacks/Pulumi.demo.yaml" and not (PROJECT_ROOT / name).exists()]


def test_what_the_readme_says_to_import_is_there():
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)` \(from `([\w.]+)`\)", readme)
    assert {name for name, _ in named} >= {"SettingsError", "ComponentUnavailable", "RunFailed"}
    assert [name for name, module in named if not hasattr(importlib.import_module(module), name)] == []


def test_make_targets_that_documents_name_exist():
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    documents = [*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs" / "adr").glob("*.md")]
    named = {
        name
        for path in documents
        for name in re.findall(r"(?:`|^)make ([a-z0-9]+(?:-[a-z0-9]+)*)", path.read_text("utf-8"), re.M)
    }
    assert named
    assert named <= targets
