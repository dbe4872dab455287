import socket
from pathlib import Path

import pytest

from tools import control_plane
from tools.binaries import FoundBinaries
from tools.cluster_objects import NODE_COUNT, cluster_objects
from tools.control_plane import ControlPlane, main
from tools.errors import ComponentUnavailable
from tools.kwok_cluster import KwokCluster, configuration
from tools.ports import free_ports


def test_each_checkout_has_a_cluster_of_its_own(tmp_path: Path) -> None:
    one, other = ControlPlane(tmp_path / "one"), ControlPlane(tmp_path / "other")
    assert one.name == ControlPlane(tmp_path / "one").name
    assert one.name != other.name
    assert one.context == f"kwok-{one.name}"
    assert one.kubeconfig == tmp_path / "one" / ".airspace" / "kubeconfig"


def test_nothing_runs_before_it_is_made_and_deleting_nothing_is_fine(tmp_path: Path) -> None:
    plane = ControlPlane(tmp_path)
    assert not plane.is_running()
    plane.delete()
    plane.delete()
    assert not plane.is_running()


def test_deleting_leaves_no_folder_and_no_kubeconfig(tmp_path: Path) -> None:
    plane = ControlPlane(tmp_path)
    moved = tmp_path / ".airspace" / "kwok" / ".kwok" / "clusters" / "where-it-was-before"
    moved.mkdir(parents=True)
    plane.kubeconfig.write_text("")
    plane.delete()
    assert [path.name for path in (tmp_path / ".airspace").iterdir()] == ["control-plane.lock"]


def test_a_control_plane_that_does_not_come_up_says_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    kwokctl = tmp_path / "bin" / "kwokctl"
    kwokctl.write_text("""#!/bin/sh\necho '{"msg": "Failed to start", "err": "no space"}'\nexit 1\n""")
    kwokctl.chmod(0o755)
    found = FoundBinaries(folder=tmp_path / "bin", origin="test")
    monkeypatch.setattr(control_plane, "ensure_binaries", lambda *_: found)
    monkeypatch.setattr(control_plane, "DIED_SECONDS", 0)
    plane = ControlPlane(tmp_path)
    with pytest.raises(ComponentUnavailable, match="kwokctl create: Failed to start no space"):
        plane.ensure()
    assert not plane.is_running()


def test_kwokctl_is_given_a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWOK_WORKDIR", "/elsewhere")
    monkeypatch.setenv("KUBECONFIG", "/elsewhere/config")
    kwokctl = tmp_path / "kwokctl"
    kwokctl.write_text('#!/bin/sh\necho "$HOME|$KWOK_WORKDIR|$KUBECONFIG|$*"\n')
    kwokctl.chmod(0o755)
    home = tmp_path / "a home"
    home.mkdir()
    said = KwokCluster(home, "one").start(FoundBinaries(folder=tmp_path, origin="test"))
    assert said == f"kwokctl start: {home}|||start cluster --name one"


def test_the_cluster_listens_on_loopback_only_with_admission_and_rbac_on(tmp_path: Path) -> None:
    options = configuration(FoundBinaries(folder=tmp_path, origin="test"), {})["options"]
    assert options["bindAddress"] == "127.0.0.1"
    assert options["kubeAdmission"]
    assert options["kubeAuthorization"]


def test_the_cluster_has_nodes_with_addresses_of_their_own_and_one_default_storage_class() -> None:
    items = cluster_objects()["items"]
    nodes = [item for item in items if item["kind"] == "Node"]
    assert len({node["spec"]["podCIDR"] for node in nodes}) == NODE_COUNT
    (storage,) = [item for item in items if item["kind"] == "StorageClass"]
    assert storage["metadata"]["name"] == "standard"
    assert storage["reclaimPolicy"] == "Delete"


def test_ports_in_use_are_passed_over() -> None:
    first = free_ports(3, "seed")
    assert first == free_ports(3, "seed")
    with socket.create_server(("127.0.0.1", first[1])):
        assert not set(first) & set(free_ports(3, "seed"))


def test_checkouts_and_attempts_start_from_different_ports() -> None:
    assert len({tuple(free_ports(1, seed, attempt)) for seed in ("a", "b") for attempt in (0, 1)}) == 4


@pytest.mark.parametrize("arguments", [[], ["start"], ["up", "now"]])
def test_misuse_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "up|down|status" in capsys.readouterr().err
