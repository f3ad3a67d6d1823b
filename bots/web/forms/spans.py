"""Where each value of a JSON text stands, so that one can be changed and all others stay as they are written."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]

from bots.config.raw import MAX_DEPTH

_SPACE = re.compile(r"[ \t\n\r]*")
# What a JSON number looks like, and the words that Python reads besides those of JSON.
_ATOM = re.compile(r"-?Infinity|NaN|true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


@dataclass(slots=True)
class Span:
    """A value from `start` to `end`; `members` of an object by their keys, None of anything else."""

    start: int
    end: int = 0
    members: dict[str, "Member"] | None = None
    items: list["Span"] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """A member of an object: where its key begins, and its value."""

    key: int
    value: Span


def spans(text: str) -> Span | None:
    """Return where the values stand; None if this is no JSON, or deeper than documents may be."""
    try:
        json.loads(text)
        return _value(text, _skip(text, 0), 0)
    except (ValueError, RecursionError):
        return None


def find(root: Span, place: Sequence[str | int]) -> Span | None:
    """Return where the value at a place stands; None if there is none."""
    span: Span | None = root
    for step in place:
        if span is None:
            return None
        if isinstance(step, int):
            span = span.items[step] if 0 <= step < len(span.items) else None
        else:
            member = (span.members or {}).get(step)
            span = None if member is None else member.value
    return span


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _value(text: str, at: int, depth: int) -> Span:
    if depth > MAX_DEPTH:
        raise RecursionError
    match text[at]:
        case "{":
            return _object(text, at, depth)
        case "[":
            return _array(text, at, depth)
        case '"':
            return Span(at, scanstring(text, at + 1)[1])
    found = _ATOM.match(text, at)
    if found is None:
        raise ValueError(at)
    return Span(at, found.end())


def _object(text: str, at: int, depth: int) -> Span:
    span = Span(at, members={})
    members: dict[str, Member] = {}
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, after = scanstring(text, at + 1)
        value = _value(text, _skip(text, _skip(text, after) + 1), depth + 1)
        # Of a key that is written twice the last counts, as everywhere; it stands where the last does.
        members.pop(key, None)
        members[key] = Member(at, value)
        at = _skip(text, value.end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    span.members, span.end = members, at + 1
    return span


def _array(text: str, at: int, depth: int) -> Span:
    span = Span(at)
    at = _skip(text, at + 1)
    while text[at] != "]":
        span.items.append(_value(text, at, depth + 1))
        at = _skip(text, span.items[-1].end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    span.end = at + 1
    return span
