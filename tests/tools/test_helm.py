from collections.abc import Callable
from pathlib import Path

import pytest

from tools import helm
from tools.binaries import FoundBinaries
from tools.errors import ComponentUnavailable
from tools.helm import ensure_helm
from tools.pins import HELM

Script = Callable[..., Path]


def unavailable(*_: object) -> FoundBinaries:
    raise ComponentUnavailable(HELM.label, ["cache: not there", "PATH: no go there"], "Go online.")


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the pinned one in a cache."""
    monkeypatch.setattr(helm, "ensure_binaries", lambda *_: FoundBinaries(folder=tmp_path, origin="test"))
    return tmp_path / "helm"


def test_a_helm_on_path_comes_first(script: Script, pinned: Path) -> None:
    on_path = script("helm", "echo v3.19.0+g3d8990f")
    assert ensure_helm() == on_path
    on_path.unlink()
    assert ensure_helm() == pinned


@pytest.mark.parametrize("body", ["echo v4.0.1+g12500dd", "echo v3.18.6+gb76a950", "exit 1"])
def test_a_helm_on_path_that_does_not_serve_is_passed_over(body: str, script: Script, pinned: Path) -> None:
    script("helm", body)
    assert ensure_helm() == pinned


def test_all_that_was_tried_is_named(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "ensure_binaries", unavailable)
    on_path = script("helm", "echo v4.0.1+g12500dd")
    with pytest.raises(ComponentUnavailable) as caught:
        ensure_helm()
    old = f"PATH: {on_path}: says 'v4.0.1+g12500dd', 3.19 or later of version 3 is needed"
    assert caught.value.tried == (old, "cache: not there", "PATH: no go there")
    assert caught.value.remedy == "Go online. A Helm 3.19 or later of version 3 on PATH serves too."
    on_path.unlink()
    with pytest.raises(ComponentUnavailable, match="PATH: no helm there"):
        ensure_helm()
