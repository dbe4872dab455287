"""Which cluster the suite runs on, as the environment says it; read on import, before tests are kept away from it."""

import os
from dataclasses import dataclass

CONTEXT_VARIABLE = "AIRSPACE_E2E_CONTEXT"
STORAGE_CLASS_VARIABLE = "AIRSPACE_E2E_STORAGE_CLASS"
KUBELET_RESTART_VARIABLE = "AIRSPACE_E2E_KUBELET_RESTART"
_KUBECONFIG = "KUBECONFIG"

REMEDY = "Name one: make e2e CONTEXT=<kubeconfig context>; README, Tests on a real cluster."


@dataclass(frozen=True, kw_only=True)
class Where:
    """A real cluster."""

    context: str
    kubeconfig: str | None
    """What KUBECONFIG says; None means where kubectl looks by itself."""
    storage_class: str | None
    """Class of the volumes; None means the cluster's default."""
    kubelet_restart: str | None = None
    """Command that restarts the kubelet of a node; None where there is no such way."""

    def variables(self) -> dict[str, str]:
        """Return the environment of a process that works on it."""
        return {**os.environ, **({_KUBECONFIG: self.kubeconfig} if self.kubeconfig else {})}


def named() -> Where | None:
    context = os.environ.get(CONTEXT_VARIABLE)
    if not context:
        return None
    return Where(
        context=context,
        kubeconfig=os.environ.get(_KUBECONFIG),
        storage_class=os.environ.get(STORAGE_CLASS_VARIABLE) or None,
        kubelet_restart=os.environ.get(KUBELET_RESTART_VARIABLE) or None,
    )


WHERE = named()
