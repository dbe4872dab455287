"""What may be said of sizes: by name, by number, in Astronomer Units; and of volumes and nodes."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from components.labels import is_reserved_label
from components.sizing import Size
from stacks.fields import Bytes, Cpu, Name, PositiveCount, Strict

_LABEL_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_LABEL_KEY = rf"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_LABEL_NAME}"
_LABEL_VALUE = rf"({_LABEL_NAME})?"


def _label_key(key: str) -> str:
    if not re.fullmatch(_LABEL_KEY, key):
        raise ValueError("is not the key of a label; write a name such as disks, or example.com/disks")
    return key


def _free_label(key: str) -> str:
    if is_reserved_label(key):
        raise ValueError(f"{key} is a label that the platform or Airflow sets; use another key")
    return key


def _label_value(value: str) -> str:
    if not re.fullmatch(_LABEL_VALUE, value):
        raise ValueError("is not the value of a label; use at most 63 letters, digits, dots, hyphens and underscores")
    return value


LabelKey = Annotated[str, AfterValidator(_label_key), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL_KEY}$"})]
"""Key of a label, an annotation or a taint, with or without a domain."""
FreeLabelKey = Annotated[LabelKey, AfterValidator(_free_label)]
"""Key of a label of pods that nobody relies on."""
LabelValue = Annotated[
    str, AfterValidator(_label_value), WithJsonSchema({"type": "string", "pattern": f"^{_LABEL_VALUE}$"})
]


class Measured(Strict):
    """Resources by number."""

    cpu: Cpu | None = None
    """Reserved CPU, such as "500m"."""
    memory: Bytes | None = None
    """Reserved memory, such as 2Gi."""
    ephemeral_storage: Bytes | None = None
    """Reserved local disk, such as 2Gi."""


class Sized(Measured):
    """Resources by name, or by number; a number wins over the name in its own dimension."""

    size: Size | None = None
    """Named size; see the sizing table in the README."""
    units: Annotated[PositiveCount, Field(le=400)] | None = None
    """Astronomer Units of 100m CPU and 384Mi memory each, for those who count in them."""

    @model_validator(mode="after")
    def _one_notation(self) -> Self:
        beside = [name for name in ("size", "cpu", "memory") if getattr(self, name) is not None]
        if self.units is not None and beside:
            raise ValueError(
                f"has units and {' and '.join(beside)}, which say the same twice. Keep the units, or leave them out"
            )
        return self

    def yielding_to(self, nearer: "Sized") -> dict[str, Any]:
        """Name what a nearer layer puts out of force although it does not say so: a size beats farther numbers."""
        said = {name for name in nearer.model_fields_set if getattr(nearer, name) is not None}
        gone: set[str] = set()
        if "size" in nearer.model_fields_set:
            gone = {"cpu", "memory", "ephemeral_storage", "units"}
        elif "units" in said:
            gone = {"size", "cpu", "memory"}
        elif said & {"cpu", "memory"}:
            gone = {"units"}
        return dict.fromkeys(gone)


class VolumeSettings(Strict):
    """A persistent volume of each replica."""

    size: Bytes
    """Size of the claim, such as 10Gi."""
    storage_class: Name | None = None
    """StorageClass of the claim; by default the cluster's setting, else the cluster's own default class."""


class TolerationSettings(Strict):
    """How a taint is put up with; without any key here, whatever its value and effect."""

    value: LabelValue | None = None
    """Value of the taint; by default any."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; by default any."""


class PlacementSettings(Strict):
    """The nodes that pods may run on."""

    node_selector: dict[LabelKey, LabelValue] = {}
    """Labels of the nodes that may run these pods."""
    tolerations: dict[LabelKey, TolerationSettings] = {}
    """Taints of nodes that these pods put up with, by key."""
