"""Who talks to whom: the connections that one Airflow deployment needs, as data.

Everything else is closed, in both directions. `components.network_policies` writes them in Kubernetes' terms.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from components import database, keda, pgbouncer, service_accounts
from components.args import AirflowDeploymentArgs
from components.labels import TASK_POD
from components.life_args import State
from components.network_args import CLUSTER_DNS, DestinationArgs
from components.support_workloads import HIBERNATION
from components.workloads import Workload, WorkloadKind, runs_tasks_in_scheduler, workloads

WEB_PORT = 8080
LOG_PORT = 8793
TRIGGERER_LOG_PORT = 8794
REDIS_PORT = 6379
STATSD_PORT = 9125
METRICS_PORT = 9102
POOL_METRICS_PORT = 9127
BROKER_PORTS = (5671, 5672, 6379, 6380)
"""Of RabbitMQ and Redis, with TLS and without."""

LAUNCHED = "launched"
"""Pods that tasks start by themselves, with none of Airflow's labels."""
_POOL = "pgbouncer"
_BACKING = ("redis", "statsd", "postgresql")
"""Parts that only answer."""
_CHORES = ("run-airflow-migrations", "airflow-cleanup-pods", "database-cleanup")
"""Jobs, which run no code of users."""
_APART = (HIBERNATION,)
"""What has to do with the Kubernetes API only; its address comes with the pod."""
_GIT_PORTS = {"https": 443, "http": 80, "ssh": 22}
_GKE_METADATA = (
    DestinationArgs(cidr="169.254.169.254/32", ports=(80,)),
    DestinationArgs(cidr="169.254.169.252/32", ports=(988,)),
)
"""Where Google's workload identity hands out the pod's own identity in place of the node's."""


class Protocol(StrEnum):
    """Transport protocols of the edges."""

    TCP = "TCP"
    UDP = "UDP"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One allowed connection; None at one end means outside the deployment, and `outside` says where."""

    source: str | None
    target: str | None
    ports: tuple[int, ...]
    protocol: Protocol = Protocol.TCP
    outside: DestinationArgs = field(default_factory=DestinationArgs)
    """Without address and namespace: anywhere but where nodes get their identity, and what is closed."""
    why: str


def parts(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    """List the parts of a deployment that have pods, by their label `component` and a name for task pods.

    A sleeping deployment keeps them all, so that its policies are there before it wakes.
    """
    found = [_part(one) for one in _workloads(args) if one.replicas and one.kind is not WorkloadKind.POD]
    return (*dict.fromkeys(found), *((LAUNCHED,) if args.pod_launching and args.state is not State.RETIRED else ()))


def _workloads(args: AirflowDeploymentArgs) -> tuple[Workload, ...]:
    return workloads(replace(args, state=State.ACTIVE) if args.state is State.HIBERNATED else args)


def _part(workload: Workload) -> str:
    return TASK_POD if workload.kind is WorkloadKind.TASK_POD else workload.component


def edges(args: AirflowDeploymentArgs) -> tuple[Edge, ...]:
    """List every connection that the deployment needs."""
    return (
        *_to_dns(args),
        *_to_web(args),
        *_to_logs(args),
        *_to_broker(args),
        *_to_database(args),
        *_to_scaling(args),
        *_to_metrics(args),
        *_to_git(args),
        *_to_remote_logs(args),
        *_to_proxy(args),
        *_to_kubernetes(args),
        *_to_identity(args),
        *_to_extras(args),
        *_to_sign_in(args),
    )


def _airflow(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    return tuple(part for part in parts(args) if part not in {*_BACKING, *_APART, _POOL, LAUNCHED})


def _roaming(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    """List what may run code of users, and so may need more than Airflow itself."""
    return tuple(part for part in parts(args) if part not in {*_BACKING, *_APART, _POOL, *_CHORES})


def web_part(args: AirflowDeploymentArgs) -> str:
    """Name the part that serves UI and API."""
    return "webserver" if args.airflow_major == 2 else "api-server"  # noqa: PLR2004


def _to_dns(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    servers = [args.network.dns]
    if args.network.dns_cidr:
        servers.append(DestinationArgs(cidr=args.network.dns_cidr, ports=CLUSTER_DNS.ports))
    for source in parts(args):
        for server in servers if source not in {*_BACKING, *_APART} else ():
            for protocol in (Protocol.UDP, Protocol.TCP):
                yield Edge(
                    source=source, target=None, ports=server.ports, protocol=protocol, outside=server, why="names"
                )


def _to_web(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    web = web_part(args)
    if args.airflow_major != 2:  # noqa: PLR2004
        # Since Airflow 3 whatever runs users' code asks the API server instead of the database.
        for source in ("scheduler", "dag-processor", "triggerer", "worker", TASK_POD):
            if source in parts(args):
                yield Edge(source=source, target=web, ports=(WEB_PORT,), why="task execution API")
    if args.host:
        controller = DestinationArgs(namespace=args.network.ingress_namespace)
        yield Edge(source=None, target=web, ports=(WEB_PORT,), outside=controller, why="UI, by the ingress controller")
    for block in args.ui_service.source_ranges if args.ui_service else ():
        client = DestinationArgs(cidr=block)
        yield Edge(source=None, target=web, ports=(WEB_PORT,), outside=client, why="UI, by a Service of its own")


def _to_logs(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    servers = {
        "scheduler": LOG_PORT if runs_tasks_in_scheduler(args) else None,
        "worker": LOG_PORT,
        "triggerer": TRIGGERER_LOG_PORT,
    }
    for target, port in servers.items():
        if port and target in parts(args):
            yield Edge(source=web_part(args), target=target, ports=(port,), why="task logs in the UI")


def _to_broker(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    if "redis" in parts(args):
        for source in ("scheduler", "worker"):
            yield Edge(source=source, target="redis", ports=(REDIS_PORT,), why="task queue")
    elif args.executor.celery:
        where = args.network.broker
        for source in ("scheduler", "worker"):
            ports = where.ports or BROKER_PORTS
            yield Edge(source=source, target=None, ports=ports, outside=where, why="task queue")


def _to_database(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    # A Celery worker keeps results in the database; a task pod has no business there since Airflow 3.
    has_no_business = TASK_POD if args.airflow_major != 2 else None  # noqa: PLR2004
    users = [part for part in _airflow(args) if part != has_no_business]
    if _POOL in parts(args):
        for source in users:
            yield Edge(source=source, target=_POOL, ports=(pgbouncer.PORT,), why="metadata")
        users = [_POOL]
    where = args.network.database
    for source in users:
        if args.database.embedded:
            yield Edge(source=source, target="postgresql", ports=(database.PORT,), why="metadata")
        else:
            ports = where.ports or (database.PORT,)
            yield Edge(source=source, target=None, ports=ports, outside=where, why="metadata")


def _to_scaling(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    if not keda.is_asked(args):
        return
    where = DestinationArgs(namespace=args.network.keda_namespace)
    why = "workers that are needed, by KEDA"
    if _POOL in parts(args):
        yield Edge(source=None, target=_POOL, ports=(pgbouncer.PORT,), outside=where, why=why)
    elif args.database.embedded:
        yield Edge(source=None, target="postgresql", ports=(database.PORT,), outside=where, why=why)


def _to_metrics(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    collector = args.network.metrics
    for source in _airflow(args):
        if collector:
            # Jobs too: a process that has something to report waits for the collector before it ends.
            yield Edge(source=source, target=None, ports=collector.ports, outside=collector, why="metrics, by OTLP")
        elif source not in _CHORES:
            yield Edge(source=source, target="statsd", ports=(STATSD_PORT,), protocol=Protocol.UDP, why="metrics")
    if args.network.metrics_namespace:
        scraper = DestinationArgs(namespace=args.network.metrics_namespace)
        if "statsd" in parts(args):
            yield Edge(source=None, target="statsd", ports=(METRICS_PORT,), outside=scraper, why="scraping of metrics")
        if _POOL in parts(args):
            yield Edge(source=None, target=_POOL, ports=(POOL_METRICS_PORT,), outside=scraper, why="its metrics")


def _to_git(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    if args.git_sync is None:
        return
    where = args.network.git
    ports = where.ports or (git_port(args.git_sync.repo),)
    for source in _with_git_sync(args):
        yield Edge(source=source, target=None, ports=ports, outside=where, why="DAGs from git")


def git_port(repo: str) -> int:
    """Return the port of a repository's address; `git@server:path` is ssh."""
    address = urlsplit(repo)
    return address.port or _GIT_PORTS[address.scheme or "ssh"]


def _with_git_sync(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    found = [
        _part(one)
        for one in _workloads(args)
        if any(container.name.startswith("git-sync") for container in (*one.init_containers, *one.containers))
    ]
    return tuple(dict.fromkeys(found))


def _to_remote_logs(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    where = args.network.logs
    if where is None:
        return
    # Whatever runs tasks writes them, and the UI reads them.
    for source in ("scheduler", "worker", TASK_POD, "triggerer", web_part(args)):
        if source in parts(args):
            yield Edge(source=source, target=None, ports=where.ports, outside=where, why="remote task logs")


def _to_proxy(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    proxy = args.site.proxy
    if proxy is None:
        return
    where = args.network.proxy
    own = (http_port(address) for address in (proxy.http, proxy.https) if address)
    ports = where.ports or tuple(dict.fromkeys(own))
    for source in _roaming(args):
        yield Edge(source=source, target=None, ports=ports, outside=where, why="proxy")


def http_port(address: str) -> int:
    """Return the port of a proxy's address."""
    parts_of_it = urlsplit(address)
    return parts_of_it.port or (443 if parts_of_it.scheme == "https" else 80)


def _to_kubernetes(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    where = DestinationArgs(cidr=args.network.kubernetes_api_cidr)
    for account in service_accounts.accounts(args):
        if account.roles:
            why = " and ".join(account.roles)
            yield Edge(
                source=account.part, target=None, ports=args.network.kubernetes_api_ports, outside=where, why=why
            )


def _to_identity(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    for account in service_accounts.accounts(args):
        for where in _GKE_METADATA if service_accounts.GKE_IDENTITY in account.annotations else ():
            yield Edge(source=account.part, target=None, ports=where.ports, outside=where, why="workload identity")


def _to_sign_in(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    if args.sign_in.oidc:
        where = args.network.identity_provider
        ports = where.ports or (http_port(args.sign_in.oidc.issuer),)
        yield Edge(source=web_part(args), target=None, ports=ports, outside=where, why="identity provider")


def _to_extras(args: AirflowDeploymentArgs) -> Iterable[Edge]:
    for name, where in sorted(args.network.egress.items()):
        for source in _roaming(args):
            yield Edge(source=source, target=None, ports=where.ports, outside=where, why=f"egress {name}")
