"""Changing one value in a JSON text, in the style in which the rest of it is written."""

import json
import re
from collections.abc import Sequence

from bots.web.forms.spans import Member, Span, spans

_LINE_BEGINS = re.compile(r"(?:^|\n)([ \t]*)$")
_STEP = "  "

type Keys = Sequence[str]


def put(text: str, place: Keys, literal: str) -> str:
    """Write a value, given as JSON, at a place; objects on the way are made where they are missing."""
    root = spans(text)
    if root is None:
        return text
    span, known = root, 0
    while known < len(place):
        member = (span.members or {}).get(place[known])
        if member is None:
            break
        span, known = member.value, known + 1
    if known < len(place) and span.members is not None:
        return _insert(text, root, span, place[known], _nested(place[known + 1 :], literal))
    return text[: span.start] + _nested(place[known:], literal) + text[span.end :]


def remove(text: str, place: Keys) -> str:
    """Take a value out with its key; nothing happens where there is none."""
    root = spans(text)
    span: Span | None = root
    for step in place[:-1]:
        member = (span.members or {}).get(step) if span is not None else None
        span = None if member is None else member.value
    if span is None or span.members is None or place[-1] not in span.members:
        return text
    members = sorted(span.members.values(), key=lambda member: member.key)
    going = span.members[place[-1]]
    number = members.index(going)
    if len(members) == 1:
        return text[: span.start] + "{}" + text[span.end :]
    if number + 1 < len(members):
        return text[: going.key] + text[members[number + 1].key :]
    return text[: members[number - 1].value.end] + text[going.value.end :]


def literal_of(text: str) -> str:
    """Return a text as JSON, readable where it can be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)


def _nested(keys: Keys, literal: str) -> str:
    for key in reversed(keys):
        literal = f"{{{literal_of(key)}: {literal}}}"
    return literal


def _insert(text: str, root: Span, span: Span, key: str, literal: str) -> str:
    pair = f"{literal_of(key)}: {literal}"
    members = sorted((span.members or {}).values(), key=lambda member: member.key)
    if members:
        indent = _indent(text, members[-1])
        between = ", " if indent is None else f",\n{indent}"
        end = members[-1].value.end
        return text[:end] + between + pair + text[end:]
    # Only the outermost object begins a line for each of its keys by itself.
    inside = f"\n{_STEP}{pair}\n" if span is root else pair
    return f"{text[: span.start]}{{{inside}}}{text[span.end :]}"


def _indent(text: str, member: Member) -> str | None:
    """Return what stands before a key that begins its line, None where it does not."""
    found = _LINE_BEGINS.search(text, 0, member.key)
    return None if found is None else found[1]
