"""Holds the images of deployments against the registries that a cluster and a workspace allow."""

from collections.abc import Iterable, Sequence

from components.args import AirflowDeploymentArgs
from components.images import images, is_allowed, is_within
from stacks.problems import Problem, one_of

_PLACES = {"image": ("image", "repository"), "gitSync": ("dags", "git"), "database": ("database",)}


def image_problems(args: AirflowDeploymentArgs, path: tuple[str, ...]) -> Iterable[Problem]:
    """Refuse what the cluster would refuse, but when the pods are made."""
    if args.allowed_registries is None:
        return
    for chosen_by, image in images(args).items():
        if not is_allowed(image, args.allowed_registries):
            message = f"needs the image {image}, and allowed_registries are {one_of(args.allowed_registries)} only"
            yield Problem((*path, *_PLACES.get(chosen_by, ())), f"{message}. Allow its registry, or use another image")


def workspace_problems(
    own: Sequence[str] | None, cluster: Sequence[str] | None, path: tuple[str, ...]
) -> Iterable[Problem]:
    """Refuse a workspace that allows more than its cluster."""
    for registry in own or ():
        if cluster is not None and not any(is_within(registry, one) for one in cluster):
            message = f"allows {registry}, which is in none of the cluster's: {one_of(cluster)}"
            yield Problem((*path, "allowed", "registries"), f"{message}. Remove it here, or allow it on the cluster")
