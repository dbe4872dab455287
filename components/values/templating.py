"""Texts that the chart runs through its template engine once more, made to come out as they went in."""

import re

from components.args import Scalar

_ACTION = re.compile(r"\{\{")
_LITERAL_ACTION = '{{ "{{" }}'
_CONTINUATION = "\n      "
"""Deeper than the four spaces of airflow.cfg within its ConfigMap, so that the next line continues the value."""


def literal(text: str) -> str:
    """Escape what the chart's `tpl` would otherwise run as a template."""
    return _ACTION.sub(lambda _: _LITERAL_ACTION, text)


def config_text(value: Scalar) -> str:
    """Write an option of airflow.cfg.

    Always as text: Helm would write a whole number of a million and more in scientific notation.
    """
    return literal(_CONTINUATION.join(str(value).splitlines()))
