"""Arguments of DAGs that come from a git repository."""

from dataclasses import dataclass

from components.quantities import Resources


@dataclass(frozen=True, kw_only=True)
class GitSyncArgs:
    """DAGs that are kept in step with a git repository."""

    repo: str
    branch: str
    sub_path: str
    resources: Resources
    period_seconds: int = 30
    depth: int = 1
    credentials_secret: str | None = None
    """Secret with `GITSYNC_USERNAME` and `GITSYNC_PASSWORD`, for https."""
    ssh_key_secret: str | None = None
    """Secret with `gitSshKey`, for ssh."""
    known_hosts: str | None = None
    username: str = ""
    """Beside `config_key`, for https."""
    config_key: str | None = None
    """Secret of the stack's configuration to make the Secret from: password or token for https, key for ssh."""
