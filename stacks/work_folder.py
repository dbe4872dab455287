"""The folder that an embedded run works in: project and stack file as the engine wants them, chart and state beside.

The engine writes into the stack file that it is given, such as the salt of its encryption. Giving it a copy keeps
the user's own file as it was written.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stacks.loader import NAMESPACE, StackSource, stack_file
from stacks.project import PROJECT_ROOT, STATE

_ENCRYPTION_KEYS = ("encryptionsalt", "encryptedkey", "secretsprovider")
_BACKEND = "PULUMI_BACKEND_URL"
_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True, kw_only=True)
class WorkFolder:
    """Files of one environment's embedded runs."""

    environment: str
    home: Path = STATE
    """Folder that holds everything that belongs to this checkout alone."""

    @property
    def path(self) -> Path:
        """Return the folder that the engine runs in."""
        return self.home.resolve() / "work" / self.environment

    @property
    def seen_cluster(self) -> str | None:
        """Return the identity of the local cluster that the last run has worked on."""
        path = self.path / "cluster"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def note_cluster(self, identity: str) -> None:
        """Keep the identity of the local cluster that a run has worked on."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "cluster").write_text(identity, encoding="utf-8")

    def prepare(self, source: StackSource, stacks: Path) -> None:
        """Write the project and stack files for a run; a salt that the engine has made is kept."""
        self.path.mkdir(parents=True, exist_ok=True)
        project = yaml.safe_load((PROJECT_ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        project.pop("stackConfigDir", None)
        _write(self.path / "Pulumi.yaml", project)
        written = _document(stack_file(stacks, self.environment))
        own = _document(self._stack_file)
        kept = {key: own[key] for key in _ENCRYPTION_KEYS if key in own}
        document = kept | written | {"config": {**written.get("config", {}), **_qualified(source.sections)}}
        _write(self._stack_file, document)

    @property
    def _stack_file(self) -> Path:
        return stack_file(self.path, self.environment)

    def variables(self) -> dict[str, str]:
        """Return the engine's environment: the user's own backend and passphrase, else files in the state folder."""
        chosen: dict[str, str] = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        if _BACKEND not in os.environ:
            state = self.home.resolve() / "state"
            state.mkdir(parents=True, exist_ok=True)
            chosen[_BACKEND] = state.as_uri()
        if not any(name in os.environ for name in _PASSPHRASES):
            chosen["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self._passphrase_file())
        return chosen

    def _passphrase_file(self) -> Path:
        """Make the passphrase once; of two runs that do so together, one wins and both use its file."""
        path = self.home.resolve() / "passphrase"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as draft:
                draft.write(secrets.token_urlsafe(32))
                draft.flush()
                with contextlib.suppress(FileExistsError):
                    os.link(draft.name, path)
        return path

    def forget(self) -> None:
        """Remove the files of this environment's runs. State and passphrase stay: others may depend on them."""
        shutil.rmtree(self.path, ignore_errors=True)


def _document(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def _qualified(sections: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{NAMESPACE}:{name}": value for name, value in sections.items()}


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True), encoding="utf-8")
