"""Where images come from: the full name of an image, and whether a list of registries allows it."""

from collections.abc import Iterable, Mapping

from components.args import AirflowDeploymentArgs
from components.registries import CHART_IMAGES, is_host, mirrored

DOCKER_HUB = "docker.io"


def full_name(image: str) -> str:
    """Write out what container runtimes add to a short name."""
    first, slash, _ = image.partition("/")
    if slash and is_host(first):
        return image
    return f"{DOCKER_HUB}/{image}" if slash else f"{DOCKER_HUB}/library/{image}"


def is_allowed(image: str, registries: Iterable[str]) -> bool:
    """Tell whether an image lies in one of the registries, or in a part of one such as `quay.io/prometheus`."""
    return any(is_within(full_name(image), registry) for registry in registries)


def is_within(name: str, registry: str) -> bool:
    """Tell whether a full name is a registry's or lies below it; what follows must not continue its last word."""
    # After a host alone a colon would start a port, and that is another registry.
    ends = ("/", ":", "@") if "/" in registry else ("/",)
    return name == registry or any(name.startswith(registry + end) for end in ends)


def images(args: AirflowDeploymentArgs) -> Mapping[str, str]:
    """Return the images of a deployment's pods, by who chooses them."""
    used = ["statsd"] if args.statsd else []
    if args.executor.celery and args.executor.celery.redis:
        used.append("redis")
    if args.git_sync:
        used.append("gitSync")
    if args.pgbouncer:
        used += ["pgbouncer", "pgbouncerExporter"]
    found = {name: mirrored(CHART_IMAGES[name], args.site.registries.mirror) for name in used}
    if args.database.embedded:
        found["database"] = args.database.embedded.image
    return {"image": f"{args.image.repository}:{args.image.tag}", **found}
