"""What pydantic finds wrong, said so that a person knows what to do."""

import re
from typing import Any

from pydantic import ValidationError

from bots.config.wording import Node, expected, listed, near, resolve, shown

Place = tuple[str | int, ...]

COMPLETE = {"value_error", "assertion_error", "unknown_parameter", "written_twice"}
"""Errors whose authors, here and in strategies/, wrote a whole sentence."""
KINDS: dict[type, str] = {str: "a text", bool: "a boolean", int: "a number", float: "a number"}
COMPLAINTS = (
    ("than", "is out of range"),
    ("finite", "is out of range"),
    ("max_places", "has too many decimals"),
    ("too_long", "is too long"),
    ("max_length", "is too long"),
    ("", "has not the right form"),
)


def written(place: Place) -> str:
    """Write a place as `section.key`; keys come from strangers, so odd ones are quoted."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if re.fullmatch(r"[\w$-]{1,60}", part, re.ASCII) else shown(part))
    return text or "document"


def node_at(place: Place, root: Node) -> Node | None:
    """Return the schema of the value at a place, or None where the document has no such place."""
    node: Node = root
    for part in place:
        inner = resolve(node, root)
        found = inner.get("items") if isinstance(part, int) else inner.get("properties", {}).get(part)
        if found is None:
            return None
        node = found
    return node


def explain(error: ValidationError, root: Node) -> list[tuple[Place, str]]:
    """Translate each of pydantic's errors into its place and a sentence; `root` is the schema that was broken."""
    return [(details["loc"], _sentence(dict(details), root)) for details in error.errors(include_url=False)]


def _sentence(details: dict[str, Any], root: Node) -> str:
    kind, place, value = details["type"], details["loc"], details["input"]
    if kind == "told":
        return str(details["ctx"]["sentence"])
    if kind == "extra_forbidden":
        return unknown(str(place[-1]), node_at(place[:-1], root), root)
    if kind in COMPLETE:
        return str(details["msg"]).removeprefix("Value error, ")
    node = node_at(place, root)
    must = f"must be {expected(node, root)}" if node is not None else f"was refused: {details['msg']}"
    if kind == "missing":
        return f"is missing, {must}"
    if kind == "literal_error" and node is not None:
        hint = near(value, resolve(node, root).get("enum", ())) if isinstance(value, str) else ""
        return f"{shown(value)} is not among its values, {must}{hint}"
    return f"{_complaint(kind, value)}, {must}"


def unknown(key: str, parent: Node | None, root: Node) -> str:
    """Say that a key does not exist, and which does."""
    keys = list(resolve(parent, root).get("properties", {})) if parent is not None else []
    hint = near(key, keys)
    return (
        f"is an unknown key{hint}"
        if hint or not keys
        else f"is an unknown key, the keys here are {listed(sorted(keys))}"
    )


def _complaint(kind: str, value: object) -> str:
    if value is None or (isinstance(value, list | tuple | dict) and kind.endswith("_type")):
        return f"is {shown(value)}"
    if kind in ("model_type", "model_attributes_type", "dict_type", "tuple_type", "list_type"):
        # Whoever writes a text where a section belongs may have pasted a token: it is not repeated.
        return f"is {KINDS.get(type(value), 'not what belongs here')}"
    if kind in ("int_type", "int_from_float") and isinstance(value, float):
        return f"{shown(value)} is not whole"
    if kind.endswith("_type"):
        return f"{shown(value)} is {KINDS.get(type(value), 'not what belongs here')}"
    if value == "":
        return "is empty"
    return f"{shown(value)} {next(words for part, words in COMPLAINTS if part in kind)}"
