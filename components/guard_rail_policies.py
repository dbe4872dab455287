"""Guard rails as the API server stores them: a policy, and the binding that puts it in force."""

from collections.abc import Mapping, Sequence

from components import naming
from components.args import ClusterArgs
from components.guard_rail import GuardRail
from components.hosting_args import GuardRails
from components.labels import ENVIRONMENT
from components.manifest import Manifest

_ACTIONS: Mapping[GuardRails, Sequence[str]] = {
    GuardRails.DENY: ("Deny", "Audit"),
    GuardRails.AUDIT: ("Warn", "Audit"),
}


def policy_name(args: ClusterArgs, rail: GuardRail) -> str:
    """Name a policy and its binding; both are cluster-wide, so environments on one cluster must differ."""
    return naming.bounded_name("airspace", args.environment, rail.name)


def policy_spec(rail: GuardRail) -> Manifest:
    """Return the spec of the ValidatingAdmissionPolicy; a rule that cannot be evaluated refuses."""
    scope = "Namespaced" if rail.is_namespaced else "Cluster"
    conditions = [{"name": name, "expression": text} for name, text in rail.conditions.items()]
    variables = [{"name": name, "expression": text} for name, text in rail.variables.items()]
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [kinds.group],
                    "apiVersions": ["*"],
                    "operations": list(kinds.operations),
                    "resources": list(kinds.resources),
                    "scope": scope,
                }
                for kinds in rail.kinds
            ]
        },
        # The API server drops empty lists, and what it drops would show as a change.
        **({"matchConditions": conditions} if conditions else {}),
        **({"variables": variables} if variables else {}),
        "validations": [
            {"expression": expression, "message": message, "reason": "Forbidden"}
            for message, expression in rail.validations.items()
        ],
    }


def binding_spec(args: ClusterArgs, rail: GuardRail) -> Manifest:
    """Return the spec of the binding to the environment's namespaces."""
    spec: dict[str, object] = {
        "policyName": policy_name(args, rail),
        "validationActions": list(_ACTIONS[args.guard_rails]),
    }
    if rail.is_namespaced:
        spec["matchResources"] = {"namespaceSelector": {"matchLabels": {ENVIRONMENT: args.environment}}}
    return spec
