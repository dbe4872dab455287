"""Guard rails: what holds in the namespaces of one environment whoever asks, as rules of the API server's own.

Rights say who may ask; these say what the answer can never be. The API server evaluates them itself, so there is no
webhook that can fail. What differs between namespaces stands in annotations of the namespaces.
"""

from collections.abc import Mapping

from components import exposure, naming
from components.args import AirflowDeploymentArgs, ClusterArgs
from components.guard_rail import IS_OWN_ACCOUNT, GuardRail, Kinds, text, texts
from components.kept_secrets import KEPT_SECRETS, kept_secrets
from components.labels import ENVIRONMENT, PREFIX
from components.pod_rails import NODES, REGISTRIES, connections, images, launched_pods, nodes
from components.values.escape import INGRESS_ANNOTATIONS

HOSTS = f"{PREFIX}/hosts"
"""Annotation of a namespace: DNS names that an Ingress in it may have."""
UI_SERVICE = f"{PREFIX}/ui-service"
"""Annotation of a namespace: type of the Service that leads to its UI from outside; without it there is none."""

_CONTROL_PLANE_USERS = ("system:apiserver", "system:kube-controller-manager")
_CONTROL_PLANE_GROUPS = ("system:masters", "system:serviceaccounts:kube-system")
"""Controllers run under accounts of kube-system."""
_OTHER_SUBJECTS = ("literalSubject", "ipAddresses", "uris", "otherNames", "emailAddresses")
"""What a certificate may be for beside names of hosts."""
_ALL = ("CREATE", "UPDATE", "DELETE")
_BOUNDS = (
    Kinds(
        group="",
        resources=("resourcequotas", "resourcequotas/status", "limitranges", "serviceaccounts"),
        operations=_ALL,
    ),
    Kinds(group="networking.k8s.io", resources=("networkpolicies",), operations=_ALL),
    Kinds(group="rbac.authorization.k8s.io", resources=("roles", "rolebindings"), operations=_ALL),
)
_WORKLOADS = (
    Kinds(group="", resources=("replicationcontrollers",), operations=_ALL),
    Kinds(
        group="apps",
        resources=("deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"),
        operations=_ALL,
    ),
    Kinds(group="batch", resources=("cronjobs",), operations=_ALL),
    # An admin of a workspace may delete jobs.
    Kinds(group="batch", resources=("jobs",)),
)
"""What makes pods: a controller makes them, and passes where whoever told it to would not."""
_ROUTES = tuple(
    Kinds(group=group, resources=("*",), operations=_ALL)
    for group in (
        *("gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "traefik.io", "traefik.containo.us"),
        *("networking.istio.io", "projectcontour.io", "configuration.konghq.com", "k8s.nginx.org", "elbv2.k8s.aws"),
        *("externaldns.k8s.io", "getambassador.io"),
    )
)
"""What serves a host, or gives one an address, beside an Ingress; the platform makes none but Traefik's middleware."""


def guard_rails(args: ClusterArgs) -> tuple[GuardRail, ...]:
    """List the rules of an environment on one cluster."""
    platform = {"isPlatform": _is_platform(args)}
    return (
        _objects(platform),
        _namespaces(args, platform),
        images(),
        _hosts(platform),
        _services(platform),
        launched_pods(args, platform),
        nodes(),
        connections(args, platform),
        _tokens(platform),
    )


def namespace_annotations(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Return what the rules must know of a deployment's namespace."""
    group = args.site.node_group
    selector = " ".join(f"{key}={value}" for key, value in sorted(group.selector.items())) if group else None
    registries = " ".join(args.allowed_registries) if args.allowed_registries is not None else None
    kept = " ".join(kept_secrets(args)) or None
    service = exposure.asked(args)
    told = {
        HOSTS: args.host,
        UI_SERVICE: str(service.type) if service else None,
        REGISTRIES: registries,
        NODES: selector,
        KEPT_SECRETS: kept,
    }
    return {key: value for key, value in told.items() if value is not None}


def _is_platform(args: ClusterArgs) -> str:
    """Recognise the platform and the control plane.

    Whoever may change these policies can do anything here in two steps, so they pass in one: that is the deployer
    and the administrators of the cluster. A deployer without that right is named in the settings.
    """
    users = texts([*_CONTROL_PLANE_USERS, *args.deployer_users])
    groups = texts([*_CONTROL_PLANE_GROUPS, *args.deployer_groups])
    own = naming.bounded_name("airspace", args.environment, "platform-objects")
    policies = "authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')"
    return (
        f"request.userInfo.username in {users} || "
        f"(has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in {groups})) || "
        f"{policies}.name({text(own)}).check('patch').allowed()"
    )


def _objects(platform: Mapping[str, str]) -> GuardRail:
    """Also of new ones: a second NetworkPolicy or RoleBinding adds to what the platform's own allow."""
    return GuardRail(
        name="platform-objects",
        kinds=(*_BOUNDS, *_WORKLOADS, *_ROUTES),
        variables=platform,
        validations={
            "quotas, limits, accounts, network policies, roles, bindings, workloads and routes belong to the platform. "
            "Change the stack file instead": "variables.isPlatform"
        },
    )


def _namespaces(args: ClusterArgs, platform: Mapping[str, str]) -> GuardRail:
    """Without a selector: that would look at the labels as they are to be, and so miss who takes them off."""
    ours = f"metadata.?labels[?'{ENVIRONMENT}'].orValue('') == {text(args.environment)}"
    own_keys = (f"{PREFIX}/", "pod-security.kubernetes.io/", "app.kubernetes.io/")
    is_own = " || ".join(f"key.startsWith({text(prefix)})" for prefix in own_keys)

    def same(kind: str) -> str:
        before, after = f"oldObject.metadata.?{kind}.orValue({{}})", f"object.metadata.?{kind}.orValue({{}})"
        return (
            f"{before}.all(key, !({is_own}) || (key in {after} && {after}[key] == {before}[key])) && "
            f"{after}.all(key, !({is_own}) || key in {before})"
        )

    return GuardRail(
        name="namespaces",
        kinds=(Kinds(group="", resources=("namespaces", "namespaces/status", "namespaces/finalize"), operations=_ALL),),
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


def _hosts(platform: Mapping[str, str]) -> GuardRail:
    """Also of certificates: whoever has one for a host can pass for it."""
    return GuardRail(
        name="hosts",
        kinds=(
            Kinds(group="networking.k8s.io", resources=("ingresses",)),
            Kinds(group="cert-manager.io", resources=("certificates", "certificaterequests")),
            Kinds(group="acme.cert-manager.io", resources=("orders", "challenges")),
        ),
        variables={
            **platform,
            "own": f"namespaceObject.metadata.?annotations[?'{HOSTS}'].orValue('').split(' ')",
            "hosts": "object.spec.?rules.orValue([]).map(rule, rule.?host.orValue('*'))",
            "certified": "object.spec.?tls.orValue([]).map(one, one.?hosts.orValue([]))",
            "named": "object.spec.?dnsNames.orValue([]) + [object.spec.?commonName.orValue('')].filter(one, one != '')",
            "isOperator": f"request.userInfo.username.startsWith('system:serviceaccount:') && !{IS_OWN_ACCOUNT}",
        },
        validations={
            "an Ingress may have the deployment's own host and no other, and no default": (
                "object.kind != 'Ingress' || (!has(object.spec.defaultBackend) && "
                "variables.hosts.all(host, host != '' && host in variables.own) && "
                "variables.certified.all(hosts, hosts.all(host, host != '' && host in variables.own)))"
            ),
            "annotations of an Ingress may not change how others are served": (
                "object.kind != 'Ingress' || variables.isPlatform || object.metadata.?annotations.orValue({}).all("
                f"key, key.split('/')[size(key.split('/')) - 1] in {texts(sorted(INGRESS_ANNOTATIONS))})"
            ),
            "a certificate is for the deployment's own host": (
                "object.kind != 'Certificate' || (variables.named.all(host, host in variables.own) && "
                f"{texts(_OTHER_SUBJECTS)}.all(key, !(key in object.spec)) && !object.spec.?isCA.orValue(false))"
            ),
            "a certificate is asked for by a Certificate": (
                "object.kind in ['Ingress', 'Certificate'] || variables.isPlatform || variables.isOperator"
            ),
        },
    )


def _services(platform: Mapping[str, str]) -> GuardRail:
    """Let one Service reach out, where the platform says so.

    What makes load balancers writes down on it what it has made, and that it is gone, also when it is no longer asked
    for.
    """
    return GuardRail(
        name="services",
        kinds=(Kinds(group="", resources=("services",)),),
        variables={
            **platform,
            "type": "object.spec.?type.orValue('ClusterIP')",
            "isAsked": (
                f"object.metadata.name == {text(exposure.NAME)} && "
                f"variables.type == namespaceObject.metadata.?annotations[?'{UI_SERVICE}'].orValue('')"
            ),
            "isSystem": f"request.userInfo.username.startsWith('system:') && !{IS_OWN_ACCOUNT}",
            "keepsSpec": "request.operation == 'UPDATE' && object.spec == oldObject.spec",
        },
        validations={
            "a Service here is reached from within the cluster only: ClusterIP, without external addresses": (
                "size(object.spec.?externalIPs.orValue([])) == 0 && "
                "(variables.type == 'ClusterIP' || (variables.isAsked && variables.isPlatform) || "
                "(variables.keepsSpec && (variables.isPlatform || variables.isSystem)))"
            )
        },
    )


def _tokens(platform: Mapping[str, str]) -> GuardRail:
    """A token acts for its account from anywhere; pods get theirs from the kubelet."""
    is_request = "request.?subResource.orValue('') == 'token'"
    return GuardRail(
        name="tokens",
        kinds=(Kinds(group="", resources=("serviceaccounts/token", "secrets"), operations=("CREATE",)),),
        variables={
            **platform,
            "isNode": "has(request.userInfo.groups) && request.userInfo.groups.exists(group, group == 'system:nodes')",
        },
        validations={
            "tokens of service accounts are for pods, which get them from their node": (
                f"({is_request} ? variables.isNode : object.?type.orValue('') != 'kubernetes.io/service-account-token')"
                " || variables.isPlatform"
            )
        },
    )
