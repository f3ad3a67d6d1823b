"""Values as JSON can carry them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any


def json_ready(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with money as numbers and times as text."""
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
