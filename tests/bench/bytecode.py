"""Bytecode as where a program is installed: written once, whatever this shell says, and not made at each start."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "build" / "bench" / "bytecode"


def keep_bytecode() -> None:
    """Let processes that are started from here keep their bytecode; their first start of a kind makes it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(_FOLDER)
