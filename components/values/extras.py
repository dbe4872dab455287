"""Values that a deployment has only where it asks for them: DAGs from git, and a host."""

from typing import Any

from components import door
from components.args import AirflowDeploymentArgs
from components.git_args import GitSyncArgs
from components.values import security

_FAILURES_BEFORE_RESTART = 10
"""Syncs that may fail in a row; the chart's 0 restarts the sidecar at the first hiccup of the git server."""
_CREDENTIALS = ("GITSYNC_USERNAME", "GITSYNC_PASSWORD")


def git_sync_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the `dags` block; without git, DAGs are in the image."""
    if args.git_sync is None:
        return {"dags": {"gitSync": {"enabled": False}}}
    git = args.git_sync
    return {
        "dags": {
            "gitSync": {
                "enabled": True,
                "repo": git.repo,
                "branch": git.branch,
                "ref": git.branch,
                "rev": "HEAD",
                "subPath": git.sub_path,
                "depth": git.depth,
                "period": f"{git.period_seconds}s",
                "maxFailures": _FAILURES_BEFORE_RESTART,
                "recommendedProbeSetting": True,
                "resources": git.resources.as_kubernetes(),
                "securityContexts": {"container": {**security.container_context(), "runAsUser": security.GIT_SYNC_UID}},
                **_access(git),
            }
        }
    }


def _access(git: GitSyncArgs) -> dict[str, Any]:
    if git.ssh_key_secret:
        hosts: dict[str, object] = {"knownHosts": git.known_hosts} if git.known_hosts else {}
        return {"sshKeySecret": git.ssh_key_secret, **hosts}
    if git.credentials_secret:
        # The chart's own way asks the Secret for each of the two under a second, outdated name as well.
        return {
            "env": [
                {"name": key, "valueFrom": {"secretKeyRef": {"name": git.credentials_secret, "key": key}}}
                for key in _CREDENTIALS
            ]
        }
    return {}


def ingress_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the `ingress` block; empty where the deployment has no host."""
    if args.host is None:
        return {}
    host: dict[str, object] = {"name": args.host}
    ingress: dict[str, object] = {"enabled": True, "pathType": "Prefix", "hosts": [host]}
    if args.ingress_class:
        ingress["ingressClassName"] = args.ingress_class
    if args.certificate:
        host["tls"] = {"enabled": True, "secretName": args.certificate}
    issuer = {"cert-manager.io/cluster-issuer": args.tls_issuer} if args.tls_issuer else {}
    if annotations := {**issuer, **door.annotations(args)}:
        ingress["annotations"] = annotations
    return {"ingress": {("web" if args.airflow_major == 2 else "apiServer"): ingress}}  # noqa: PLR2004
