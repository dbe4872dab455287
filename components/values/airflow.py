"""Values that concern the whole release: version, image, executor, Secrets, environment, airflow.cfg, labels."""

from typing import Any

from components import keda, naming
from components.args import AirflowDeploymentArgs
from components.labels import deployment_labels
from components.sign_in import options
from components.tuning import tuned_config
from components.values import security
from components.values.templating import config_text

MIGRATION_WAIT_SECONDS = 600
"""How long pods wait for the migrated database: a first start pulls images and migrates an empty database."""


def airflow_values(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the values that belong to no single component."""
    return {
        "executor": args.executor.class_names,
        "airflowVersion": args.airflow_version,
        "defaultAirflowRepository": args.image.repository,
        "defaultAirflowTag": args.image.tag,
        "images": {
            "airflow": {"pullPolicy": args.image.pull_policy},
            "pod_template": {"pullPolicy": args.image.pull_policy},
            "migrationsWaitTimeout": MIGRATION_WAIT_SECONDS,
        },
        "labels": deployment_labels(args),
        "securityContexts": {
            "pod": security.pod_context(security.AIRFLOW_UID, 0) | _owner_of_logs(args),
            "containers": security.container_context(),
        },
        # Otherwise every Service adds variables to every pod, and some of them have the names of settings.
        "enableServiceLinks": False,
        **_secret_names(args),
        **_environment(args),
        "config": _config(args),
        **_log_volume(args),
        **_platform_owned(),
    }


def _secret_names(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Name the Secrets that the platform makes, or that somebody else does.

    Where the chart makes them, most change at every upgrade and some are lost at uninstall. The broker's is named
    for every executor, because the chart makes one of its own where the name is missing.
    """

    def name(purpose: str) -> str:
        return naming.secret_name(args.namespace, purpose)

    broker = args.executor.celery.broker_secret_name if args.executor.celery else None
    keys = args.keys
    api = keys.api_origin.secret_name
    names: dict[str, object] = {
        "data": {"metadataSecretName": args.database.secret_name, "brokerUrlSecretName": broker or name("broker-url")},
        "fernetKeySecretName": keys.fernet.secret_name or name("fernet-key"),
    }
    if args.airflow_major == 2:  # noqa: PLR2004
        return {**names, "webserverSecretKeySecretName": api or name("webserver-secret-key")}
    return {
        **names,
        "apiSecretKeySecretName": api or name("api-secret-key"),
        "jwtSecretName": keys.jwt_origin.secret_name or name("jwt"),
    }


def _environment(args: AirflowDeploymentArgs) -> dict[str, Any]:
    """Return the variables of all Airflow containers; our Secret holds each value under its variable's name."""
    own = naming.secret_name(args.namespace, "env")
    sources = {
        **{name: (own, name) for name in args.secret_env},
        **{name: (source.secret_name, source.key) for name, source in args.referenced_env.items()},
        **({keda.VARIABLE: (args.database.secret_name, keda.KEY)} if keda.has_own_address(args) else {}),
    }
    return {
        # The chart would set it to the same URL as Airflow's own.
        **({"enableBuiltInSecretEnvVars": {keda.VARIABLE: False}} if keda.has_own_address(args) else {}),
        "env": [{"name": name, "value": value} for name, value in sorted(args.env.items())],
        "secret": [
            {"envName": name, "secretName": secret, "secretKey": key} for name, (secret, key) in sorted(sources.items())
        ],
    }


def _config(args: AirflowDeploymentArgs) -> dict[str, dict[str, str]]:
    layers = (tuned_config(args), options(args), args.config)
    return {
        section: {
            option: config_text(value)
            for option, value in sorted({k: v for one in layers for k, v in one.get(section, {}).items()}.items())
        }
        for section in sorted({section for one in layers for section in one})
    }


def _log_volume(args: AirflowDeploymentArgs) -> dict[str, Any]:
    if args.log_volume is None:
        return {}
    return {"logs": {"persistence": {"enabled": True, "existingClaim": naming.log_claim_name(args.namespace)}}}


def _owner_of_logs(args: AirflowDeploymentArgs) -> dict[str, str]:
    """Change the group of a volume's files once: with each pod anew, starts would take longer with each log."""
    return {"fsGroupChangePolicy": "OnRootMismatch"} if args.log_volume else {}


def _platform_owned() -> dict[str, Any]:
    """Switch off what the platform does itself, and every pod that the quota does not count."""
    return {
        "networkPolicies": {"enabled": False},
        "quotas": {},
        "limits": [],
        "priorityClasses": [],
        "multiNamespaceMode": False,
        "rbac": {"create": False},
        "postgresql": {"enabled": False},
        "flower": {"enabled": False},
    }
