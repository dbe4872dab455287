"""Guard rails of pods on the real API server: who starts them, who looks into them, and where they run."""

from http import HTTPStatus
from typing import Any

import pytest
from kubernetes import client

from components.hosting_args import NodeGroupArgs, SiteArgs
from tests.components.guarded_cluster import DEPLOYER, MEMBER, Guarded, guarded, wait
from tests.components.guarded_requests import DRY, pod, pod_body, refused

pytestmark = pytest.mark.cluster

GROUP = {"pool": "orders", "example.com/disk": ""}


@pytest.fixture(scope="module")
def production(api):
    with guarded(api) as found:
        wait(lambda: refused(lambda: reach(found, MEMBER, "mine"), "connections"))
        wait(lambda: refused(lambda: pod(found, MEMBER), "launched-pods"))
        yield found


@pytest.fixture(scope="module")
def development(api):
    with guarded(api, is_production=False) as found:
        wait(lambda: refused(lambda: reach(found, found.account("dag"), part(found)), "connections"))
        yield found


@pytest.fixture(scope="module")
def pinned(api):
    with guarded(api, site=SiteArgs(node_group=NodeGroupArgs(selector=GROUP))) as found:
        wait(lambda: refused(lambda: pod(found, found.account("dag")), "nodes"))
        yield found


def part(place: Guarded, name: str = "scheduler-5d8f-x2x") -> str:
    return f"{place.namespace}-{name}"


def reach(place: Guarded, user: str, name: str, way: str = "exec", verb: str = "post") -> None:
    """Connect to a pod that is not there: who is let through is told so, and nobody gets anywhere."""
    thing = "service" if way == "service_proxy" else "pod"
    options = {"command": ["env"], "stdout": True} if way == "exec" else {}
    with place.as_user(user) as api:
        call = getattr(client.CoreV1Api(api), f"connect_{verb}_namespaced_{thing}_{way.removeprefix('service_')}")
        try:
            call(name, place.namespace, **options)
        except client.ApiException as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE}:
                raise


SHELLS = [(way, verb) for way in ("exec", "attach") for verb in ("post", "get")]
PARTS = (
    *("scheduler-5d8f-x2x", "api-server-5d8f-x2x", "worker-0", "worker-heavy-0", "triggerer-0", "redis-0"),
    *("postgresql-0", "pgbouncer-5d8f-x2x", "run-airflow-migrations-x2x"),
)


@pytest.mark.parametrize(("way", "verb"), SHELLS)
def test_in_production_nobody_gets_a_shell_but_the_platform(production, way, verb):
    for name in ("mine", part(production)):
        for user in (MEMBER, production.account("spark-operator", "spark")):
            assert refused(lambda user=user, name=name: reach(production, user, name, way, verb), "connections")
        reach(production, DEPLOYER, name, way, verb)


@pytest.mark.parametrize("name", PARTS)
def test_a_task_opens_no_shell_in_a_part_of_airflow(production, development, name):
    for place in (production, development):
        for account in ("airspace-scheduler", "dag"):
            user = place.account(account)
            assert refused(lambda place=place, user=user: reach(place, user, part(place, name)), "connections")


@pytest.mark.parametrize(("way", "verb"), SHELLS)
def test_a_task_reads_a_result_out_of_a_pod_that_it_started(production, development, way, verb):
    """As the KubernetesPodOperator does, with whatever name a DAG's author gave."""
    for place in (production, development):
        for name in ("orders-import-x2x", f"{place.namespace}-import-x2x", "scheduler-x2x"):
            reach(place, place.account("airspace-scheduler"), name, way, verb)


@pytest.mark.parametrize(("way", "verb"), SHELLS)
def test_elsewhere_rights_decide_who_gets_a_shell(development, way, verb):
    for name in ("mine", part(development)):
        reach(development, MEMBER, name, way, verb)


def test_no_container_is_added_to_a_running_pod_in_production(production, development):
    for place in (production, development):
        core = client.CoreV1Api(place.api)
        body = pod_body(image="quay.io/x", schedulerName="none")
        core.create_namespaced_pod(place.namespace, body)
        added = {**body["spec"]["containers"][0], "name": "debug"}
        patch = {"spec": {"ephemeralContainers": [added]}}

        def debug(place: Guarded, user: str, patch: Any = patch) -> None:
            with place.as_user(user) as api:
                change = client.CoreV1Api(api).patch_namespaced_pod_ephemeralcontainers
                change("new", place.namespace, patch, **DRY)

        try:
            if place is production:
                assert refused(lambda debug=debug, place=place: debug(place, MEMBER), "connections")
                assert refused(lambda debug=debug, place=place: debug(place, place.account("dag")), "connections")
            else:
                debug(place, MEMBER)
            debug(place, DEPLOYER)
        finally:
            core.delete_namespaced_pod("new", place.namespace, grace_period_seconds=0)


def test_nobody_goes_around_network_policies_by_the_api_server(production, development):
    for place in (production, development):
        for way in ("proxy", "service_proxy"):
            for user in (MEMBER, place.account("dag")):
                asked = {"place": place, "user": user, "name": "mine", "way": way, "verb": "get"}
                assert refused(lambda asked=asked: reach(**asked), "connections")
            reach(place, DEPLOYER, "mine", way, "get")
        assert refused(lambda place=place: reach(place, place.account("dag"), "mine", "portforward"), "connections")
        # A role may let a member do so.
        reach(place, MEMBER, "mine", "portforward")


def test_nobody_starts_pods_by_hand(production):
    assert refused(lambda: pod(production, MEMBER), "launched-pods")
    for user in (DEPLOYER, production.account("dag"), production.account("spark-operator", "spark")):
        pod(production, user)


ELSEWHERE: dict[str, dict[str, Any]] = {
    "anywhere": {},
    "on other nodes": {"nodeSelector": {**GROUP, "pool": "invoices"}},
    "on more nodes": {"nodeSelector": {"pool": "orders"}},
    "on a node by its name": {"nodeSelector": GROUP, "nodeName": "node-0"},
    "by affinity": {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["invoices"]}]}
                    ]
                }
            }
        }
    },
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_pod_of_a_pinned_deployment_runs_elsewhere(pinned, where):
    for user in (pinned.account("dag"), DEPLOYER, pinned.account("replicaset-controller", "kube-system")):
        assert refused(lambda user=user: pod(pinned, user, **ELSEWHERE[where]), "nodes")


def test_pods_run_on_nodes_of_the_group_and_may_choose_among_them(pinned, production):
    for selector in (GROUP, {**GROUP, "topology.kubernetes.io/zone": "a"}):
        pod(pinned, pinned.account("dag"), nodeSelector=selector)
    for spec in ELSEWHERE.values():
        pod(production, production.account("dag"), **spec)
