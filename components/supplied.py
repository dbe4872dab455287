"""Which secrets of the stack's configuration a deployment refers to."""

from components.args import AirflowDeploymentArgs


def supplied_keys(args: AirflowDeploymentArgs) -> frozenset[str]:
    """Return their keys; the program hands a deployment these values and no others."""
    git = args.git_sync.config_key if args.git_sync else None
    single = {args.database.config_key, args.keys.fernet.adopt, git}
    return frozenset({*args.secret_env.values(), *(key for key in single if key)})
