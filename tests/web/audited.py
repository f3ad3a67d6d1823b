"""The audit log of a staged console, read."""

import json
from pathlib import Path
from typing import Any


def audited(folder: Path) -> list[dict[str, Any]]:
    """Return its lines, oldest first."""
    return [json.loads(line) for line in (folder / "audit.log").read_text().splitlines()]
