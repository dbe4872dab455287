"""Finds secrets that were written in plain text among variables and options, each by its own key, all at once."""

import re
from collections.abc import Iterable, Iterator

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from components import owned_options
from components.args import Scalar
from stacks.fields import has_credential

REFUSED_ENTRY = "refused_entry"
"""Kind of the refusals here: their message is said as it is."""
_SECRET_NAMED = re.compile(
    r"^AIRFLOW_CONN_|(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN|CREDENTIALS?"
    r"|(?:API|ACCESS|PRIVATE|SECRET|FERNET|ENCRYPTION)_?KEY(?:_ID)?)(?:_CMD|_SECRET)?$",
    re.IGNORECASE,
)
"""The end of the name decides: HF_TOKEN is a secret, TOKENIZERS_PARALLELISM is none."""
_INDIRECT = re.compile(r"_(?:cmd|secret)$", re.IGNORECASE)
_PLAIN_SECRET = (
    "looks like a secret in plain text; store it with `pulumi config set --secret` and name its key under `secret_env`"
)


def plain_environment(env: dict[str, str | None]) -> dict[str, str | None]:
    """Refuse variables that are secrets by their name or by a credential in their value; values are not repeated."""
    # What the platform keeps cannot be set under `secret_env` either, so its own remedy comes first.
    _refuse(
        ((name,), owned_options.refuse_variable(name) or _PLAIN_SECRET)
        for name, value in env.items()
        if value is not None and (_SECRET_NAMED.search(name) or has_credential(value))
    )
    return env


def plain_options(config: dict[str, dict[str, Scalar]]) -> dict[str, dict[str, Scalar]]:
    """Refuse options that are secrets by their name or by a credential in their value; values are not repeated."""
    _refuse(_secret_options(config))
    return config


def _secret_options(config: dict[str, dict[str, Scalar]]) -> Iterator[tuple[tuple[str, ...], str]]:
    for section, options in config.items():
        for option, value in options.items():
            if _is_secret_option(option) or has_credential(str(value)):
                variable = f"AIRFLOW__{section}__{option}".upper()
                owned = owned_options.refuse_option(section, option)
                yield (section, option), owned or f"{_PLAIN_SECRET} as {variable}"


def _is_secret_option(option: str) -> bool:
    if not _SECRET_NAMED.search(option):
        return False
    # `<option>_cmd` and `<option>_secret` say where the value is.
    direct = _INDIRECT.sub("", option)
    return direct == option or not _SECRET_NAMED.search(direct)


def _refuse(entries: Iterable[tuple[tuple[str, ...], str]]) -> None:
    details = [
        InitErrorDetails(type=PydanticCustomError(REFUSED_ENTRY, "{reason}", {"reason": reason}), loc=path, input=None)
        for path, reason in entries
    ]
    if details:
        raise ValidationError.from_exception_data("entries", details, hide_input=True)
