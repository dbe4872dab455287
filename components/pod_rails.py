"""Guard rails of pods: what they are made of, where they run, and who looks into them."""

from collections.abc import Mapping

from components import service_accounts
from components.args import ClusterArgs
from components.guard_rail import IS_OWN_ACCOUNT, GuardRail, Kinds, texts
from components.kept_secrets import KEPT, KEPT_SECRETS
from components.labels import PART, PREFIX, TASK_POD
from components.priorities import class_names
from components.workloads import Share

REGISTRIES = f"{PREFIX}/image-registries"
"""Annotation of a namespace: where images of its pods may come from; without it, anywhere."""
NODES = f"{PREFIX}/nodes"
"""Annotation of a namespace: labels of the nodes that its pods run on, such as `pool=big`; without it, any."""

PARTS = (
    *("scheduler", "api-server", "webserver", "dag-processor", "triggerer", "worker", "redis", "statsd", "pgbouncer"),
    *("postgresql", "run-airflow-migrations", "cleanup", "database-cleanup", "hibernate", "wake"),
)
"""What follows the namespace in the names of pods that belong to the release or run beside it."""
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PODS = (Kinds(group="", resources=("pods", "pods/ephemeralcontainers")),)
_SHELLS = ("exec", "attach")


def images() -> GuardRail:
    """Hold for all pods, whoever makes them: the plan has checked the platform's own already."""
    first = "image.split('/')[0]"
    has_host = f"(image.contains('/') && ({first}.contains('.') || {first}.contains(':') || {first} == 'localhost'))"
    long_name = f"{has_host} ? image : (image.contains('/') ? 'docker.io/' + image : 'docker.io/library/' + image)"
    # After a host alone a colon would start a port, and that is another registry.
    within = (
        "name == registry || name.startsWith(registry + '/') || (registry.contains('/') && "
        "(name.startsWith(registry + ':') || name.startsWith(registry + '@')))"
    )
    return GuardRail(
        name="images",
        kinds=_PODS,
        variables={
            "annotations": "namespaceObject.metadata.?annotations.orValue({})",
            "registries": f"variables.annotations['{REGISTRIES}'].split(' ')",
            "images": " + ".join(f"object.spec.?{kind}.orValue([]).map(one, one.image)" for kind in _CONTAINERS)
            # A volume may hold the files of an image, too.
            + " + object.spec.?volumes.orValue([]).map(one, one.?image.?reference.orValue('')).filter(one, one != '')",
            "names": f"variables.images.map(image, {long_name})",
        },
        validations={
            "an image comes from a registry that is not allowed here. Use one that the stack file lists under "
            "allowed_registries": (
                f"!('{REGISTRIES}' in variables.annotations) || "
                f"variables.names.all(name, variables.registries.exists(registry, {within}))"
            )
        },
    )


def launched_pods(args: ClusterArgs, platform: Mapping[str, str]) -> GuardRail:
    """Keep pods that Airflow or its tasks start by themselves from passing for a part of the deployment.

    Whoever writes a DAG may change the pod of his task: class, account and labels decide on its room, its rights and
    what it reaches.
    """
    kept = [name for share in Share if share is not Share.TASKS for name in class_names(args.environment, share)]
    account = "object.spec.?serviceAccountName.orValue('default')"
    chart_accounts = "namespaceObject.metadata.name + '-airflow-'"
    component, part = (f"object.metadata.?labels[?'{key}'].orValue('')" for key in ("component", PART))
    return GuardRail(
        name="launched-pods",
        kinds=_PODS,
        variables={
            **platform,
            "kept": f"namespaceObject.metadata.?annotations[?'{KEPT_SECRETS}'].orValue('').split(' ') + "
            f"{texts(KEPT)}.map(purpose, namespaceObject.metadata.name + '-' + purpose)",
            "isOthers": f"{account} != '{service_accounts.SCHEDULER}' && "
            f"(!{account}.startsWith({chart_accounts}) || {account} == {chart_accounts} + 'worker-kubernetes')",
            "isTask": f"({component} == '' && {part} == '') || ({component} == 'worker' && {part} == '{TASK_POD}')",
        },
        validations={
            "pods are started by Airflow and its tasks, and by nobody's hand": (
                "variables.isPlatform || request.operation != 'CREATE' || "
                "request.userInfo.username.startsWith('system:serviceaccount:')"
            ),
            f"only parts of Airflow have one of the PriorityClasses {', '.join(kept)}": (
                f"variables.isPlatform || !(object.spec.?priorityClassName.orValue('') in {texts(kept)})"
            ),
            "a pod that a task starts has an account of its own": "variables.isPlatform || variables.isOthers",
            "a pod that a task starts does not carry the labels of a part": (
                "variables.isPlatform || variables.isTask"
            ),
            "a pod that a task starts does not get the keys of other parts": (
                f"variables.isPlatform || ({_uses_no_secret_of_parts()})"
            ),
        },
    )


def _uses_no_secret_of_parts() -> str:
    """Look at each place of a pod that names a Secret, as far as Pod Security lets a pod have it."""
    # While a certificate is renewed, its key is in a Secret whose name goes on.
    beginnings = "name.startsWith('sh.helm.release.') || name.startsWith(namespaceObject.metadata.name + '-tls-')"

    def is_free(name: str) -> str:
        return f"[{name}.orValue('')].all(name, name == '' || !(name in variables.kept || {beginnings}))"

    mounted = (
        f"{is_free('one.?secret.?secretName')} && {is_free('one.?csi.?nodePublishSecretRef.?name')} && "
        f"one.?projected.?sources.orValue([]).all(source, {is_free('source.?secret.?name')})"
    )
    read = (
        f"one.?env.orValue([]).all(entry, {is_free('entry.?valueFrom.?secretKeyRef.?name')}) && "
        f"one.?envFrom.orValue([]).all(entry, {is_free('entry.?secretRef.?name')})"
    )
    holders = {"volumes": mounted, **dict.fromkeys(_CONTAINERS, read)}
    return " && ".join(f"object.spec.?{key}.orValue([]).all(one, {rule})" for key, rule in holders.items())


def nodes() -> GuardRail:
    """Hold for all pods: those that the platform makes name their nodes, those of tasks may forget to."""
    return GuardRail(
        name="nodes",
        kinds=(Kinds(group="", resources=("pods",), operations=("CREATE",)),),
        variables={
            "annotations": "namespaceObject.metadata.?annotations.orValue({})",
            "labels": f"variables.annotations['{NODES}'].split(' ').map(one, one.split('='))",
            "selector": "object.spec.?nodeSelector.orValue({})",
        },
        validations={
            "a pod here runs on the nodes of the deployment's node group. Give it their labels as its node selector, "
            "and no node by name": (
                f"!('{NODES}' in variables.annotations) || (!has(object.spec.nodeName) && variables.labels.all("
                "label, label[0] in variables.selector && variables.selector[label[0]] == label[1]))"
            )
        },
    )


def connections(args: ClusterArgs, platform: Mapping[str, str]) -> GuardRail:
    """Bound who looks into pods and goes through them, also where a right on the whole cluster says more.

    A right cannot tell pods apart, so the account of a task that reads a result out of the pod it has started could
    open a shell in the scheduler. The request names the pod and does not show it.
    """
    part = f"{texts(PARTS)}.exists(part, request.name.startsWith(request.namespace + '-' + part))"
    of_parts = f"variables.isPlatform || !variables.isOwn || !(variables.kind in {texts(_SHELLS)}) || !{part}"
    rules = {
        "no task opens a shell in a part of Airflow": of_parts,
        "nobody goes around network policies by the API server": (
            "variables.isPlatform || !(variables.kind == 'proxy' || (variables.kind == 'portforward' && "
            "variables.isOwn))"
        ),
    }
    in_production = {
        "nobody gets a shell in production": (
            f"variables.isPlatform || !(variables.kind in {texts((*_SHELLS, 'ephemeralcontainers'))}) || "
            f"(variables.isOwn && variables.kind in {texts(_SHELLS)})"
        )
    }
    ways = tuple(f"pods/{way}" for way in (*_SHELLS, "portforward", "proxy"))
    return GuardRail(
        name="connections",
        kinds=(
            Kinds(group="", resources=(*ways, "services/proxy"), operations=("CONNECT",)),
            Kinds(group="", resources=("pods/ephemeralcontainers",), operations=("UPDATE",)),
        ),
        variables={
            **platform,
            "kind": "request.?subResource.orValue('')",
            "isOwn": IS_OWN_ACCOUNT,
        },
        validations=rules | (in_production if args.is_production else {}),
    )
