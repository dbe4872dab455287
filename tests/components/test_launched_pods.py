"""Pods that tasks start without a word of the platform: what is filled in, and that the real API server takes them."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from kubernetes import client
from kubernetes.client import models as k8s

from components.args import AirflowDeploymentArgs
from components.executor_args import TolerationArgs
from components.hosting_args import NodeGroupArgs, RegistriesArgs, SiteArgs
from components.values import build_values
from components.values.escape import refused_values
from components.values.templating import literal
from runtime.airflow_local_settings import XCOM_SIDECAR
from tests.components.chart_rendering import of_kind, rendered
from tests.components.guarded_cluster import guarded, wait
from tests.components.guarded_requests import DRY, refused
from tests.components.pod_security import violations
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args

IMAGE = "docker.io/apache/airflow:3.2.2"
SITE = SiteArgs(
    node_group=NodeGroupArgs(selector={"pool": "big"}, tolerations=(TolerationArgs(key="dedicated"),)),
    registries=RegistriesArgs(pull_secrets=("registry",)),
)
LAUNCHING = ("Celery-3.2.2-launching", "Kubernetes-2.11.2-launching")


def hook(text: str) -> Any:
    """Load the file as Airflow does."""
    found: dict[str, Any] = {}
    exec(compile(text, "airflow_local_settings.py", "exec"), found)  # noqa: S102 - what is tested
    assert found["__all__"] == ("pod_mutation_hook",)
    return found["pod_mutation_hook"]


def hook_of(args: AirflowDeploymentArgs) -> Any:
    return hook(build_values(args)["airflowLocalSettings"].replace(literal("{{"), "{{"))


def written(pod: k8s.V1Pod) -> dict[str, Any]:
    found: dict[str, Any] = client.ApiClient().sanitize_for_serialization(pod)
    return found


def bare(**spec: Any) -> k8s.V1Pod:
    """What an operator makes of a name, an image and a command, with the sidecar that returns a result."""
    containers = [
        k8s.V1Container(name="base", image=IMAGE, command=["true"]),
        k8s.V1Container(name=XCOM_SIDECAR, image="docker.io/apache/airflow:sidecar"),
    ]
    first = [k8s.V1Container(name="first", image=IMAGE)]
    metadata = k8s.V1ObjectMeta(name="report")
    return k8s.V1Pod(metadata=metadata, spec=k8s.V1PodSpec(init_containers=first, containers=containers, **spec))


def test_without_leave_to_start_pods_the_chart_keeps_its_own_file():
    assert "airflowLocalSettings" not in build_values(airflow_deployment_args(site=SITE))


def test_a_hook_of_the_users_own_takes_its_place():
    own = {"airflowLocalSettings": "def pod_mutation_hook(pod):\n    pass\n"}
    args = airflow_deployment_args(pod_launching=True, chart_values=own)
    assert list(refused_values(build_values(replace(args, chart_values={})), own)) == []
    assert build_values(args)["airflowLocalSettings"] == own["airflowLocalSettings"]


def test_what_a_pod_leaves_open_is_filled_in():
    pod = bare()
    assert violations(written(pod))
    hook_of(airflow_deployment_args(pod_launching=True, site=SITE))(pod)
    assert violations(written(pod)) == []
    spec = written(pod)["spec"]
    assert spec["priorityClassName"] == "airspace-dev-tasks"
    assert spec["nodeSelector"] == {"pool": "big"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    users = {one["name"]: one["securityContext"].get("runAsUser") for one in spec["containers"]}
    assert users == {"base": None, XCOM_SIDECAR: 50000}


def test_where_there_is_nothing_to_fill_in_nothing_is():
    pod = bare()
    hook_of(airflow_deployment_args(pod_launching=True))(pod)
    added = {"securityContext", "priorityClassName"}
    assert set(written(pod)["spec"]) - set(written(bare())["spec"]) == added


def test_what_a_pod_says_of_itself_stays():
    context = k8s.V1SecurityContext(
        allow_privilege_escalation=True, capabilities=k8s.V1Capabilities(add=["NET_ADMIN"]), run_as_user=7
    )
    said = SimpleNamespace(
        priority_class_name="airspace-dev-tasks-high",
        node_selector={"pool": "small", "disk": "fast"},
        tolerations=[k8s.V1Toleration(key="dedicated", operator="Exists")],
        image_pull_secrets=[k8s.V1LocalObjectReference(name="mine")],
        security_context=k8s.V1PodSecurityContext(
            run_as_non_root=False, run_as_user=8, seccomp_profile=k8s.V1SeccompProfile(type="Localhost")
        ),
    )
    pod = bare(**vars(said))
    pod.spec.containers[1].security_context = context
    before = written(pod)["spec"]
    hook_of(airflow_deployment_args(pod_launching=True, site=SITE))(pod)
    after = written(pod)["spec"]
    assert {name: after[name] for name in before if name not in {"containers", "initContainers"}} == {
        name: one for name, one in before.items() if name not in {"containers", "initContainers"}
    }
    assert after["containers"][1] == before["containers"][1]


def test_contexts_that_a_dag_has_written_as_maps_are_filled_in_too():
    """The KubernetesPodOperator hands them on as they are."""
    pod = bare(security_context={"runAsUser": 7, "runAsNonRoot": None})
    pod.spec.containers[0].security_context = {"runAsUser": 50000, "allowPrivilegeEscalation": True}
    hook_of(airflow_deployment_args(pod_launching=True))(pod)
    spec = written(pod)["spec"]
    profile = {"type": "RuntimeDefault"}
    assert spec["securityContext"] == {"runAsUser": 7, "runAsNonRoot": True, "seccompProfile": profile}
    contexts = [one["securityContext"] for one in spec["containers"]]
    dropped = {"capabilities": {"drop": ["ALL"]}}
    assert contexts == [
        {"runAsUser": 50000, "allowPrivilegeEscalation": True, **dropped},
        {"allowPrivilegeEscalation": False, **dropped},
    ]


@pytest.mark.chart
@pytest.mark.parametrize("scenario", LAUNCHING)
def test_the_chart_hands_the_file_to_airflow_as_it_is(scenario):
    args = SCENARIOS[scenario]
    [text] = [
        one["data"]["airflow_local_settings.py"]
        for one in of_kind(rendered(args), "ConfigMap")
        if "airflow_local_settings.py" in one["data"]
    ]
    pod = bare()
    hook(text)(pod)
    assert violations(written(pod)) == []


@pytest.mark.chart
def test_pods_of_the_kubernetes_executor_stay_as_they_are():
    args = SCENARIOS["Kubernetes-2.11.2-launching"]
    [text] = [
        one["data"]["pod_template_file.yaml"]
        for one in of_kind(rendered(args), "ConfigMap")
        if "pod_template_file.yaml" in one["data"]
    ]
    pod = client.ApiClient().deserialize(json.dumps(yaml.safe_load(text)), "V1Pod", "application/json")
    before = written(pod)
    hook_of(args)(pod)
    assert written(pod) == before


@pytest.mark.cluster
def test_the_api_server_takes_what_is_filled_in_and_refuses_it_without(api):
    with guarded(api, site=SITE, pod_launching=True) as place:
        user = place.account("dag")

        def create(pod: k8s.V1Pod) -> None:
            with place.as_user(user) as own:
                client.CoreV1Api(own).create_namespaced_pod(place.namespace, pod, **DRY)

        fill = hook_of(place.deployment)
        on_any_node = bare()
        fill(on_any_node)
        on_any_node.spec.node_selector = None
        wait(lambda: refused(lambda: create(on_any_node), "nodes"))
        with pytest.raises(client.ApiException, match="violates PodSecurity"):
            create(bare(node_selector={"pool": "big"}, priority_class_name=f"airspace-{place.namespace}-tasks"))
        filled = bare()
        fill(filled)
        create(filled)
