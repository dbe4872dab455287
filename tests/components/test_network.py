"""Network policies, evaluated against the pods of the genuine chart: what must be open is, and nothing else."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.network import edges, git_port
from components.network_args import DestinationArgs, NetworkArgs
from components.network_policies import DEFAULT_DENY, network_policies, pod_selector
from tests.components.network_world import NARROW, NEIGHBOUR, PORTS, cases, needed, neighbour, own_pods, places
from tests.components.reachability import Place, World, open_connections, selects
from tests.components.scenarios import SCENARIOS
from tests.factories import airflow_deployment_args, embedded_database, executor

CASES = dict(cases(SCENARIOS))
COUNTS = Path(__file__).parent / "reachability.txt"
MUTATED = (
    "Kubernetes+Celery+Local-3.2.2-git_sync-launching",
    "Celery+Kubernetes-2.11.2-git_sync-launching",
    "Local-3.2.2-host-embedded",
    "Celery2Queues-3.2.2-keda-pooled",
    "Celery+Kubernetes-2.11.2-support-external",
    "Celery2Queues-3.2.2-site-external",
    "Celery-3.2.2-broker-external",
    "Kubernetes+Celery+Local-3.2.2-git_sync-logs",
    "Celery+Kubernetes-3.2.2-git_sync-metrics",
    "Celery-3.2.2-plain-exposed",
)


NEIGHBOURS = list(network_policies(neighbour()).values())


def reached(args: Any, specs: Any = None, world: World | None = None) -> tuple[set[Any], int]:
    """Return what the policies leave open from and to the deployment, and the number of connections tried."""
    own = network_policies(args) if specs is None else specs
    policies = {args.namespace: list(own.values()), NEIGHBOUR: NEIGHBOURS}
    return open_connections(policies, world or World(places(args), PORTS), args.namespace)


@pytest.mark.chart
@pytest.mark.parametrize("case", CASES)
def test_what_a_deployment_needs_is_open_and_nothing_else(case):
    found, _ = reached(CASES[case])
    wanted = needed(CASES[case])
    assert (sorted(wanted - found), sorted(found - wanted)) == ([], [])


@pytest.mark.chart
def test_numbers_of_open_and_closed_connections_are_the_listed_ones(request):
    lines = [f"{'case':60} {'open':>6} {'closed':>8}"]
    for case, args in sorted(CASES.items()):
        found, tried = reached(args)
        lines.append(f"{case:60} {len(found):6} {tried - len(found):8}")
    if request.config.getoption("renew_golden"):
        COUNTS.write_text("\n".join([*lines, ""]), encoding="utf-8")
    assert COUNTS.read_text(encoding="utf-8").splitlines() == lines


def mutants(specs: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the policies with one half of one edge taken away, moved to another port, or opened to all."""
    for name, spec in specs.items():
        for half, side in (("ingress", "from"), ("egress", "to")):
            for index, rule in enumerate(spec.get(half, [])):
                port = [{**entry, "port": entry["port"] + 1} for entry in rule["ports"]]
                changes = {"gone": None, "moved": {**rule, "ports": port}, "to all": {**rule, side: []}}
                if any(set(peer) != {"podSelector"} for peer in rule[side]):
                    # Between pods of ours the other half still closes the other ports.
                    changes["all ports"] = {**rule, "ports": []}
                for what, change in changes.items():
                    changed = copy.deepcopy(specs)
                    changed[name][half][index : index + 1] = [] if change is None else [change]
                    yield f"{name} {half} {rule}: {what}", changed
        yield f"{name} is gone", {other: entry for other, entry in specs.items() if other != name}


@pytest.mark.chart
@pytest.mark.parametrize("case", MUTATED)
def test_every_half_of_every_edge_is_missed_when_it_is_gone_moved_or_widened(case):
    args = CASES[case]
    wanted = needed(args)
    tried = dict(mutants(network_policies(args)))
    world = World(places(args), PORTS)
    unnoticed = [what for what, mutant in tried.items() if reached(args, mutant, world)[0] == wanted]
    # The default matters to pods that have no policy of their own, and here all have one.
    assert unnoticed == ([f"{DEFAULT_DENY} is gone"] if args.pod_launching else [])
    assert len(tried) > 3 * len(edges(args))


@pytest.mark.chart
@pytest.mark.parametrize("case", MUTATED)
def test_an_edge_that_is_widened_at_both_ends_is_noticed(case, monkeypatch):
    args = CASES[case]
    wanted, whole, world = needed(args), edges(args), World(places(args), PORTS)
    for index, edge in enumerate(whole):
        for ports in ((22,), (*edge.ports, 22)):
            changed = [*whole[:index], replace(edge, ports=ports), *whole[index + 1 :]]
            monkeypatch.setattr("components.network_policies.edges", lambda _, changed=changed: changed)
            assert reached(args, world=world)[0] != wanted, edge


@pytest.mark.chart
@pytest.mark.parametrize("case", CASES)
def test_each_pod_is_under_the_default_and_under_one_policy_of_its_own(case):
    args = CASES[case]
    policies = network_policies(args)
    for pod in own_pods(args):
        chosen = [name for name, spec in policies.items() if selects(spec["podSelector"], pod.labels)]
        own = [] if pod.name == "launched" and not args.pod_launching else [pod.name]
        assert chosen == [DEFAULT_DENY, *own]


def test_the_default_closes_both_directions_for_all_pods():
    spec = network_policies(airflow_deployment_args())[DEFAULT_DENY]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_where_nothing_is_said_the_outside_is_all_but_the_nodes_identity():
    args = airflow_deployment_args(executor=executor("kubernetes"))
    spec = network_policies(args)["scheduler"]
    blocks = [peer["ipBlock"] for rule in spec["egress"] for peer in rule["to"] if "ipBlock" in peer]
    assert {block["cidr"] for block in blocks} == {"0.0.0.0/0", "::/0"}
    left_out = {block["cidr"]: block["except"] for block in blocks}
    assert left_out["0.0.0.0/0"] == ["169.254.0.0/16", "168.63.129.16/32"]
    assert left_out["::/0"] == ["fe80::/10", "fd00:ec2::/32", "fd20:ce::/96"]


def test_wide_extra_egress_leaves_out_the_nodes_identity_too():
    network = NetworkArgs(egress={"all": DestinationArgs(cidr="0.0.0.0/0", ports=(80, 443))})
    args = airflow_deployment_args(network=network, database=embedded_database())
    around = [Place("scheduler", "10.1.0.1", args.namespace, pod_selector(args, "scheduler")["matchLabels"])]
    around += [Place("identity", "169.254.169.254"), Place("internet", "192.0.2.1")]
    policies = {args.namespace: list(network_policies(args).values())}
    found, _ = open_connections(policies, World(around, [("TCP", 80)]), args.namespace)
    assert found == {("scheduler", "internet", "TCP", 80)}


def test_google_workload_identity_opens_its_metadata_server_for_its_part_alone():
    annotations = {"worker": {"iam.gke.io/gcp-service-account": "etl@company.iam.gserviceaccount.com"}}
    args = airflow_deployment_args(executor=executor("celery"), service_accounts=annotations)
    opened = {
        (part, peer["ipBlock"]["cidr"], rule["ports"][0]["port"])
        for part, spec in network_policies(args).items()
        for rule in spec.get("egress", [])
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr", "").startswith("169.254")
    }
    assert opened == {("worker", "169.254.169.254/32", 80), ("worker", "169.254.169.252/32", 988)}


def test_a_namespace_as_destination_may_be_narrowed_to_some_of_its_pods():
    where = DestinationArgs(namespace="databases", pods={"cluster": "orders"}, ports=(5433,))
    args = airflow_deployment_args(network=NetworkArgs(database=where))
    rules = network_policies(args)["scheduler"]["egress"]
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}},
        "podSelector": {"matchLabels": {"cluster": "orders"}},
    }
    assert {"to": [peer], "ports": [{"protocol": "TCP", "port": 5433}]} in rules


def test_the_kubernetes_api_is_reached_on_the_ports_that_it_has():
    network = NetworkArgs(kubernetes_api_cidr="192.0.2.10/32", kubernetes_api_ports=(16443,))
    scheduler = network_policies(airflow_deployment_args(executor=executor("kubernetes"), network=network))["scheduler"]
    api = [{"ipBlock": {"cidr": "192.0.2.10/32"}}]
    assert [rule["ports"] for rule in scheduler["egress"] if rule["to"] == api] == [
        [{"protocol": "TCP", "port": 16443}]
    ]


def test_a_dns_cache_on_the_nodes_is_reached_beside_the_clusters_dns():
    args = airflow_deployment_args(network=NetworkArgs(dns_cidr="169.254.20.10/32"))
    rules = network_policies(args)["scheduler"]["egress"]
    cached = [rule for rule in rules if rule["to"] == [{"ipBlock": {"cidr": "169.254.20.10/32"}}]]
    assert [rule["ports"] for rule in cached] == [[{"protocol": p, "port": 53}] for p in ("UDP", "TCP")]


@pytest.mark.parametrize(
    ("repo", "port"),
    [
        ("https://git.example.com/orders.git", 443),
        ("http://git.example.com/orders.git", 80),
        ("https://git.example.com:8443/orders.git", 8443),
        ("ssh://git@git.example.com:2222/orders.git", 2222),
        ("ssh://git@git.example.com/orders.git", 22),
        ("git@git.example.com:data/orders.git", 22),
    ],
)
def test_the_port_of_a_repository_is_the_one_of_its_address(repo, port):
    assert git_port(repo) == port


def test_every_edge_says_why():
    assert all(edge.why for case in MUTATED for edge in edges(CASES[case]))
    assert all(edge.source or edge.target for case in MUTATED for edge in edges(CASES[case]))
    assert NARROW.egress
