"""What is said of networks and accounts, as it reaches a deployment: nearest wins, and a place is taken as a whole."""

import pytest

from components.network_args import DestinationArgs, NetworkArgs
from tests.stacks.environments import deployment, deployment_on, planned, shared


def test_where_nothing_is_said_nothing_is_assumed():
    args = deployment()
    assert args.network == NetworkArgs()
    assert (args.service_accounts, args.pod_launching) == ({}, False)


def test_what_lies_around_a_cluster_reaches_its_deployments():
    around = {"metrics_namespace": "monitoring", "kubernetes_api": "192.0.2.10/32", "dns_cache": "169.254.20.10/32"}
    around["kubernetes_api_ports"] = [443, 16443]
    ingress = {"domain": "airflow.example.com", "namespace": "edge"}
    network = deployment_on({"hosting": "enterprise", "local": True, "network": around, "ingress": ingress}).network
    assert network == NetworkArgs(
        dns_cidr="169.254.20.10/32",
        kubernetes_api_cidr="192.0.2.10/32",
        kubernetes_api_ports=(443, 16443),
        ingress_namespace="edge",
        metrics_namespace="monitoring",
    )


def test_egress_of_environment_workspace_and_deployment_adds_up_and_the_nearest_place_wins():
    def egress(**places):
        return {"network": {"egress": {name: {"ports": [443], **place} for name, place in places.items()}}}

    plan = planned(
        defaults={"database": "embedded", **egress(logs={"cidr": "10.1.0.0/16"}, lake={"cidr": "10.2.0.0/16"})},
        workspaces={
            "analytics": shared(
                defaults=egress(lake={"namespace": "lake", "pods": {"app": "minio"}}),
                deployments={"orders": egress(shop={"cidr": "10.3.0.0/16"})},
            )
        },
    )
    assert plan.deployments[0].network.egress == {
        "logs": DestinationArgs(cidr="10.1.0.0/16", ports=(443,)),
        "lake": DestinationArgs(namespace="lake", pods={"app": "minio"}, ports=(443,)),
        "shop": DestinationArgs(cidr="10.3.0.0/16", ports=(443,)),
    }


@pytest.mark.parametrize(("version", "web"), [("3.2.2", "api-server"), ("2.11.2", "webserver")])
def test_accounts_are_those_of_the_parts(version, web):
    said = {"api_server": {"annotations": {"a": "b"}}, "migration": {}, "task_pod": {"annotations": {"c": "d"}}}
    found = deployment(airflow_version=version, service_accounts=said, pod_launching=True)
    assert found.service_accounts == {web: {"a": "b"}, "run-airflow-migrations": {}, "task-pod": {"c": "d"}}
    assert found.pod_launching


def test_a_single_address_of_nodes_may_be_named_on_a_cluster_of_ones_own():
    agent = {"cidr": "169.254.170.23/32", "ports": [80]}
    assert deployment(network={"egress": {"identity-agent": agent}}).network.egress["identity-agent"].ports == (80,)


def test_room_for_pods_that_tasks_start_lets_tasks_start_them():
    assert deployment(extra_task_pods={"max_pods": 2}).pod_launching
    assert not deployment(extra_task_pods={"max_pods": 2}, pod_launching=False).pod_launching
