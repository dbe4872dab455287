"""Where this project lives: its folders and the names of its files."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
STACKS = PROJECT_ROOT / "stacks"
STATE = PROJECT_ROOT / ".airspace"
"""State of this checkout: kept out of version control."""
LOCAL_KUBECONFIG = STATE / "kubeconfig"
"""Of the control plane that `make up` starts."""


def stack_label(environment: str) -> str:
    """Name a stack file as the user knows it, from the project's folder."""
    return f"stacks/Pulumi.{environment}.yaml"
