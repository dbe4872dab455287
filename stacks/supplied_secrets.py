"""Judges secrets that are supplied; their values are known to a run only, and to no plan."""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from components.args import AirflowDeploymentArgs, PlatformPlan
from components.generated_secrets import FERNET_KEY_BYTES
from components.pgbouncer import parse_connection
from stacks.loader import StackSource
from stacks.problems import Problem, SettingsError
from stacks.transitions import path_in

LEAST_LENGTH = 12
Value = Callable[[str], str]
"""Looks up the value of a secret of the configuration by its key."""
Path = tuple[str, ...]


def refuse_unusable_secrets(plan: PlatformPlan, source: StackSource, value: Value) -> None:
    """Refuse secrets that nothing could use, and passwords that could be guessed.

    Args:
        plan: What is to be made with them.
        source: Where they are written, judged already.
        value: Looks up the value of a secret of the configuration by its key.

    Raises:
        SettingsError: Says every secret that is refused, and none of them itself.
    """
    problems = list(_short_passwords(source.sections, value))
    for one in plan.deployments:
        path = path_in(plan, one)
        problems += [*_database(one, path, value), *_fernet_key(one, path, value)]
    if problems:
        raise SettingsError(source.label, problems, source.lines)


def _short_passwords(sections: Mapping[str, Any], value: Value) -> Iterator[Problem]:
    """Each password opens every deployment that its account may enter."""
    for where, key in _passwords(sections):
        if len(value(key)) < LEAST_LENGTH:
            yield Problem(
                where, f"its secret holds fewer than {LEAST_LENGTH} characters. Store a longer one {_by(key)}"
            )


def _passwords(sections: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield where each password is named, and the key of its value."""
    written: dict[Path, Any] = {("sign_in",): sections.get("sign_in")}
    written |= {("clusters", name, "sign_in"): one.get("sign_in") for name, one in sections["clusters"].items()}
    for where, sign_in in written.items():
        for email, key in ((sign_in or {}).get("passwords") or {}).items():
            yield (*where, "passwords", email), key


def _database(args: AirflowDeploymentArgs, path: Path, value: Value) -> Iterator[Problem]:
    """Airflow takes any address; PgBouncer needs its parts."""
    key = args.database.config_key
    if key is None or args.pgbouncer is None:
        return
    try:
        parse_connection(value(key))
    except ValueError:
        message = "its secret does not hold the form postgresql://user:password@host:port/database that PgBouncer needs"
        yield Problem((*path, "database", "config"), f"{message}. Store it {_by(key)}, or switch `pgbouncer` off")


def _fernet_key(args: AirflowDeploymentArgs, path: Path, value: Value) -> Iterator[Problem]:
    """The first key may be a list, as Airflow's own option may."""
    key = args.keys.fernet.adopt
    if key is None or 1 not in args.keys.fernet.generations:
        return
    if not all(_is_fernet_key(one) for one in value(key).split(",")):
        message = f"its secret holds no Fernet key: {FERNET_KEY_BYTES} bytes in URL-safe Base64, or several with commas"
        yield Problem(
            (*path, "keys", "fernet", "adopt"), f"{message}. Store that of the earlier installation {_by(key)}"
        )


def _is_fernet_key(text: str) -> bool:
    """Decide as Airflow does, and more strictly: it would leave out what follows a whole key."""
    try:
        return len(base64.b64decode(text.strip(), altchars=b"-_", validate=True)) == FERNET_KEY_BYTES
    except ValueError:
        return False


def _by(key: str) -> str:
    return f"with `pulumi config set --secret airspace:{key}`"
