"""Where this project lives: its folders and the names of its files."""

from tools.homes import project_root, state_home

PROJECT_ROOT = project_root()
STACKS = PROJECT_ROOT / "stacks"
STATE = state_home()
"""State of this checkout: kept out of version control."""
LOCAL_KUBECONFIG = STATE / "kubeconfig"
"""Of the control plane that `make up` starts."""


def stack_label(environment: str) -> str:
    """Name a stack file as the user knows it, from the project's folder."""
    return f"stacks/Pulumi.{environment}.yaml"
