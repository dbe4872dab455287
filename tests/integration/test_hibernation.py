"""Sleep by the clock on the real engine, the real API server and the genuine chart.

Pods are simulated there, so the test does what the CronJobs' pods would: it runs their script with their arguments,
as the account that they have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from kubernetes import client
from kubernetes.client import AppsV1Api, BatchV1Api, CoreV1Api

from runtime.airspace_hibernation import KubernetesApi, scale_all
from stacks.embedding import Environment, RunResult
from tests.environments import ADA
from tools.control_plane import ControlPlane
from tools.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.chart]

NAMESPACE = "nights-orders"
ACCOUNT = f"{NAMESPACE}-airflow-hibernation"
WITHOUT = {
    "database": {"embedded": {"volume": {"size": "1Gi"}}},
    "scheduler": {"replicas": 2},
    "executor": {
        "type": "CeleryExecutor",
        "queues": {"default": {"workers": 2}, "heavy": {"volume": {"size": "1Gi"}}},
    },
}
# On a leap day only, so not by itself while the test looks.
ORDERS = WITHOUT | {"hibernation_schedule": {"hibernate_at": "0 19 29 2 *", "wake_at": "0 20 29 2 *"}}
CHANGED = ORDERS | {"env": {"GREETING": "hello"}}
AWAKE = {f"{NAMESPACE}-postgresql": 1, f"{NAMESPACE}-redis": 1}
"""What runs on."""
BEYOND = (
    *(f"statefulsets/{NAMESPACE}-postgresql", "deployments/another"),
    # Whole objects in place of their scale.
    *(f"deployments/{NAMESPACE}-scheduler?", f"../../../../api/v1/namespaces/{NAMESPACE}/pods/any?"),
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Replicas by workload after each step, and what the runs in between said."""

    replicas: dict[str, dict[str, int]]
    runs: dict[str, RunResult]
    refused: dict[str, int | None]
    left: set[str]
    """Names of CronJobs, once there is no schedule any more."""


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What a pod of the CronJobs is to the API server."""

    api: client.ApiClient
    folder: Path

    @property
    def kubernetes(self) -> KubernetesApi:
        body = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[]))
        answer = CoreV1Api(self.api).create_namespaced_service_account_token(ACCOUNT, NAMESPACE, body)
        authority = Path(self.api.configuration.ssl_ca_cert).read_text()
        files = {"token": answer.status.token, "namespace": NAMESPACE, "ca.crt": authority}
        for name, text in files.items():
            (self.folder / name).write_text(text)
        return KubernetesApi(self.api.configuration.host, self.folder)

    def refusal(self, workload: str) -> int | None:
        """Try to scale something else."""
        try:
            self.kubernetes.scale(workload, 0)
        except HTTPError as error:
            return error.code
        return None

    def run(self, step: str) -> None:
        """Do what the CronJob of this step would."""
        job = BatchV1Api(self.api).read_namespaced_cron_job(f"{NAMESPACE}-{step}", NAMESPACE)
        spec = job.spec.job_template.spec.template.spec
        assert spec.service_account_name == ACCOUNT
        assert scale_all(spec.containers[0].command[2:], self.kubernetes.scale, lambda _: None) == []


def environment(plane: ControlPlane, engine: Engine, home: Any, orders: dict[str, Any] | None) -> Environment:
    content = {
        "clusters": {"main": {"hosting": "enterprise", "kubeconfig": str(plane.kubeconfig)}},
        "accounts": {ADA: {"personal_workspace": False}},
        "workspaces": {"nights": {"members": {ADA: "admin"}, "deployments": {"orders": orders} if orders else {}}},
    }
    return Environment.of("nights", content, home=home, command=engine.command)


@pytest.fixture(scope="module")
def pod(api: client.ApiClient, tmp_path_factory: Any) -> Pod:
    return Pod(api=api, folder=tmp_path_factory.mktemp("account"))


@pytest.fixture(scope="module")
def seen(
    pod: Pod, engine: Engine, control_plane: ControlPlane, chart_archive: Any, tmp_path_factory: Any
) -> Iterator[Seen]:
    home = tmp_path_factory.mktemp("nights")
    replicas: dict[str, dict[str, int]] = {}
    runs: dict[str, RunResult] = {}

    def up(name: str, orders: dict[str, Any]) -> None:
        runs[name] = environment(control_plane, engine, home, orders).up()
        replicas[name] = scales(pod.api)

    def clock(name: str, step: str) -> None:
        pod.run(step)
        replicas[name] = scales(pod.api)

    try:
        up("installed", ORDERS)
        clock("asleep", "hibernate")
        refused = {workload: pod.refusal(workload) for workload in BEYOND}
        up("the same", ORDERS)
        clock("woken", "wake")
        clock("asleep again", "hibernate")
        up("changed", CHANGED)
        clock("asleep at last", "hibernate")
        up("without", WITHOUT)
        cron_jobs = BatchV1Api(pod.api).list_namespaced_cron_job(NAMESPACE).items
        yield Seen(replicas=replicas, runs=runs, refused=refused, left={one.metadata.name for one in cron_jobs})
    finally:
        environment(control_plane, engine, home, WITHOUT | {"state": "retired", "may_lose": ["logs"]}).up()
        environment(control_plane, engine, home, None).destroy()


def scales(api: client.ApiClient) -> dict[str, int]:
    apps = AppsV1Api(api)
    found = [*apps.list_namespaced_deployment(NAMESPACE).items, *apps.list_namespaced_stateful_set(NAMESPACE).items]
    return {one.metadata.name: one.spec.replicas for one in found}


def test_all_but_the_database_goes_to_sleep(seen: Seen):
    assert len(seen.replicas["installed"]) > len(AWAKE) + 5
    assert seen.replicas["asleep"] == dict.fromkeys(seen.replicas["installed"], 0) | AWAKE


def test_it_wakes_as_it_was_installed(seen: Seen):
    assert seen.replicas["installed"][f"{NAMESPACE}-scheduler"] == 2
    assert seen.replicas["woken"] == seen.replicas["installed"]


def test_the_same_again_changes_nothing_and_wakes_nobody(seen: Seen):
    assert seen.runs["the same"].is_unchanged
    assert seen.replicas["the same"] == seen.replicas["asleep"]


@pytest.mark.parametrize("step", ["changed", "without"])
def test_a_change_wakes_it_and_so_does_the_end_of_the_schedule(seen: Seen, step: str):
    assert seen.replicas[step] == seen.replicas["installed"]


def test_without_a_schedule_nothing_of_it_is_left(seen: Seen):
    assert seen.left == set()


def test_its_account_may_change_nothing_but_these_scales(seen: Seen):
    assert seen.refused == dict.fromkeys(BEYOND, HTTPStatus.FORBIDDEN)
