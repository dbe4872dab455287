"""Turns what was said of sizes, volumes and nodes into numbers."""

from collections.abc import Mapping

from components import sizing
from components.executor_args import TolerationArgs, VolumeArgs
from components.quantities import Resources
from stacks.settings import ClusterSettings
from stacks.size_settings import Measured, Sized, TolerationSettings, VolumeSettings


def sized_resources(part: sizing.Sized, settings: Sized) -> Resources:
    """Return the resources of a part: its named size or its units, then the numbers that are given."""
    named = sizing.sized(part, settings.size or sizing.Size.SMALL)
    if settings.units:
        units = sizing.astronomer_units(settings.units).limits
        named = sizing.with_amounts(named, cpu=units.cpu, memory=units.memory)
    return numbered(named, settings)


def numbered(named: Resources, settings: Measured) -> Resources:
    """Replace the dimensions for which a number is given."""
    return sizing.with_amounts(
        named, cpu=settings.cpu, memory=settings.memory, ephemeral_storage=settings.ephemeral_storage
    )


def plan_volume(settings: VolumeSettings | None, cluster: ClusterSettings) -> VolumeArgs | None:
    """Return the volume with the nearest storage class."""
    if settings is None:
        return None
    return VolumeArgs(size=settings.size, storage_class=settings.storage_class or cluster.storage_class)


def plan_tolerations(settings: Mapping[str, TolerationSettings]) -> tuple[TolerationArgs, ...]:
    """Return tolerations in an order that the writing does not change."""
    return tuple(TolerationArgs(key=key, value=one.value, effect=one.effect) for key, one in sorted(settings.items()))
