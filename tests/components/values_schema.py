"""The genuine chart's own schema and defaults, and what they say of values."""

import functools
import json
from typing import Any

import jsonschema
import yaml

from tests.components.chart_rendering import LOADER, chart_file

SET_KEYS = {"name", "queue"}
"""What a worker set has on top of the keys of `workers`."""


@functools.cache
def _schema() -> dict[str, Any]:
    return json.loads(chart_file("values.schema.json"))


@functools.cache
def _validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(_schema())


@functools.cache
def chart_values() -> dict[str, Any]:
    """Return what the chart says by itself."""
    return yaml.load(chart_file("values.yaml"), Loader=LOADER)  # noqa: S506


def schema_errors(values: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(values)]


def unknown_keys(values: dict[str, Any]) -> list[str]:
    """List the keys that the chart would pass over without a word, also where its schema is open."""
    return [
        *_unknown("", values, _schema()),
        *_unknown_workers("workers.celery", values["workers"]["celery"]),
        *_unknown_workers("workers.kubernetes", values["workers"].get("kubernetes", {})),
        *(
            key
            for entry in values["workers"]["celery"].get("sets", [])
            for key in schema_errors({"workers": {name: entry[name] for name in entry.keys() - SET_KEYS}})
        ),
    ]


def _unknown(path: str, values: Any, node: dict[str, Any]) -> list[str]:
    while "$ref" in node:
        node = functools.reduce(lambda at, step: at[step], node["$ref"].split("/")[1:], _schema())
    if not isinstance(values, dict) or not node.get("properties"):
        return []
    known = node["properties"]
    found = [f"{path}{key}" for key in values if key not in known and not node.get("additionalProperties")]
    for key in values.keys() & known.keys():
        found += _unknown(f"{path}{key}.", values[key], known[key])
    return found


def _unknown_workers(path: str, values: dict[str, Any]) -> list[str]:
    """Compare with the keys that the chart gives a default, in the block itself or in `workers` as a whole."""
    workers = chart_values()["workers"]
    known = {**workers, **workers[path.split(".")[1]]}
    return [f"{path}.{key}" for key in values if key not in known]
