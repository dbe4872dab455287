"""Plans DAGs from a repository, and where the credentials for it come from."""

from components import naming, sizing
from components.git_args import GitSyncArgs
from stacks.deployment_settings import GitSettings
from stacks.resource_plan import sized_resources
from stacks.size_settings import Sized


def git_keys(settings: GitSettings | None) -> dict[tuple[str, ...], str]:
    """Return the keys of the stack's configuration that credentials come from, by where they are written."""
    written = {name: settings and getattr(settings, name) for name in ("password_config", "ssh_key_config")}
    return {("dags", "git", name): key for name, key in written.items() if key}


def git_sync(namespace: str, settings: GitSettings, size: Sized) -> GitSyncArgs:
    """Plan the sidecar; a Secret of our own takes the place of one that somebody else makes."""
    own = naming.secret_name(namespace, "git")
    return GitSyncArgs(
        repo=settings.repo,
        branch=settings.branch,
        sub_path=settings.sub_path,
        resources=sized_resources(sizing.Sized.GIT_SYNC, size),
        period_seconds=settings.period_seconds,
        credentials_secret=own if settings.password_config else settings.credentials,
        ssh_key_secret=own if settings.ssh_key_config else settings.ssh_key,
        known_hosts=settings.known_hosts,
        username=settings.username or "",
        config_key=settings.password_config or settings.ssh_key_config,
    )
