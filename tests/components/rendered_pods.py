"""What a rendering says about its pods, written as the pod model and the quota write it, but worked out anew."""

from decimal import Decimal
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from components import naming
from components.priorities import class_names
from components.workloads import Share, Workload, WorkloadKind
from tests.components.chart_rendering import of_kind, rendered, task_pod_template

RESOURCES = ("cpu", "memory", "ephemeral-storage")


def facts_of_model(workload: Workload) -> tuple[Any, ...]:
    def resources(group: Any) -> tuple[Any, ...]:
        return tuple((entry.name, repr(entry.resources.as_kubernetes())) for entry in group)

    return (
        workload.kind,
        "" if workload.kind is WorkloadKind.TASK_POD else workload.name,
        workload.component,
        None if workload.kind is WorkloadKind.TASK_POD else workload.replicas,
        workload.surge,
        workload.share,
        resources(workload.init_containers),
        resources(workload.containers),
        workload.volume and (workload.volume.size, workload.volume.storage_class),
    )


def facts_of_chart(args: Any) -> set[tuple[Any, ...]]:
    objects = rendered(args)
    facts = {
        _facts(args, objects, _template(entry), entry)
        for entry in of_kind(objects, "Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet", "Pod")
    }
    task_pod = task_pod_template(objects)
    if task_pod is not None:
        facts.add(_facts(args, objects, task_pod, None))
    return facts


def _template(owner: dict[str, Any]) -> Any:
    spec = owner["spec"]
    return spec["jobTemplate"]["spec"]["template"] if owner["kind"] == "CronJob" else spec.get("template")


def _facts(args: Any, objects: Any, pod: dict[str, Any], owner: Any) -> tuple[Any, ...]:
    def resources(group: str) -> tuple[Any, ...]:
        def ordered(amounts: dict[str, dict[str, str]]) -> str:
            return repr({bound: {k: amounts[bound][k] for k in RESOURCES} for bound in ("requests", "limits")})

        return tuple((entry["name"], ordered(entry["resources"])) for entry in pod["spec"].get(group) or [])

    volume = None
    for claim in (owner or {}).get("spec", {}).get("volumeClaimTemplates", []):
        size = int(parse_quantity(claim["spec"]["resources"]["requests"]["storage"]))
        volume = (size, claim["spec"].get("storageClassName"))
    return (
        owner["kind"] if owner else "TaskPod",
        owner["metadata"]["name"] if owner else "",
        pod["metadata"]["labels"]["component"],
        None if owner is None else most_replicas(owner, objects),
        0 if owner is None else _surge(owner, objects),
        _share(pod, args),
        resources("initContainers"),
        resources("containers"),
        volume,
    )


def _share(pod: dict[str, Any], args: Any) -> str:
    names = {name: share for share in Share for name in class_names(args.environment, share)}
    return names[pod["spec"]["priorityClassName"]]


def most_replicas(owner: dict[str, Any], objects: list[dict[str, Any]]) -> int:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) == (owner["kind"], owner["metadata"]["name"]):
            assert scaler["spec"]["minReplicas"] >= 1
            return scaler["spec"]["maxReplicas"]
    for scaled in of_kind(objects, "ScaledObject"):
        target = scaled["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) == (owner["kind"], owner["metadata"]["name"]):
            assert "replicas" not in owner["spec"]
            return scaled["spec"]["maxReplicaCount"]
    return owner["spec"].get("replicas", 1)


def _surge(owner: dict[str, Any], objects: list[dict[str, Any]]) -> int:
    """Count from the rendered strategy; pods that may take minutes to end are there beside all new ones."""
    if owner["kind"] != "Deployment":
        return 0
    replicas = most_replicas(owner, objects)
    if owner["spec"]["template"]["spec"].get("terminationGracePeriodSeconds", 30) >= 300:
        return replicas
    surge = (owner["spec"].get("strategy") or {}).get("rollingUpdate", {}).get("maxSurge", "25%")
    if isinstance(surge, str):
        return -(-replicas * int(surge.rstrip("%")) // 100)
    return surge


def claims(owner: dict[str, Any]) -> list[str]:
    return [
        claim["spec"]["resources"]["requests"]["storage"] for claim in owner["spec"].get("volumeClaimTemplates", [])
    ]


def shared_claims(args: Any) -> list[int]:
    """Return the bytes of the claims that nobody renders: pods share them."""
    kubernetes = args.executor.kubernetes
    of_tasks = {one.claim: one.size for one in (kubernetes.volumes if kubernetes else ()) if one.claim}
    return [*of_tasks.values(), *([args.log_volume.size] if args.log_volume else [])]


def needed(args: Any, objects: list[dict[str, Any]], share: Share) -> dict[str, Decimal]:
    """Add up the pods of one share at the widest point of a roll-out, from what is rendered alone."""
    counted = [
        (_template(entry), most_replicas(entry, objects) + _surge(entry, objects))
        for entry in of_kind(objects, "Deployment", "StatefulSet", "Job", "CronJob")
    ]
    task_pod = task_pod_template(objects)
    if task_pod is not None:
        counted.append((task_pod, args.executor.kubernetes.max_task_pods))
    if args.extra_task_pods is not None:
        counted.append((_extra_task_pod(args), args.extra_task_pods.max_pods))
    names = [f"{bound}.{resource}" for bound in ("requests", "limits") for resource in ("cpu", "memory")]
    total = dict.fromkeys(["pods", *names], Decimal(0))
    for pod, count in counted:
        if _share(pod, args) != share:
            continue
        total["pods"] += count
        for name in names:
            total[name] += _pod_amount(pod, *name.split(".")) * count
    return total


def _extra_task_pod(args: Any) -> dict[str, Any]:
    """What nobody renders: tasks start these pods, and the arguments bound them."""
    container = {"name": "base", "resources": args.extra_task_pods.resources.as_kubernetes()}
    priority_class = naming.priority_class_name(args.environment, Share.TASKS)
    return {"spec": {"containers": [container], "priorityClassName": priority_class}}


def _pod_amount(pod: dict[str, Any], bound: str, resource: str) -> Decimal:
    def amounts(group: str) -> list[Decimal]:
        return [parse_quantity(entry["resources"][bound][resource]) for entry in pod["spec"].get(group) or []]

    return max(sum(amounts("containers"), Decimal(0)), *amounts("initContainers"), Decimal(0))
