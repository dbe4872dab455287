"""One run of the engine as `python -m tests.e2e.engine_run`: a process of its own, which can be ended from outside.

Reads an environment as JSON from standard input, and writes what became of it to standard output.
"""

import json
import sys
from pathlib import Path
from typing import Any

from stacks.embedding import Environment, RunFailed
from stacks.problems import SettingsError
from tools.engine import find_engine
from tools.errors import ComponentUnavailable


def main() -> None:
    request = json.load(sys.stdin)
    environment = Environment.of(
        request["name"],
        request["sections"],
        secrets=request["secrets"],
        home=Path(request["home"]),
        command=find_engine().command,
    )
    try:
        answer = _done(environment, request["operation"])
    except (RunFailed, SettingsError, ComponentUnavailable) as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


def _done(environment: Environment, operation: str) -> dict[str, Any]:
    if operation == "cancel":
        environment.cancel()
        return {"changes": {}, "seconds": 0}
    if operation == "destroy" and not environment.exists():
        return {"changes": {}, "seconds": 0}
    result = environment.destroy() if operation == "destroy" else environment.up()
    return {"changes": dict(result.changes), "seconds": result.duration_seconds}


if __name__ == "__main__":
    main()
