"""Turns what was said of task pods into arguments, and refuses what would reach what the platform keeps."""

from collections.abc import Iterable

from components import owned_options, sizing
from components.executor_args import KubernetesExecutorArgs, TaskVolumeArgs
from components.quantities import Resources
from components.secret_args import SecretKeyArgs
from stacks.problems import Problem
from stacks.resource_plan import plan_tolerations, sized_resources
from stacks.secret_references import own_secret
from stacks.task_pod_settings import TaskPodSettings, TaskVolumeSettings

Path = tuple[str, ...]


def plan_task_pods(pod: TaskPodSettings, max_task_pods: int) -> KubernetesExecutorArgs:
    """Plan the pods of the KubernetesExecutor."""
    volumes = tuple(_volume(name, one) for name, one in sorted(pod.volumes.items()))
    return KubernetesExecutorArgs(
        task_pod=_with_scratch(sized_resources(sizing.Sized.TASK_POD, pod), volumes),
        max_task_pods=max_task_pods,
        labels=pod.labels,
        annotations=pod.annotations,
        node_selector=pod.node_selector,
        tolerations=plan_tolerations(pod.tolerations),
        priority=pod.priority,
        env=pod.env,
        referenced_env={name: SecretKeyArgs(secret_name=at.secret, key=at.key) for name, at in pod.secret_env.items()},
        volumes=volumes,
        grace_seconds=pod.grace_seconds,
    )


def task_pod_problems(pod: TaskPodSettings, namespace: str, path: Path) -> Iterable[Problem]:
    """Refuse variables of the platform and its Secrets, and two of something for one place.

    Args:
        pod: What was written.
        namespace: Of the deployment.
        path: Where it was written.
    """
    for group in (pod.env, pod.secret_env):
        key = "env" if group is pod.env else "secret_env"
        for name in group:
            if reason := owned_options.refuse_variable(name):
                yield Problem((*path, key, name), reason)
    for name in sorted(pod.env.keys() & pod.secret_env.keys()):
        yield Problem((*path, "secret_env", name), f"sets {name}, as env.{name} does already. Remove one")
    for name, at in pod.secret_env.items():
        yield from own_secret((*path, "secret_env", name, "secret"), namespace, at.secret)
    seen: dict[str, str] = {}
    for name, volume in pod.volumes.items():
        where = (*path, "volumes", name)
        if volume.secret:
            yield from own_secret((*where, "secret"), namespace, volume.secret)
        place = volume.path.rstrip("/")
        if (other := seen.setdefault(place, name)) != name:
            yield Problem((*where, "path"), f"is where {other} is, too. Choose another path for one of them")


def _volume(name: str, settings: TaskVolumeSettings) -> TaskVolumeArgs:
    is_scratch = not (settings.config_map or settings.secret or settings.claim)
    return TaskVolumeArgs(
        name=name,
        path=settings.path,
        config_map=settings.config_map,
        secret_name=settings.secret,
        claim=settings.claim,
        scratch=settings.size if is_scratch else None,
        size=(settings.size or 0) if settings.claim else 0,
        is_read_only=settings.read_only,
    )


def _with_scratch(resources: Resources, volumes: Iterable[TaskVolumeArgs]) -> Resources:
    """Add what lies on the node's disk: the pod is evicted where all of it together is more than is reserved."""
    scratch = sum(one.scratch or 0 for one in volumes)
    return sizing.with_amounts(resources, ephemeral_storage=resources.limits.ephemeral_storage + scratch)
