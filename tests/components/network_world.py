"""A cluster with a deployment in it, its neighbour, and what is around; and which connections must be open there.

The pods are those that the genuine chart renders. What must be open is said here anew, as a table.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from components.args import AirflowDeploymentArgs
from components.database import embedded_database_stateful_set
from components.network_args import DestinationArgs, NetworkArgs
from tests.components.chart_rendering import pods, rendered
from tests.components.reachability import Connection, Place
from tests.components.scenarios import SUPPORT
from tests.factories import airflow_deployment_args, embedded_database, executor, git_sync, ui_service

NEIGHBOUR = "finance-ledger"
OUTSIDE = (
    Place("dns", "10.0.0.10", "kube-system", {"k8s-app": "kube-dns"}),
    Place("kube-system pod", "10.0.0.11", "kube-system", {"k8s-app": "other"}),
    Place("ingress controller", "10.0.0.12", "ingress-nginx", {"app": "controller"}),
    Place("metrics", "10.0.0.13", "monitoring", {"app": "prometheus"}),
    Place("keda", "10.0.0.15", "keda", {"app": "keda-operator"}),
    Place("stranger", "10.0.0.14", "default", {"component": "scheduler", "tier": "airflow"}),
    Place("kubernetes api", "10.96.0.1"),
    Place("git server", "203.0.113.7"),
    Place("database server", "10.9.9.9"),
    Place("broker", "10.8.8.8"),
    Place("proxy", "10.7.7.7"),
    Place("warehouse", "198.51.100.5"),
    Place("internet", "192.0.2.1"),
    Place("node identity", "169.254.169.254"),
)
PORTS = (
    *(("TCP", port) for port in (22, 53, 80, 443, 988, 3128, 5432, 5672, 6379, 6443, 6543, 7433)),
    *(("TCP", port) for port in (8080, 8793, 8794, 9102, 9125, 9127)),
    *(("UDP", port) for port in (22, 53, 443, 9125)),
)
NARROW = NetworkArgs(
    kubernetes_api_cidr="10.96.0.1/32",
    metrics_namespace="monitoring",
    database=DestinationArgs(cidr="10.9.0.0/16"),
    git=DestinationArgs(cidr="203.0.113.0/24"),
    broker=DestinationArgs(cidr="10.8.0.0/16", ports=(5672,)),
    proxy=DestinationArgs(cidr="10.7.7.7/32"),
    egress={"warehouse": DestinationArgs(cidr="198.51.100.5/32", ports=(7433,))},
)
"""Everything said as narrowly as it can be."""

LOG_STORE = DestinationArgs(cidr="192.0.2.0/24", ports=(443,))
COLLECTOR = DestinationArgs(cidr="192.0.2.0/24", ports=(7433,))

# Source, target, protocol, ports, and what the deployment must have for it.
TABLE = """
scheduler               web                 TCP 8080        three
dag-processor           web                 TCP 8080        three
triggerer               web                 TCP 8080        three
worker                  web                 TCP 8080        three
task-pod                web                 TCP 8080        three
web                     worker              TCP 8793
web                     scheduler           TCP 8793        local
web                     triggerer           TCP 8794
scheduler               redis               TCP 6379
worker                  redis               TCP 6379
scheduler               broker              TCP 5672        broker
worker                  broker              TCP 5672        broker
scheduler               database            TCP 5432        direct
web                     database            TCP 5432        direct
dag-processor           database            TCP 5432        direct
triggerer               database            TCP 5432        direct
worker                  database            TCP 5432        direct
task-pod                database            TCP 5432        direct two
run-airflow-migrations  database            TCP 5432        direct
airflow-cleanup-pods    database            TCP 5432        direct
database-cleanup        database            TCP 5432        direct
keda                    postgresql          TCP 5432        direct keda
scheduler               pgbouncer           TCP 6543
web                     pgbouncer           TCP 6543
dag-processor           pgbouncer           TCP 6543
triggerer               pgbouncer           TCP 6543
worker                  pgbouncer           TCP 6543
task-pod                pgbouncer           TCP 6543        two
run-airflow-migrations  pgbouncer           TCP 6543
airflow-cleanup-pods    pgbouncer           TCP 6543
database-cleanup        pgbouncer           TCP 6543
keda                    pgbouncer           TCP 6543        keda
pgbouncer               database            TCP 5432
metrics                 pgbouncer           TCP 9127
scheduler               statsd              UDP 9125
web                     statsd              UDP 9125
dag-processor           statsd              UDP 9125
triggerer               statsd              UDP 9125
worker                  statsd              UDP 9125
task-pod                statsd              UDP 9125
metrics                 statsd              TCP 9102
ingress                 web                 TCP 8080        host
internet                web                 TCP 8080        exposed
scheduler               dns                 UDP 53
web                     dns                 UDP 53
dag-processor           dns                 UDP 53
triggerer               dns                 UDP 53
worker                  dns                 UDP 53
task-pod                dns                 UDP 53
run-airflow-migrations  dns                 UDP 53
airflow-cleanup-pods    dns                 UDP 53
database-cleanup        dns                 UDP 53
pgbouncer               dns                 UDP 53
launched                dns                 UDP 53          launching
scheduler               dns                 TCP 53
web                     dns                 TCP 53
dag-processor           dns                 TCP 53
triggerer               dns                 TCP 53
worker                  dns                 TCP 53
task-pod                dns                 TCP 53
run-airflow-migrations  dns                 TCP 53
airflow-cleanup-pods    dns                 TCP 53
database-cleanup        dns                 TCP 53
pgbouncer               dns                 TCP 53
launched                dns                 TCP 53          launching
scheduler               kubernetes          TCP 443,6443    kubernetes
web                     kubernetes          TCP 443,6443    kubernetes
scheduler               kubernetes          TCP 443,6443    local launching
triggerer               kubernetes          TCP 443,6443    launching
worker                  kubernetes          TCP 443,6443    launching
task-pod                kubernetes          TCP 443,6443    launching
airflow-cleanup-pods    kubernetes          TCP 443,6443
scheduler               git                 TCP 443         git local
scheduler               git                 TCP 443         git no-dag-processor
dag-processor           git                 TCP 443         git
triggerer               git                 TCP 443         git
worker                  git                 TCP 443         git
task-pod                git                 TCP 443         git
scheduler               internet            TCP 443         logs
web                     internet            TCP 443         logs
triggerer               internet            TCP 443         logs
worker                  internet            TCP 443         logs
task-pod                internet            TCP 443         logs
scheduler               internet            TCP 7433        metrics
web                     internet            TCP 7433        metrics
dag-processor           internet            TCP 7433        metrics
triggerer               internet            TCP 7433        metrics
worker                  internet            TCP 7433        metrics
task-pod                internet            TCP 7433        metrics
run-airflow-migrations  internet            TCP 7433        metrics
airflow-cleanup-pods    internet            TCP 7433        metrics
database-cleanup        internet            TCP 7433        metrics
scheduler               proxy               TCP 3128        proxy
web                     proxy               TCP 3128        proxy
dag-processor           proxy               TCP 3128        proxy
triggerer               proxy               TCP 3128        proxy
worker                  proxy               TCP 3128        proxy
task-pod                proxy               TCP 3128        proxy
launched                proxy               TCP 3128        proxy launching
scheduler               warehouse           TCP 7433
web                     warehouse           TCP 7433
dag-processor           warehouse           TCP 7433
triggerer               warehouse           TCP 7433
worker                  warehouse           TCP 7433
task-pod                warehouse           TCP 7433
launched                warehouse           TCP 7433        launching
"""


def places(args: AirflowDeploymentArgs) -> list[Place]:
    """Return the deployment's pods by part, the neighbour's, and what is around."""
    return [*own_pods(args), *_neighbours(), *OUTSIDE]


def own_pods(args: AirflowDeploymentArgs, prefix: str = "", network: str = "10.1.0") -> list[Place]:
    templates = dict(pods(rendered(replace(args, database=replace(args.database, embedded=None)))))
    if args.database.embedded:
        templates["postgresql"] = embedded_database_stateful_set(args, args.database.embedded)["spec"]["template"]
    labels = {_part(owner, pod): pod["metadata"]["labels"] for owner, pod in templates.items()}
    # What a task starts by itself carries whatever its author likes, but not Airflow's labels.
    labels["launched"] = {"app": "spark"}
    return [
        Place(f"{prefix}{part}", f"{network}.{number}", args.namespace, one)
        for number, (part, one) in enumerate(sorted(labels.items()), 1)
    ]


def _part(owner: str, pod: Mapping[str, Any]) -> str:
    component = pod["metadata"]["labels"]["component"]
    return "task-pod" if owner == "TaskPod" else component


def neighbour() -> AirflowDeploymentArgs:
    return airflow_deployment_args(
        namespace=NEIGHBOUR,
        name="ledger",
        workspace="finance",
        executor=executor("celery", "kubernetes"),
        database=embedded_database(),
        git_sync=git_sync(),
        host="ledger.example.com",
        network=NetworkArgs(metrics_namespace="monitoring"),
    )


@functools.cache
def _neighbours() -> tuple[Place, ...]:
    return tuple(own_pods(neighbour(), "neighbour's ", "10.2.0"))


def needed(args: AirflowDeploymentArgs) -> set[Connection]:
    """Work the table out for a deployment whose network is said as narrowly as it can be."""
    there = {place.name for place in own_pods(args)}
    has = _traits(args)
    found = set()
    for row in TABLE.strip().splitlines():
        source, target, protocol, ports, *conditions = row.split()
        ends = [_named(end, args) for end in (source, target)]
        inside = [end for end in ends if end not in {place.name for place in OUTSIDE}]
        if set(conditions) <= has and set(inside) <= there:
            found |= {(ends[0], ends[1], protocol, int(port)) for port in ports.split(",")}
    return found


def _named(end: str, args: AirflowDeploymentArgs) -> str:
    names = {
        "web": "webserver" if args.airflow_version.startswith("2.") else "api-server",
        "database": "postgresql" if args.database.embedded else "database server",
        "ingress": "ingress controller",
        "kubernetes": "kubernetes api",
        "git": "git server",
    }
    return names.get(end, end)


def _traits(args: AirflowDeploymentArgs) -> set[str]:
    traits = {
        "two": args.airflow_version.startswith("2."),
        "three": args.airflow_version.startswith("3."),
        "local": "LocalExecutor" in args.executor.class_names,
        "kubernetes": "KubernetesExecutor" in args.executor.class_names,
        "host": args.host is not None,
        "exposed": args.ui_service is not None,
        "git": args.git_sync is not None,
        "no-dag-processor": args.dag_processor is None,
        "launching": args.pod_launching,
        "direct": args.pgbouncer is None,
        "keda": "keda" in {queue.scaling for queue in args.executor.celery.queues} if args.executor.celery else False,
        "broker": args.executor.celery is not None and args.executor.celery.redis is None,
        "proxy": args.site.proxy is not None,
        "logs": args.network.logs is not None,
        "metrics": args.network.metrics is not None,
    }
    return {name for name, holds in traits.items() if holds}


def cases(scenarios: Mapping[str, AirflowDeploymentArgs]) -> Iterator[tuple[str, AirflowDeploymentArgs]]:
    """Yield each deployment with its database outside and inside, with tasks that start pods, and with a pool."""
    for name, args in scenarios.items():
        narrow = replace(args, network=NARROW)
        yield f"{name}-external", narrow
        yield f"{name}-embedded", replace(narrow, database=embedded_database())
        if name.endswith("git_sync"):
            yield f"{name}-launching", replace(narrow, pod_launching=True, host="orders.example.com")
            yield f"{name}-logs", replace(narrow, network=replace(NARROW, logs=LOG_STORE))
        if name.startswith("Celery-") and name.endswith("-plain"):
            yield f"{name}-exposed", replace(narrow, ui_service=ui_service())
        if name.endswith(("git_sync", "support")):
            yield f"{name}-metrics", replace(narrow, statsd=None, network=replace(NARROW, metrics=COLLECTOR))
        if name.endswith("keda") and args.executor.celery:
            yield f"{name}-pooled", replace(narrow, database=embedded_database(), pgbouncer=SUPPORT["pgbouncer"])
