import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.processes import command_path, end_processes, forget_strangers, own_processes

Start = Callable[..., int]


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    folder = tmp_path / "clusters" / "one"
    (folder / "pids").mkdir(parents=True)
    (folder / "bin").mkdir()
    return folder


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `sleep` under another name, and record its id as kwokctl does."""
    started: list[subprocess.Popen[bytes]] = []

    def run(cluster: Path, name: str, program: Path | None = None) -> int:
        sleep = shutil.which("sleep")
        assert sleep
        path = program or cluster / "bin" / name
        if program is None:
            path.symlink_to(sleep)
        process = subprocess.Popen([path, "60"])
        started.append(process)
        # For an instant a new program has no command line yet.
        while command_path(process.pid) != path:
            time.sleep(0.001)
        (cluster / "pids" / f"{name}.pid").write_text(str(process.pid))
        return process.pid

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_a_recorded_process_of_the_cluster_is_its_own(cluster: Path, start: Start) -> None:
    pid = start(cluster, "etcd")
    assert own_processes(cluster) == {"etcd": pid}


def test_a_stranger_with_a_recorded_id_is_neither_counted_nor_ended(cluster: Path, start: Start) -> None:
    stranger = start(cluster, "etcd", Path(shutil.which("sleep") or ""))
    assert own_processes(cluster) == {}
    assert end_processes(cluster) == []
    os.kill(stranger, 0)
    forget_strangers(cluster)
    assert not (cluster / "pids" / "etcd.pid").exists()


def test_a_copied_checkout_does_not_own_the_processes_of_the_original(
    cluster: Path, start: Start, tmp_path: Path
) -> None:
    start(cluster, "etcd")
    copy = tmp_path / "copy" / "clusters" / "one"
    shutil.copytree(cluster, copy, symlinks=True)
    assert own_processes(copy) == {}


def test_a_moved_checkout_owns_its_processes(cluster: Path, start: Start, tmp_path: Path) -> None:
    pid = start(cluster, "etcd")
    moved = tmp_path / "moved" / "clusters" / "one"
    moved.parent.mkdir(parents=True)
    cluster.rename(moved)
    assert own_processes(moved) == {"etcd": pid}


def test_processes_are_ended_and_waited_for(cluster: Path, start: Start) -> None:
    start(cluster, "etcd")
    start(cluster, "kube-apiserver")
    assert end_processes(cluster) == []
    assert own_processes(cluster) == {}


@pytest.mark.parametrize("content", ["", "soon", "999999999"])
def test_a_record_without_a_process_is_nothing(cluster: Path, content: str) -> None:
    (cluster / "pids" / "etcd.pid").write_text(content)
    assert own_processes(cluster) == {}
