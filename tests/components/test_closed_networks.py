"""What is left out of wide ranges, and DNS and identity providers where a cluster says they are."""

import uuid

import pytest
from kubernetes import client

from components.network_args import CLUSTER_DNS, PRIVATE, DestinationArgs, NetworkArgs
from components.network_policies import network_policies, pod_selector
from components.sign_in_args import OidcArgs, SignInArgs
from tests.components.reachability import Place, World, open_connections
from tests.factories import airflow_deployment_args, executor, git_sync

INTERNET = DestinationArgs(cidr="0.0.0.0/0")
CLOUD = NetworkArgs(
    closed=("10.40.0.0/16", "203.0.113.0/24", "2001:db8::/32", *PRIVATE),
    kubernetes_api_cidr="10.40.0.2/32",
    database=DestinationArgs(cidr="10.9.0.0/16"),
    git=INTERNET,
    egress={
        "storage": DestinationArgs(cidr="0.0.0.0/0", ports=(443,)),
        "storage-6": DestinationArgs(cidr="::/0", ports=(443,)),
        "partner": DestinationArgs(cidr="10.0.0.0/8", ports=(443,)),
    },
)
"""A cluster of many customers: nodes and pods in 10.40, load balancers in 203.0.113, and what a deployment names."""
AROUND = (
    *(("node", "10.40.3.3"), ("load balancer of others", "203.0.113.9"), ("load balancer, IPv6", "2001:db8::9")),
    *(("service", "10.96.0.10"), ("private", "192.168.3.3"), ("carrier", "100.64.3.3"), ("private, IPv6", "fd12::3")),
    *(("node identity", "169.254.169.254"), ("node identity, IPv6", "fd00:ec2::254")),
    *(("kubernetes api", "10.40.0.2"), ("database", "10.9.1.1"), ("partner", "10.77.0.1")),
    *(("internet", "198.51.100.5"), ("internet, IPv6", "2606::5")),
)


def reached(network: NetworkArgs, ports: tuple[int, ...] = (443, 5432, 6443)) -> set[tuple[str, int]]:
    args = airflow_deployment_args(network=network, executor=executor("kubernetes"), git_sync=git_sync())
    own = Place("scheduler", "10.40.1.1", args.namespace, pod_selector(args, "scheduler")["matchLabels"])
    world = World([own, *(Place(name, address) for name, address in AROUND)], [("TCP", port) for port in ports])
    found, _ = open_connections({args.namespace: list(network_policies(args).values())}, world, args.namespace)
    return {(target, port) for _, target, _, port in found}


def test_a_wide_range_leaves_out_what_is_closed_and_a_named_one_is_open():
    assert reached(CLOUD) == {
        *(("kubernetes api", 443), ("kubernetes api", 6443)),
        ("database", 5432),
        # By the range that is named, which leaves out what the cluster closes within it.
        *(("partner", 443), ("database", 443), ("service", 443)),
        *(("internet", 443), ("internet, IPv6", 443)),
    }


def test_where_nothing_is_closed_a_wide_range_leads_to_all_but_the_identity_of_nodes():
    everything = {name for name, _ in AROUND} - {"node identity", "node identity, IPv6"}
    assert {name for name, port in reached(NetworkArgs(egress=CLOUD.egress)) if port == 443} == everything


@pytest.mark.parametrize(
    ("dns", "place"),
    [
        (CLUSTER_DNS, ("kube-system", {"k8s-app": "kube-dns"}, 53)),
        (DestinationArgs(namespace="openshift-dns", ports=(5353,)), ("openshift-dns", {"dns": "default"}, 5353)),
        (DestinationArgs(cidr="192.0.2.53/32", ports=(53,)), (None, {}, 53)),
    ],
)
def test_dns_is_reached_where_it_is_and_nowhere_else(dns, place):
    namespace, labels, port = place
    args = airflow_deployment_args(network=NetworkArgs(dns=dns, database=DestinationArgs(cidr="10.9.0.0/16")))
    own = Place("scheduler", "10.1.0.1", args.namespace, pod_selector(args, "scheduler")["matchLabels"])
    others = [
        Place("other's", "10.0.0.53", "kube-system", {"k8s-app": "other"}),
        Place("usual", "10.0.0.54", "kube-system", {"k8s-app": "kube-dns"}),
    ]
    here = Place("dns", "192.0.2.53", namespace, labels)
    ports = [(protocol, number) for protocol in ("TCP", "UDP") for number in (53, 5353)]
    around = [own, here, *(one for one in others if (one.namespace, one.labels) != (namespace, labels))]
    found, _ = open_connections(
        {args.namespace: list(network_policies(args).values())}, World(around, ports), args.namespace
    )
    assert found == {("scheduler", "dns", protocol, port) for protocol in ("TCP", "UDP")}


def test_the_identity_provider_is_reached_where_the_cluster_says():
    names = {"name": "id", "client_id": "airflow", "client_secret_name": "oidc"}
    claims = {"scopes": ("openid",), "email_claim": "email", "groups_claim": "groups", "client_claim": "client_id"}
    oidc = OidcArgs(issuer="https://id.example.com", audience="airflow", **names, **claims)
    for where, blocks in (
        (DestinationArgs(), {"0.0.0.0/0", "::/0"}),
        (DestinationArgs(cidr="198.51.100.0/24"), {"198.51.100.0/24"}),
    ):
        network = NetworkArgs(identity_provider=where, database=DestinationArgs(cidr="10.9.0.0/16"))
        args = airflow_deployment_args(network=network, sign_in=SignInArgs(oidc=oidc))
        egress = network_policies(args)["api-server"]["egress"]
        to = [peer["ipBlock"]["cidr"] for rule in egress for peer in rule["to"] if rule["ports"][0]["port"] == 443]
        assert {*to} == blocks


@pytest.mark.cluster
def test_the_api_server_takes_policies_with_what_is_closed(api):
    """It refuses a range that is left out of one that does not hold it, or of itself."""
    core, name = client.CoreV1Api(api), f"closed-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name}})
    networks, strict = client.NetworkingV1Api(api), {"field_validation": "Strict", "dry_run": "All"}
    try:
        for egress in ("10.0.0.0/8", "10.40.0.0/16", "10.40.3.3/32", "fc00::/7", "2001:db8::/32"):
            network = NetworkArgs(closed=CLOUD.closed, egress={"it": DestinationArgs(cidr=egress, ports=(443,))})
            for part, spec in network_policies(airflow_deployment_args(network=network)).items():
                networks.create_namespaced_network_policy(name, {"metadata": {"name": part}, "spec": spec}, **strict)
        wrong = {"cidr": "10.40.0.0/16", "except": ["10.40.0.0/16"]}
        spec = {"podSelector": {}, "egress": [{"to": [{"ipBlock": wrong}]}]}
        with pytest.raises(client.ApiException, match="strict subset"):
            networks.create_namespaced_network_policy(name, {"metadata": {"name": "wrong"}, "spec": spec}, **strict)
    finally:
        core.delete_namespace(name)
