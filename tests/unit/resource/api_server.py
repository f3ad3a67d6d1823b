"""What an API server checks of an object by the structural schema alone: types, bounds and names, without CEL.

A stand-in for the unit tests; the real server's word is heard in tests/e2e.
"""

import re
from collections.abc import Iterator
from typing import Any

type Node = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int, float),
}


def complaints(value: object, node: Node, place: str = "") -> Iterator[str]:
    """Say what the server would refuse, a place a complaint."""
    if value is None:
        # What may not be null and is, is dropped and counts as left out.
        return
    if node.get("x-kubernetes-preserve-unknown-fields") and "type" not in node:
        return
    if node.get("x-kubernetes-int-or-string"):
        if not isinstance(value, int | str) or isinstance(value, bool):
            yield f"{place}: neither a whole number nor a text"
        return
    kind = node["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{place}: must be of type {kind}"
        return
    if kind == "integer" and value != int(value):  # type: ignore[call-overload]
        yield f"{place}: must be whole"
    if "enum" in node and value not in node["enum"]:
        yield f"{place}: unsupported value"
    yield from _out_of_bounds(value, node, place)
    if isinstance(value, dict):
        yield from _in_object(value, node, place)
    if isinstance(value, list):
        if node.get("x-kubernetes-list-type") == "set" and any(value.count(item) > 1 for item in value):
            yield f"{place}: duplicate value"
        for index, item in enumerate(value):
            yield from complaints(item, node["items"], f"{place}[{index}]")


def _in_object(value: dict[str, Any], node: Node, place: str) -> Iterator[str]:
    for key in node.get("required", ()):
        if value.get(key) is None:
            yield f"{place}.{key}: required value"
    for key, inner in value.items():
        if key in node.get("properties", {}):
            yield from complaints(inner, node["properties"][key], f"{place}.{key}")
        elif "additionalProperties" in node:
            yield from complaints(inner, node["additionalProperties"], f"{place}.{key}")
        elif not node.get("x-kubernetes-preserve-unknown-fields"):
            yield f"{place}.{key}: unknown field"


def _out_of_bounds(value: Any, node: Node, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if not node.get("minLength", 0) <= len(value) <= node.get("maxLength", len(value)):
            yield f"{place}: too short or too long"
        if "pattern" in node and not re.search(node["pattern"].replace("$", r"\Z"), value):
            yield f"{place}: does not match"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = node.get("minimum", value), node.get("maximum", value)
        if value < low or (value == low and node.get("exclusiveMinimum")):
            yield f"{place}: too low"
        if value % node.get("multipleOf", value or 1):
            yield f"{place}: must be whole"
        if value > high or (value == high and node.get("exclusiveMaximum")):
            yield f"{place}: too high"
    elif isinstance(value, list) and len(value) > node.get("maxItems", len(value)):
        yield f"{place}: too many items"
    elif isinstance(value, dict) and len(value) > node.get("maxProperties", len(value)):
        yield f"{place}: too many keys"
