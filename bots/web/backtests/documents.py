"""In what the documents of backtests differ, key by key. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.config import document_from_bytes
from strategies.errors import DocumentError

ABSENT = "default"
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Differing:
    """One key, and what each of the documents says there."""

    place: str
    values: tuple[str, ...]


def differing(texts: Sequence[str]) -> list[Differing]:
    """Return the keys in which documents differ, however they are written."""
    said = [dict(_leaves(_values(text))) for text in texts]
    places = sorted(set().union(*said)) if said else []
    rows = [Differing(place, tuple(each.get(place, ABSENT) for each in said)) for place in places]
    return [row for row in rows if len(set(row.values)) > 1]


def _values(text: str) -> Mapping[str, Any]:
    try:
        values: Mapping[str, Any] = json.loads(document_from_bytes(text.encode(errors="replace"), "").canonical_json())
    except DocumentError:
        # Rules that this release does not have any more.
        return {}
    return values


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            yield f"{above}{key}", text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
