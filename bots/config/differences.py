"""What was changed in a document, for people. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_MOST = 8
_LONGEST = 60


def differences(before: str, after: str) -> list[str]:
    """Return what differs between two documents in canonical JSON, a line for each key; of many the first ones."""
    old, new = (dict(_leaves(json.loads(text))) for text in (before, after))
    places = sorted(old.keys() | new.keys())
    told = [(place, old.get(place, "default"), new.get(place, "default")) for place in places]
    found = [f"{place}: {was} -> {will_be}" for place, was, will_be in told if was != will_be]
    return found if len(found) <= _MOST else [*found[:_MOST], f"and {len(found) - _MOST} more"]


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            text = json.dumps(value)
            yield f"{above}{key}", text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
