"""What is said of networks and accounts, as it reaches a deployment: nearest wins, and a place is taken as a whole."""

from dataclasses import replace

import pytest

from components.network_args import CLUSTER_DNS, PRIVATE, DestinationArgs, NetworkArgs
from tests.environments import CLOUD
from tests.stacks.environments import deployment, deployment_on, planned, refusals, shared


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


def test_room_for_pods_that_tasks_start_lets_tasks_start_them_unless_that_is_denied():
    room = {"extra_task_pods": {"max_pods": 2}}
    assert deployment(**room).pod_launching
    defaults = {"database": "embedded", **room}
    workspaces = {"analytics": shared(deployments={"orders": {"pod_launching": False}})}
    [orders] = planned(defaults=defaults, workspaces=workspaces).deployments
    assert not orders.pod_launching


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ({}, CLUSTER_DNS),
        ({"ports": [5353]}, replace(CLUSTER_DNS, ports=(5353,))),
        ({"namespace": "openshift-dns"}, DestinationArgs(namespace="openshift-dns", ports=(53,))),
        ({"cidr": "192.0.2.53/32"}, DestinationArgs(cidr="192.0.2.53/32", ports=(53,))),
    ],
)
def test_dns_is_where_the_cluster_says(written, where):
    network = {"dns": written}
    assert deployment_on({"hosting": "enterprise", "local": True, "network": network}).network.dns == where


def on_cloud(cluster, **settings):
    network = {**CLOUD["network"], **cluster}
    return deployment_on({**CLOUD, "context": "eu", "network": network}, **settings).network


def test_private_addresses_are_closed_on_a_cloud_beside_what_it_lists():
    assert on_cloud({}).closed == ("10.0.0.0/16", *PRIVATE)
    own = {"hosting": "enterprise", "local": True, "network": CLOUD["network"]}
    assert deployment_on(own).network.closed == ("10.0.0.0/16",)


def test_what_is_named_is_reached_on_a_cloud():
    network = {"database": {"cidr": "10.9.0.7/32"}, "git": {"cidr": "0.0.0.0/0"}}
    network["egress"] = {"lake": {"namespace": "lake", "ports": [443]}}
    dags = {"git": {"repo": "https://git.example.com/orders.git"}}
    found = on_cloud({"namespaces": ["lake"]}, database={"secret": "metadata"}, dags=dags, network=network)
    assert (found.database.cidr, found.git.cidr, found.egress["lake"].namespace) == ("10.9.0.7/32", "0.0.0.0/0", "lake")


def test_a_retired_deployment_names_nothing_on_a_cloud():
    assert on_cloud({}, database={"secret": "metadata"}, state="retired").database == DestinationArgs()


def test_googles_identity_is_taken_on_a_cloud_that_has_its_metadata_server():
    annotations = {"iam.gke.io/gcp-service-account": "etl@company.iam.gserviceaccount.com"}
    on_cloud({"gke_metadata": True}, service_accounts={"scheduler": {"annotations": annotations}})


def test_a_list_of_namespaces_bounds_a_cluster_of_ones_own_too():
    around = {"hosting": "enterprise", "local": True, "network": {"namespaces": ["lake"]}}
    for namespace in ("lake", "pond"):
        network = {"database": {"namespace": namespace}}
        if namespace == "lake":
            assert deployment_on(around, network=network).network.database.namespace == "lake"
        else:
            workspaces = {"analytics": shared(deployments={"orders": {"network": network}})}
            (line,) = refusals(clusters={"main": around}, workspaces=workspaces)
            assert "pond is not open to deployments of this cluster, only: lake" in line
