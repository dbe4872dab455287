"""Plans how a UI is reached from outside without an ingress, and refuses what the cluster does not let in."""

from collections.abc import Iterator

from components.args import Hosting
from components.exposure_args import ServiceType, UiServiceArgs
from stacks.exposure_settings import UiServiceSettings
from stacks.problems import Problem
from stacks.settings import ClusterSettings


def plan_ui_service(settings: UiServiceSettings) -> UiServiceArgs | None:
    """Say what leads in from outside; None where nothing does."""
    if settings.type is ServiceType.CLUSTER_IP:
        return None
    return UiServiceArgs(
        type=settings.type,
        source_ranges=tuple(dict.fromkeys(settings.source_ranges)),
        port=settings.port,
        annotations=settings.annotations,
        has_tls=settings.tls,
    )


def exposure_problems(
    settings: UiServiceSettings, cluster: ClusterSettings, path: tuple[str, ...]
) -> Iterator[Problem]:
    """Refuse a way in that others would share, and one that leads past what the cluster has before its UIs."""
    if settings.type is ServiceType.CLUSTER_IP:
        return
    where = (*path, "ui_service", "type")
    if cluster.hosting is Hosting.CLOUD:
        message = f"{settings.type} is refused with `hosting: cloud`: nodes and their addresses are shared there"
        yield Problem(where, f"{message}. Remove it, and use the cluster's ingress")
    elif cluster.ingress and cluster.ingress.auth_proxy:
        message = f"{settings.type} would lead past the auth proxy of the cluster's ingress"
        yield Problem(where, f"{message}. Remove it, or choose a cluster without ingress.auth_proxy")
