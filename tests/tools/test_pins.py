import re
import shutil
from pathlib import Path

import pytest

from tools import pins
from tools.pins import (
    CONTROL_PLANE,
    ETCD_VERSION,
    HELM,
    HELM_VERSION,
    KUBERNETES_VERSION,
    KWOK_VERSION,
    MODULES,
    Bundle,
)


@pytest.mark.parametrize(
    ("module", "requirement"),
    [
        ("kubernetes", f"k8s.io/kubernetes v{KUBERNETES_VERSION}"),
        ("etcd", f"go.etcd.io/etcd/server/v3 v{ETCD_VERSION}"),
        ("kwok", f"sigs.k8s.io/kwok v{KWOK_VERSION}"),
        ("helm", f"helm.sh/helm/v3 v{HELM_VERSION}"),
    ],
)
def test_the_go_modules_require_the_pinned_versions(module: str, requirement: str) -> None:
    assert requirement in (MODULES / module / "go.mod").read_text()
    assert requirement in (MODULES / module / "go.sum").read_text()


def test_every_library_of_kubernetes_has_the_version_of_kubernetes() -> None:
    lines = (MODULES / "kubernetes" / "go.mod").read_text().split("replace (")[1].splitlines()
    replaced = [line.split(" => ")[1] for line in lines if " => " in line]
    assert len(replaced) > 30
    assert {line.split()[1] for line in replaced} == {"v0." + KUBERNETES_VERSION.split(".", 1)[1]}


def test_every_binary_is_a_tool_of_its_module() -> None:
    for binary in (*CONTROL_PLANE.binaries, *HELM.binaries):
        assert binary.package in (MODULES / binary.module / "go.mod").read_text(), binary.name


def test_helm_renders_for_the_kubernetes_of_its_own_libraries() -> None:
    [library] = re.findall(r"k8s.io/client-go v0\.(\d+)\.", (MODULES / "helm" / "go.mod").read_text())
    assert f"chartutil.k8sVersionMinor={library}" in HELM.binaries[0].linker_flags


@pytest.mark.parametrize(("module", "changed"), [("etcd", CONTROL_PLANE), ("helm", HELM)])
def test_a_changed_module_is_another_set_of_its_own_binaries_only(
    module: str, changed: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {bundle: bundle.digest() for bundle in (CONTROL_PLANE, HELM)}
    shutil.copytree(MODULES, tmp_path / "go")
    monkeypatch.setattr(pins, "MODULES", tmp_path / "go")
    assert {bundle: bundle.digest() for bundle in before} == before
    with (tmp_path / "go" / module / "go.sum").open("a") as handle:
        handle.write("more\n")
    assert [bundle for bundle in before if bundle.digest() != before[bundle]] == [changed]
