"""Guard rails: what holds in the namespaces of one environment whoever asks, as rules of the API server's own.

Rights say who may ask; these say what the answer can never be. The API server evaluates them itself, so there is no
webhook that can fail. What differs between namespaces stands in annotations of the namespaces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components import naming, service_accounts
from components.args import AirflowDeploymentArgs, ClusterArgs
from components.generated_secrets import Purpose
from components.labels import ENVIRONMENT, PART, PREFIX, TASK_POD
from components.values.escape import INGRESS_ANNOTATIONS
from components.workloads import Share

HOSTS = f"{PREFIX}/hosts"
"""Annotation of a namespace: DNS names that an Ingress in it may have."""
REGISTRIES = f"{PREFIX}/image-registries"
"""Annotation of a namespace: where images of its pods may come from; without it, anywhere."""

_CONTROL_PLANE_USERS = ("system:apiserver", "system:kube-controller-manager")
_CONTROL_PLANE_GROUPS = ("system:masters", "system:serviceaccounts:kube-system")
"""Controllers run under accounts of kube-system."""
_KEPT_FROM_TASKS = (
    *(Purpose.JWT, Purpose.REDIS_PASSWORD, Purpose.POSTGRESQL),
    *(Purpose.PGBOUNCER_CONFIG, Purpose.PGBOUNCER_STATS),
)
"""Secrets that the chart gives to parts of Airflow and to no task pod: who has the first signs tokens of anybody."""
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PODS = (("", ("pods", "pods/ephemeralcontainers")),)


@dataclass(frozen=True, kw_only=True)
class GuardRail:
    """One rule."""

    name: str
    resources: Sequence[tuple[str, tuple[str, ...]]]
    """API groups with their resources."""
    operations: tuple[str, ...] = ("CREATE", "UPDATE")
    conditions: Mapping[str, str] = field(default_factory=dict)
    """What must be true for the rule to be asked at all, by name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    validations: Mapping[str, str]
    """What is said where something is wrong, and the expression that is true where nothing is."""
    is_namespaced: bool = True


def guard_rails(args: ClusterArgs) -> tuple[GuardRail, ...]:
    """List the rules of an environment on one cluster."""
    platform = {"isPlatform": _is_platform(args)}
    return (
        _objects(platform),
        _namespaces(args, platform),
        _images(),
        _hosts(platform),
        _services(),
        _pods(args, platform),
    )


def namespace_annotations(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Return what the rules must know of a deployment's namespace."""
    hosts = {HOSTS: args.host} if args.host else {}
    return hosts | ({REGISTRIES: " ".join(args.allowed_registries)} if args.allowed_registries is not None else {})


def _is_platform(args: ClusterArgs) -> str:
    """Recognise the platform and the control plane.

    Whoever may change these policies can do anything here in two steps, so they pass in one: that is the deployer
    and the administrators of the cluster. A deployer without that right is named in the settings.
    """
    users = _list([*_CONTROL_PLANE_USERS, *args.deployer_users])
    groups = _list([*_CONTROL_PLANE_GROUPS, *args.deployer_groups])
    own = naming.bounded_name("airspace", args.environment, "platform-objects")
    policies = "authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')"
    return (
        f"request.userInfo.username in {users} || "
        f"(has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in {groups})) || "
        f"{policies}.name({_text(own)}).check('patch').allowed()"
    )


def _objects(platform: Mapping[str, str]) -> GuardRail:
    """Also of new ones: a second NetworkPolicy or RoleBinding adds to what the platform's own allow."""
    return GuardRail(
        name="platform-objects",
        resources=(
            ("", ("resourcequotas", "resourcequotas/status", "limitranges", "serviceaccounts")),
            ("networking.k8s.io", ("networkpolicies",)),
            ("rbac.authorization.k8s.io", ("roles", "rolebindings")),
        ),
        operations=("CREATE", "UPDATE", "DELETE"),
        variables=platform,
        validations={
            "quotas, limits, accounts, network policies, roles and bindings belong to the platform. "
            "Change the stack file instead": "variables.isPlatform"
        },
    )


def _namespaces(args: ClusterArgs, platform: Mapping[str, str]) -> GuardRail:
    """Without a selector: that would look at the labels as they are to be, and so miss who takes them off."""
    ours = f"metadata.?labels[?'{ENVIRONMENT}'].orValue('') == {_text(args.environment)}"
    own_keys = (f"{PREFIX}/", "pod-security.kubernetes.io/", "app.kubernetes.io/")
    is_own = " || ".join(f"key.startsWith({_text(prefix)})" for prefix in own_keys)

    def same(kind: str) -> str:
        before, after = f"oldObject.metadata.?{kind}.orValue({{}})", f"object.metadata.?{kind}.orValue({{}})"
        return (
            f"{before}.all(key, !({is_own}) || (key in {after} && {after}[key] == {before}[key])) && "
            f"{after}.all(key, !({is_own}) || key in {before})"
        )

    return GuardRail(
        name="namespaces",
        resources=(("", ("namespaces", "namespaces/status", "namespaces/finalize")),),
        operations=("CREATE", "UPDATE", "DELETE"),
        conditions={"is-ours": f"(object != null && object.{ours}) || (oldObject != null && oldObject.{ours})"},
        variables={
            **platform,
            "keepsLabels": f"request.operation == 'UPDATE' && {same('labels')}",
            "keepsAnnotations": f"request.operation == 'UPDATE' && {same('annotations')}",
        },
        validations={
            "a namespace of a deployment, with its labels, belongs to the platform. Change the stack file "
            "instead": "variables.isPlatform || (variables.keepsLabels && variables.keepsAnnotations)"
        },
        is_namespaced=False,
    )


def _images() -> GuardRail:
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
        resources=_PODS,
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


def _hosts(platform: Mapping[str, str]) -> GuardRail:
    return GuardRail(
        name="hosts",
        resources=(("networking.k8s.io", ("ingresses",)),),
        variables={
            **platform,
            "own": f"namespaceObject.metadata.?annotations[?'{HOSTS}'].orValue('').split(' ')",
            "hosts": "object.spec.?rules.orValue([]).map(rule, rule.?host.orValue('*'))",
            "certified": "object.spec.?tls.orValue([]).map(one, one.?hosts.orValue([]))",
        },
        validations={
            "an Ingress may have the deployment's own host and no other, and no default": (
                "!has(object.spec.defaultBackend) && variables.hosts.all(host, host != '' && host in variables.own) "
                "&& variables.certified.all(hosts, hosts.all(host, host != '' && host in variables.own))"
            ),
            "annotations of an Ingress may not change how others are served": (
                "variables.isPlatform || object.metadata.?annotations.orValue({}).all(key, "
                f"key.split('/')[size(key.split('/')) - 1] in {_list(sorted(INGRESS_ANNOTATIONS))})"
            ),
        },
    )


def _services() -> GuardRail:
    return GuardRail(
        name="services",
        resources=(("", ("services",)),),
        validations={
            "a Service here is reached from within the cluster only: ClusterIP, without external addresses": (
                "object.spec.?type.orValue('ClusterIP') == 'ClusterIP' && "
                "size(object.spec.?externalIPs.orValue([])) == 0"
            )
        },
    )


def _pods(args: ClusterArgs, platform: Mapping[str, str]) -> GuardRail:
    """Keep pods that Airflow or its tasks start by themselves from passing for a part of the deployment.

    Whoever writes a DAG may change the pod of his task: class, account and labels decide on its room, its rights and
    what it reaches.
    """
    core = naming.priority_class_name(args.environment, Share.CORE)
    account = "object.spec.?serviceAccountName.orValue('default')"
    chart_accounts = "namespaceObject.metadata.name + '-airflow-'"
    component, part = (f"object.metadata.?labels[?'{key}'].orValue('')" for key in ("component", PART))
    return GuardRail(
        name="launched-pods",
        resources=_PODS,
        variables={
            **platform,
            "isOthers": f"{account} != '{service_accounts.SCHEDULER}' && "
            f"(!{account}.startsWith({chart_accounts}) || {account} == {chart_accounts} + 'worker-kubernetes')",
            "isTask": f"({component} == '' && {part} == '') || ({component} == 'worker' && {part} == '{TASK_POD}')",
        },
        validations={
            f"only parts of Airflow have the PriorityClass {core}": (
                f"variables.isPlatform || object.spec.?priorityClassName.orValue('') != {_text(core)}"
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
    """Whoever starts a pod may mount any Secret of the namespace, without a right to read Secrets."""
    kept = " || ".join(f"name == namespaceObject.metadata.name + '-{purpose}'" for purpose in _KEPT_FROM_TASKS)

    def is_free(name: str) -> str:
        return f"[{name}.orValue('')].all(name, !({kept} || name.startsWith('sh.helm.release.')))"

    mounted = (
        f"{is_free('one.?secret.?secretName')} && "
        f"one.?projected.?sources.orValue([]).all(source, {is_free('source.?secret.?name')})"
    )
    read = (
        f"one.?env.orValue([]).all(entry, {is_free('entry.?valueFrom.?secretKeyRef.?name')}) && "
        f"one.?envFrom.orValue([]).all(entry, {is_free('entry.?secretRef.?name')})"
    )
    holders = {"volumes": mounted, **dict.fromkeys(_CONTAINERS, read)}
    return " && ".join(f"object.spec.?{key}.orValue([]).all(one, {rule})" for key, rule in holders.items())


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"
