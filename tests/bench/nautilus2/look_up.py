"""Says where names of another Nautilus are in this one: [[module, name], ...] in, {"module.name": place} out (JSON)."""

import importlib
import json
import pkgutil
import sys
from contextlib import suppress
from types import ModuleType

import nautilus_trader


def main() -> None:
    """Look them all up; a place is the module that has the name, or nothing."""
    modules: dict[str, ModuleType] = {}
    for found in pkgutil.walk_packages(nautilus_trader.__path__, "nautilus_trader."):
        # Some need packages that are extras.
        with suppress(ImportError):
            modules[found.name] = importlib.import_module(found.name)
    told = {}
    for module, name in json.load(sys.stdin):
        same = hasattr(modules.get(module), name)
        others = sorted((place for place, each in modules.items() if hasattr(each, name)), key=len)
        told[f"{module}.{name}"] = module if same else others[0] if others else None
    json.dump(told, sys.stdout)


main()
