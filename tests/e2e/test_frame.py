"""The suite itself, without a cluster: what it gives up on, what it prints, what it would bring up."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stacks.offline import record_plan
from tests.e2e import declared
from tests.e2e.airflow_api import Airflow, TooLateError
from tests.e2e.cluster import AwayError, BrokenError, RealCluster
from tests.e2e.platform import Platform, RunError
from tests.e2e.pod_watch import PodWatch, tells_of_a_kill
from tests.e2e.report import Report
from tests.e2e.test_change import NO_IMAGE
from tests.e2e.watching import killed_for_memory, trouble
from tests.e2e.where import Where

BORN = datetime(2026, 1, 1, tzinfo=UTC)
WHERE = Where(context="somewhere", kubeconfig=None, storage_class="fast")


def pod(*containers: dict[str, Any], conditions: list[dict[str, Any]] | None = None, init: bool = False):
    field = "initContainerStatuses" if init else "containerStatuses"
    status = {field: list(containers), "conditions": conditions or []}
    return {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}, "status": status}


def waiting(why: str, restarts: int = 0, **last: Any):
    ended = {"lastState": {"terminated": last}} if last else {}
    return {"name": "scheduler", "restartCount": restarts, "state": {"waiting": {"reason": why}}, **ended}


UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "message": "Insufficient cpu"}


@pytest.mark.parametrize(
    ("found", "seconds", "said"),
    [
        (pod(waiting("PodInitializing")), 800, None),
        (pod(waiting("ErrImagePull")), 800, None),
        (pod(waiting("ImagePullBackOff")), 60, None),
        (pod(waiting("ImagePullBackOff")), 100, "scheduler waits: ImagePullBackOff"),
        (pod(waiting("InvalidImageName")), 1, "InvalidImageName"),
        (pod(waiting("CreateContainerConfigError"), init=True), 61, "CreateContainerConfigError"),
        (pod(waiting("CrashLoopBackOff", 2)), 800, None),
        (pod(waiting("CrashLoopBackOff", 3)), 1, "crashed 3 times"),
        (pod(waiting("CrashLoopBackOff", 4, reason="OOMKilled", exitCode=137)), 1, "last with OOMKilled (137)"),
        (pod(conditions=[UNSCHEDULABLE]), 60, None),
        (pod(conditions=[UNSCHEDULABLE]), 121, "is on no node after 121 s: Insufficient cpu"),
        ({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}, 800, None),
    ],
)
def test_what_will_never_come_up_is_given_up_early(found, seconds, said):
    reason = trouble(found, BORN + timedelta(seconds=seconds))
    assert reason is None if said is None else said in str(reason)


class Scripted(Airflow):
    """An Airflow that gives answers in order, and signs in as often as it is asked to."""

    def __init__(self, *answers: tuple[int, str] | Exception) -> None:
        super().__init__(SimpleNamespace(look=lambda: None), "somewhere", 3, "ada@example.com")
        self.answers = list(answers)
        self.signed_in = 0

    def _signed_in(self):
        self.signed_in += 1
        return {"Authorization": f"Bearer {self.signed_in}"}

    def _send(self, method, path, body, headers):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr("tests.e2e.airflow_api.PAUSE_SECONDS", 0)


@pytest.mark.parametrize(
    ("answers", "found", "sign_ins"),
    [
        ([(404, "")], False, 1),
        ([(200, "{}")], True, 1),
        ([(401, ""), (200, "{}")], True, 2),
        ([(403, "Invalid JWT"), (404, "")], False, 2),
        ([(503, ""), (500, ""), AwayError("none"), TimeoutError(), (200, "{}")], True, 1),
    ],
)
@pytest.mark.usefixtures("no_pause")
def test_only_an_airflow_that_says_so_lacks_a_run(answers, found, sign_ins):
    airflow = Scripted(*answers)
    assert (airflow.has("e2e_hello", "run-1"), airflow.signed_in) == (found, sign_ins)


@pytest.mark.usefixtures("no_pause")
def test_what_came_through_although_its_answer_did_not_is_not_made_twice():
    Scripted(TimeoutError(), (409, "exists")).add_connection("first", "password")
    with pytest.raises(AssertionError, match="409"):
        Scripted((409, "exists")).add_connection("first", "password")
    with pytest.raises(TooLateError, match="last answer: 404"):
        Scripted((404, "no such DAG")).call("GET", "/dags/e2e_hello", seconds=0.01)


def test_crashes_of_before_and_a_crowded_cluster_are_no_trouble():
    crashed, now = pod(waiting("CrashLoopBackOff", 4)), BORN + timedelta(seconds=200)
    assert trouble(crashed, now, before={"scheduler": 2}) is None
    assert "crashed 3 times" in str(trouble(crashed, now, before={"scheduler": 1}))
    assert trouble(pod(conditions=[UNSCHEDULABLE]), now, unschedulable_seconds=240) is None
    assert trouble(pod(conditions=[UNSCHEDULABLE]), now, unschedulable_seconds=120)


class Staged(Platform):
    """A platform whose runs end as they are told."""

    def __init__(self, home: Path, *ends: str | None, pending: tuple[str, ...] = ()) -> None:
        cluster = SimpleNamespace(
            is_roomy=False, forget_troubles=lambda: None, delete_pending_releases=lambda: list(pending)
        )
        super().__init__(where=WHERE, cluster=cluster, home=home, report=Report())
        self.ends = list(ends)
        self.ran: list[Any] = []

    def start(self, operation, wanted):
        self.ran.append(wanted)

    def _watched(self, process, *, look=True):
        if error := self.ends.pop(0):
            raise RunError(error)
        return {"changes": {"update": 1}, "seconds": 1}


PENDING = "release: another operation\nDelete the newest `sh.helm.release` Secret of its namespace."


def test_a_release_that_was_left_pending_is_mended_once(tmp_path):
    mended = Staged(tmp_path, PENDING, None, pending=("sh.helm.release.v1.airflow.v2",))
    assert mended.bring({"local": {}}, "local")["deleted"] == ["sh.helm.release.v1.airflow.v2"]
    assert (mended.stands, len(mended.ran)) == ({"local": {}}, 2)
    for broken in (
        Staged(tmp_path, PENDING, PENDING, pending=("one",)),
        Staged(tmp_path, PENDING),
        Staged(tmp_path, "no", pending=("one",)),
    ):
        with pytest.raises(RunError):
            broken.bring({"local": {}}, "local")
        assert not broken.ends


def test_what_stood_before_a_broken_run_is_brought_up_again(tmp_path):
    platform = Staged(tmp_path, None, "broken", None)
    platform.ensure("local")
    with pytest.raises(RunError):
        platform.ensure("local", env={"E2E_MARK": "blue"})
    again = Staged(tmp_path, None)
    assert again.take_up()
    for one in (platform, again):
        one.ensure("local")
        assert (one.ran[-1], one.ends) == ({"local": declared.DEPLOYMENTS["local"]}, [])
        one.ensure("local")


def test_a_container_that_used_too_much_memory_is_told_from_others():
    assert killed_for_memory(pod({"name": "base", "state": {"terminated": {"reason": "OOMKilled"}}}))
    assert killed_for_memory(pod(waiting("CrashLoopBackOff", reason="OOMKilled")))
    assert not killed_for_memory(pod({"name": "base", "state": {"terminated": {"reason": "Error"}}}))


def task_pod(name: str, phase: str, **status: Any):
    return {"metadata": {"name": name, "labels": {"task_id": name}}, "status": {"phase": phase, **status}}


def test_a_watch_counts_unfinished_pods_and_knows_who_was_killed():
    seen = PodWatch(core=None, namespace="somewhere", selector="")
    news = [seen.note(task_pod(name, phase)) for name in ("a", "b") for phase in ("Pending", "Running", "Running")]
    assert news == [False, True, False] * 2
    seen.note(task_pod("a", "Succeeded"))
    seen.note(task_pod("b", "Running"), is_gone=True)
    seen.note(task_pod("c", "Pending"))
    seen.note(task_pod("d", "Pending"))
    assert (seen.most, seen.killed()) == (2, set())
    seen.note(task_pod("c", "Failed", **pod({"state": {"terminated": {"reason": "OOMKilled"}}})["status"]))
    seen.logs["a"] = ['{"event": "Task finished", "exit_code": -9, "final_state": "failed"}']
    assert seen.killed() == {"a", "c"}


@pytest.mark.parametrize(
    ("log", "is_told"),
    [
        ("Process exited \x1b[36mexit_code\x1b[0m=\x1b[35m-9\x1b[0m signal_sent=SIGKILL", True),
        ("Process terminated by signal. Likely out of memory error (OOM).", True),
        ("Task exited with return code -9", True),
        ("exit code 137", True),
        ("exit_code=0 at 2026-01-01T00:00:00 run-9 137", False),
        ("exit_code=-15", False),
    ],
)
def test_a_log_tells_of_a_kill(log, is_told):
    assert tells_of_a_kill(log) == is_told


def test_the_environment_plans_and_keeps_its_data_while_it_sleeps():
    environment = declared.environment(WHERE, Path("/nowhere"), declared.DEPLOYMENTS)
    namespaces = {one.namespace for one in environment.plan.deployments}
    assert namespaces == {declared.namespace(name) for name in declared.DEPLOYMENTS}
    assert all(one.database.embedded and one.database.embedded.volume for one in environment.plan.deployments)
    assert record_plan(environment.plan).resources


def test_what_the_suite_changes_can_be_planned():
    changes = [
        {"executor": declared.CELERY},
        {"executor": declared.KUBERNETES, "extra_task_pods": {"max_pods": 1}},
        {"airflow_version": "3.2.2", "image": {"tag": NO_IMAGE}},
    ]
    for change in changes:
        assert declared.environment(WHERE, Path("/nowhere"), {"local": change}).plan.deployments


class Quiet(RealCluster):
    """A cluster of which only the events and logs of pods are known, and which pods there are."""

    def __init__(self, *pods: dict[str, Any]) -> None:
        self.api = SimpleNamespace(sanitize_for_serialization=lambda items: items)
        self.there = list(pods)
        self.core = SimpleNamespace(list_namespaced_pod=lambda *_, **__: SimpleNamespace(items=self.there))
        self.on_look = lambda: None
        self._unschedulable_seconds, self._is_patient, self._crashes, self._given_up = 120, False, {}, set()

    def namespaces(self):
        return ["ada-local"]

    def events(self, namespace, pod=None):
        return [{"reason": f"Event{number}", "message": "said"} for number in range(10)]

    def log(self, namespace, pod, container, *, previous=False):
        return {("migrate", False): "first line\nlast line", ("wait", True): "before the crash"}.get(
            (container, previous), ""
        )


def test_an_early_failure_names_the_pod_with_its_last_events_and_log_lines():
    spec = {"initContainers": [{"name": "wait"}], "containers": [{"name": "migrate"}, {"name": "silent"}]}
    broken = {"metadata": {"name": "job-1", "namespace": "ada-local"}, "spec": spec}
    assert Quiet().described(broken, "crashed 3 times").splitlines() == [
        "pod ada-local/job-1 crashed 3 times",
        "last events:",
        *(f"  Event{number}: said" for number in range(2, 10)),
        "last log lines of wait:",
        "  before the crash",
        "last log lines of migrate:",
        "  first line",
        "  last line",
    ]


def test_a_pod_that_was_broken_before_a_run_is_not_held_against_it_but_another_is():
    def broken(uid: str) -> dict[str, Any]:
        found = pod(waiting("ImagePullBackOff"))
        metadata = {**found["metadata"], "uid": uid, "name": uid, "namespace": "ada-local"}
        return {**found, "metadata": metadata, "spec": {"containers": [{"name": "scheduler"}]}}

    cluster = Quiet(broken("old"))
    with pytest.raises(BrokenError, match="ada-local/old"):
        cluster.look()
    cluster.forget_troubles()
    cluster.look()
    cluster.there.append(broken("new"))
    with pytest.raises(BrokenError, match="ada-local/new"):
        cluster.look()


def test_the_dags_are_python_and_hold_no_template():
    text = (Path(__file__).parent / "dags" / "e2e.py").read_text(encoding="utf-8")
    assert ast.parse(text)
    assert "{{" not in text
