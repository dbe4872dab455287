"""Secrets of a deployment that no task gets.

Whoever starts a pod may mount any Secret of its namespace, without a right to read Secrets, and whoever writes a DAG
may start pods.
"""

from components import naming
from components.args import AirflowDeploymentArgs
from components.generated_secrets import Purpose
from components.labels import PREFIX

KEPT_SECRETS = f"{PREFIX}/kept-secrets"
"""Annotation of a namespace: Secrets that somebody else makes and that no task gets."""

OF_TASKS = frozenset(
    {
        *(Purpose.FERNET_KEY, Purpose.API_SECRET_KEY, Purpose.WEBSERVER_SECRET_KEY, Purpose.METADATA),
        *(Purpose.BROKER_URL, Purpose.ENV, Purpose.GIT),
    }
)
"""What the chart gives to a task pod."""
KEPT = (*(str(purpose) for purpose in Purpose if purpose not in OF_TASKS), "registry", "tls")
"""What follows the namespace in the names of all others, with the key to the registries and that of the certificate."""


def is_own_secret(namespace: str, name: str) -> bool:
    """Tell whether a Secret of a deployment's namespace is the platform's, Helm's or the certificate of its host."""
    own = {naming.secret_name(namespace, purpose) for purpose in (*OF_TASKS, *KEPT)}
    return name in own or name.startswith(("sh.helm.release.", naming.secret_name(namespace, "tls-")))


def kept_secrets(args: AirflowDeploymentArgs) -> tuple[str, ...]:
    """Name the Secrets that somebody else makes and that no task gets; the platform's own go by `KEPT`."""
    oidc = args.sign_in.oidc
    client = oidc.client_secret_name if oidc and oidc.client_secret_key is None else None
    named = (client, args.keys.jwt_origin.secret_name, args.tls_secret, *args.site.registries.pull_secrets)
    return tuple(sorted({name for name in named if name}))


def secrets_of_tasks(args: AirflowDeploymentArgs) -> frozenset[str]:
    """Name the Secrets that a task gets, whoever makes them."""
    git, bundle, celery = args.git_sync, args.site.ca_bundle, args.executor.celery
    task_pod = args.executor.kubernetes
    named = (
        *(args.database.secret_name, args.keys.fernet.secret_name, args.keys.api_origin.secret_name),
        *(celery.broker_secret_name if celery else None, bundle.secret if bundle else None),
        *((git.credentials_secret, git.ssh_key_secret) if git else ()),
        *(one.secret_name for one in args.referenced_env.values()),
        *((one.secret_name for one in task_pod.referenced_env.values()) if task_pod else ()),
        *((one.secret_name for one in task_pod.volumes) if task_pod else ()),
    )
    return frozenset(name for name in named if name)
