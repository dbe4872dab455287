"""The JSON Schema of stack files, for editors and for whoever checks files without Python.

`python -m stacks.schema` writes it to `stacks/schema.json`. It knows forms, not references or sums: whether a member
has an account, only planning can tell.
"""

import json
from pathlib import Path
from typing import Any

from stacks.loader import NAMESPACE
from stacks.settings import PlatformSettings

SCHEMA_FILE = Path(__file__).with_name("schema.json")

Schema = dict[str, Any]

_SECRET: Schema = {
    "description": "A secret, stored by `pulumi config set --secret`; a key that is no section holds nothing else.",
    "type": "object",
    "properties": {"secure": {"type": "string", "description": "The encrypted value."}},
    "required": ["secure"],
    "additionalProperties": False,
}
_ENGINE_KEYS: Schema = {
    "secretsprovider": {"type": "string", "description": "What encrypts the secrets of this environment."},
    "encryptedkey": {"type": "string", "description": "Written by the engine; leave it."},
    "encryptionsalt": {"type": "string", "description": "Written by the engine; leave it."},
    "environment": {"description": "Pulumi ESC environments to import."},
}


def stack_file_schema() -> Schema:
    """Describe a whole stack file: our sections, our secrets, and what is the engine's or another program's."""
    platform = _tidied(PlatformSettings.model_json_schema(by_alias=True, mode="validation"))
    sections: Schema = platform["properties"]
    config: Schema = {
        "type": "object",
        "properties": {f"{NAMESPACE}:{name}": section for name, section in sections.items()},
        "patternProperties": {f"^{NAMESPACE}:(?!({'|'.join(sorted(sections))})$)": _SECRET},
        "required": [f"{NAMESPACE}:{name}" for name in platform["required"]],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Airspace stack file",
        "description": "One environment: its clusters, people, workspaces and Airflow deployments.",
        "type": "object",
        "properties": {"config": config, **_ENGINE_KEYS},
        "required": ["config"],
        "additionalProperties": False,
        "$defs": platform["$defs"],
    }


def schema_text() -> str:
    """Write the schema as the file holds it."""
    return json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(schema: Any, *, is_map_of_names: bool = False) -> Any:
    """Drop what pydantic writes and no reader needs, and close maps whose keys follow a pattern."""
    if isinstance(schema, list):
        return [_tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if is_map_of_names:
        return {name: _tidied(one) for name, one in schema.items()}
    tidy = {
        key: value if key == "default" else _tidied(value, is_map_of_names=key in {"properties", "$defs"})
        for key, value in schema.items()
        # Titles repeat the key; a default of a whole section would be in the units of the plan.
        if key != "title" and not (key == "default" and (value is None or isinstance(value, dict | list)))
    }
    if "patternProperties" in tidy:
        # Pydantic leaves open what the pattern does not match, although it refuses it.
        tidy.setdefault("additionalProperties", False)
    return tidy


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
