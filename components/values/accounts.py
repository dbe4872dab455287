"""Values of the ServiceAccounts; the Roles that they hold are the platform's own."""

from typing import Any

from components.args import AirflowDeploymentArgs
from components.service_accounts import Account, accounts
from components.values.templating import literal


def account_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the `serviceAccount` of each part, and labels of its pods, in its section of the values."""
    values: dict[str, Any] = {}
    for account in (one for one in accounts(args) if one.path):
        section = values
        for key in account.path:
            section = section.setdefault(key, {})
        section["serviceAccount"] = _values(account)
        if account.pod_labels:
            section["labels"] = dict(sorted(account.pod_labels.items()))
    return values


def _values(account: Account) -> dict[str, Any]:
    token = {"automountServiceAccountToken": account.has_token}
    if account.is_ours:
        return {"create": False, "name": account.names[0], **token}
    annotations = {key: literal(text) for key, text in sorted(account.annotations.items())}
    return {"create": True, **token, **({"annotations": annotations} if annotations else {})}
