"""A quota's sum in one line: each workload's pods times the size of one, the largest first."""

from collections.abc import Callable, Mapping

from components.args import AirflowDeploymentArgs
from components.quantities import format_bytes, format_cpu
from components.quota import QuotaLine, quota_lines

_WRITE: Mapping[str, Callable[[int], str]] = {
    "cpu": format_cpu,
    "memory": format_bytes,
    "storage": format_bytes,
    "pods": str,
}
DIMENSIONS = tuple(_WRITE)


def sum_of(args: AirflowDeploymentArgs, dimension: str) -> str:
    """Write how one of a deployment's dimensions adds up, such as `scheduler 2 x 550m + statsd 2 x 100m = 1300m`.

    Pods on top of the replicas during a roll-out are among the pods.
    """
    write = _WRITE[dimension]
    terms = sorted((_term(line, dimension) for line in quota_lines(args)), key=lambda term: -term[1] * term[2])
    written = [
        f"{name.removeprefix(f'{args.namespace}-')} {count}{'' if dimension == 'pods' else f' x {write(each)}'}"
        for name, count, each in terms
        if count * each
    ]
    return f"{' + '.join(written) or 'nothing'} = {write(sum(count * each for _, count, each in terms))}"


def sums_of(args: AirflowDeploymentArgs) -> Mapping[str, str]:
    """Write how each dimension adds up of which a deployment reserves anything."""
    sums = {dimension: sum_of(args, dimension) for dimension in DIMENSIONS}
    return {dimension: text for dimension, text in sums.items() if not text.startswith("nothing")}


def _term(line: QuotaLine, dimension: str) -> tuple[str, int, int]:
    if dimension == "storage":
        return line.name, line.claims, line.storage // line.claims if line.claims else 0
    if dimension == "pods":
        return line.name, line.pods, 1
    each: int = getattr(line.pod.requests, dimension)
    return line.name, line.pods, each
