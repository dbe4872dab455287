"""What may be said of the pod of a task that asks for nothing of its own: size, nodes, variables, volumes."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema, model_validator

from components.executor_args import Priority
from components.places import OF_AIRFLOW, OF_KUBERNETES, OWN_FOLDER, hides
from stacks.fields import Bytes, Flag, Name, ObjectName, SecretName, Strict, VariableName
from stacks.plain_secrets import plain_environment
from stacks.secret_settings import SecretKeySettings
from stacks.size_settings import FreeLabelKey, LabelKey, LabelValue, PlacementSettings, Sized

_MOUNT_PATH = r"(/[\w.-]+)+/?"


def _mount_path(path: str) -> str:
    if not re.fullmatch(_MOUNT_PATH, path) or ".." in path.split("/"):
        raise ValueError("is not the path of a folder; write an absolute one such as /data, without ..")
    if hides(path, (OWN_FOLDER, *OF_AIRFLOW, *OF_KUBERNETES)):
        raise ValueError("would hide files that Airflow or the platform keeps there; choose another one such as /data")
    return path


class TaskVolumeSettings(Strict):
    """A folder of a task's pod: exactly one of config_map, secret, claim, or only a size."""

    path: Annotated[str, AfterValidator(_mount_path), WithJsonSchema({"type": "string", "pattern": f"^{_MOUNT_PATH}$"})]
    """Where the task finds it."""
    config_map: ObjectName | None = None
    """ConfigMap in the deployment's namespace that somebody else makes."""
    secret: SecretName | None = None
    """Secret in the deployment's namespace that somebody else makes."""
    claim: ObjectName | None = None
    """Volume claim in the deployment's namespace that somebody else makes; all task pods mount it at once."""
    size: Bytes | None = None
    """Size of the claim, which counts; with nothing else, local disk of this size that goes with the pod."""
    read_only: Flag = False
    """Tasks may not write to the claim."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("config_map", "secret", "claim") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; keep one")
        if given in (["config_map"], ["secret"]) and (self.size is not None or self.read_only):
            raise ValueError(f"has a {given[0]}, of which size and read_only say nothing; remove them")
        if given not in (["config_map"], ["secret"]) and self.size is None:
            raise ValueError("has no size, by which it counts; add one, or name a config_map or a secret")
        if not given and self.read_only:
            raise ValueError("is read_only and empty; remove read_only, or name a claim")
        return self


class TaskPodSettings(Sized, PlacementSettings):
    """The pod of a task that asks for nothing of its own."""

    labels: dict[FreeLabelKey, LabelValue] = {}
    """Labels on top of the platform's."""
    annotations: dict[LabelKey, str] = {}
    """Annotations on top of the platform's."""
    priority: Priority = Priority.NORMAL
    """Which tasks are started first where the cluster is full, and which give way."""

    env: Annotated[dict[VariableName, str], AfterValidator(plain_environment)] = {}
    """Environment variables of tasks alone, over those of the deployment."""
    secret_env: dict[VariableName, SecretKeySettings] = {}
    """Environment variables of tasks alone from Secrets that somebody else makes."""
    volumes: dict[Name, TaskVolumeSettings] = {}
    """Folders of the pod by name, beside its local disk."""
    grace_seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = 600
    """How long a task that is told to stop may take, at most a day."""
