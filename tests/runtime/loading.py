"""Loads modules as Airflow's server does: from their files, which are in no package."""

import importlib.util
import sys
from types import ModuleType

from stacks.project import PROJECT_ROOT


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT_ROOT / "runtime" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
