"""The base of all settings models and the field types that they share."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from components import naming, quantities

_CONFIG_KEY = "[A-Za-z][A-Za-z0-9_-]*"
_EMAIL = r"[^\s@:/]+@([^\s@:/.]+\.)+[^\s@:/.]+"
_LABEL = naming.DNS_LABEL_PATTERN.strip("^$")
_PLACE = rf"{_LABEL}(\.{_LABEL})?"
_SERVICE_ACCOUNT = r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+"
_VARIABLE_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_MAX_OBJECT_NAME = 253
_CREDENTIAL = re.compile(r"://[^/?#\s]*@")


class Strict(BaseModel):
    """Settings that know all their keys, never change and never repeat a rejected value."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


def _quantity(parse: Callable[[str], int]) -> BeforeValidator:
    def read(value: Any) -> Any:
        # YAML reads `cpu: 2` as a number; a fraction would be a float with an error of its own kind, so it is text.
        if isinstance(value, int) and not isinstance(value, bool):
            return parse(str(value))
        if not isinstance(value, str):
            raise ValueError(f"is neither text nor a whole number. Write {quantities.QUANTITY_FORM}")  # noqa: TRY004 - pydantic's protocol
        return parse(value)

    return BeforeValidator(read)


_QUANTITY_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"},
            {"type": "integer", "minimum": 0},
        ]
    }
)


def _positive(number: int) -> int:
    if number <= 0:
        raise ValueError("must be more than nothing. Raise it, or leave the key out for the default")
    return number


def _dns_label(name: str) -> str:
    if not naming.is_dns_label(name):
        raise ValueError(f"is not a name that Kubernetes accepts; use {naming.DNS_LABEL_FORM}, at most 63 characters")
    return name


def _place(place: str) -> str:
    if not re.fullmatch(_PLACE, place):
        raise ValueError("is not a place; write <workspace>, or <workspace>.<deployment>")
    return place


def _secret_name(name: str) -> str:
    # The value is not repeated: a password pasted here by mistake must not reach a log.
    if not all(naming.is_dns_label(part) for part in name.split(".")):
        raise ValueError(
            "must be the name of a Secret, not its content. Keep the content in a Secret of the deployment's namespace "
            "and write that Secret's name here"
        )
    return name


def _config_key(key: str) -> str:
    if not re.fullmatch(_CONFIG_KEY, key):
        raise ValueError(
            "must be the key of a secret, not its content; store the value with `pulumi config set --secret` and "
            "name its key here"
        )
    return key


def _object_name(name: str) -> str:
    if len(name) > _MAX_OBJECT_NAME or not all(naming.is_dns_label(part) for part in name.split(".")):
        raise ValueError(f"is not the name of an object; use {naming.DNS_LABEL_FORM}, and dots between such words")
    return name


def _variable_name(name: str) -> str:
    if not re.fullmatch(_VARIABLE_NAME, name):
        raise ValueError("is not the name of a variable; use letters, digits and underscores, no digit first")
    return name


def has_credential(text: str) -> bool:
    """Tell whether there is an address with a name or a password before its host."""
    return _CREDENTIAL.search(text) is not None


def as_email(address: str) -> str:
    """Return an e-mail address as it was written, or refuse what is none."""
    if not re.fullmatch(_EMAIL, address):
        raise ValueError("is not an e-mail address; accounts are keyed by e-mail, such as ada@example.com")
    if not address.isascii():
        raise ValueError("has a letter that is not ASCII, and some of these look like others. Write it without them")
    return address


def _cluster_user(name: str) -> str:
    if re.search(r"\s", name):
        raise ValueError("is not the name of a user, which has no spaces; write one such as oidc:ci-pipeline")
    if name.startswith("system:") and not re.fullmatch(_SERVICE_ACCOUNT, name):
        raise ValueError(
            "is one of Kubernetes' own users; write a service account such as system:serviceaccount:ci:airspace, or a "
            "user such as oidc:ci-pipeline"
        )
    return name


Cpu = Annotated[int, _quantity(quantities.parse_cpu), AfterValidator(_positive), _QUANTITY_SCHEMA]
"""Millicores; written as a Kubernetes quantity."""
Bytes = Annotated[int, _quantity(quantities.parse_bytes), AfterValidator(_positive), _QUANTITY_SCHEMA]
"""Bytes; written as a Kubernetes quantity."""
Name = Annotated[
    str,
    AfterValidator(_dns_label),
    WithJsonSchema({"type": "string", "pattern": naming.DNS_LABEL_PATTERN, "maxLength": naming.MAX_DNS_LABEL}),
]
"""A DNS label."""
Place = Annotated[str, AfterValidator(_place), WithJsonSchema({"type": "string", "pattern": f"^{_PLACE}$"})]
"""A workspace, or a deployment of one."""
SecretName = Annotated[str, AfterValidator(_secret_name)]
"""Name of a Kubernetes Secret in the deployment's namespace."""
ObjectName = Annotated[str, AfterValidator(_object_name)]
"""Name of a Kubernetes object in the deployment's namespace."""
VariableName = Annotated[
    str, AfterValidator(_variable_name), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE_NAME}$"})
]
"""Name of an environment variable, a connection or an Airflow variable."""
ConfigKey = Annotated[
    str, AfterValidator(_config_key), WithJsonSchema({"type": "string", "pattern": f"^{_CONFIG_KEY}$"})
]
"""Key of a secret in the stack's own configuration, without the `airspace:` prefix."""
Email = Annotated[str, AfterValidator(as_email)]
"""Key of an account."""
ClusterUser = Annotated[str, Field(min_length=1), AfterValidator(_cluster_user)]
"""Name by which a cluster knows a user or a service account, but none of Kubernetes' own."""
Count = Annotated[StrictInt, Field(ge=0, le=1000)]
PositiveCount = Annotated[StrictInt, Field(ge=1, le=1000)]
Flag = StrictBool
