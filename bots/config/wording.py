"""What would be right, said in words: for messages and for the reference alike, from one schema."""

import difflib
import json
from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]


def shown(value: object) -> str:
    """Show a value on one line, short, and without anything that could steer a terminal."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 200:
        return "a huge number"
    text = json.dumps(value) if value is None or isinstance(value, str | bool | int | float) else str(value)
    return text if len(text) <= 60 else f"{text[:50]}..." + ('"' if text.startswith('"') else "")


def one_line(text: str) -> str:
    """Return a stranger's text as one line that steers no terminal: what cannot be printed is written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def near(word: str, known: Iterable[str]) -> str:
    """Return the nearest of the known words as a question, or nothing."""
    found = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def listed(words: Iterable[str]) -> str:
    """Join words with commas and an `or`."""
    *firsts, last = words
    return f"{', '.join(firsts)} or {last}" if firsts else last


def resolve(node: Node, root: Node) -> Node:
    """Follow a reference, and take the part of a nullable value that is not null."""
    while True:
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
        elif "anyOf" in node:
            node = next(part for part in node["anyOf"] if part != {"type": "null"})
        else:
            return node


def nullable(node: Node) -> bool:
    """Say whether the value may be null."""
    return {"type": "null"} in node.get("anyOf", ())


def expected(node: Node, root: Node) -> str:
    """Say in words which values a schema admits."""
    words = _expected(resolve(node, root), {**node, **resolve(node, root)}, root)
    return f"{words}, or null" if nullable(node) else words


def _expected(node: Node, described: Node, root: Node) -> str:
    if "enum" in node:
        return listed(json.dumps(value) for value in node["enum"])
    if "const" in node:
        return json.dumps(node["const"])
    match node.get("type"):
        case "boolean":
            return "true or false"
        case "integer":
            return f"a whole number{bounds(node)}"
        case "number":
            return f"a number{bounds(node)}"
        case "array":
            return f"a list of {expected(node['items'], root)}"
        case "object":
            keys = node.get("properties")
            return f"an object with {listed(sorted(keys))}" if keys and len(keys) <= 6 else "an object"
        case "string":
            sample = described.get("examples", [None])[0]
            such = f" such as {json.dumps(sample)}" if sample else ""
            most = f" of at most {node['maxLength']} characters" if "maxLength" in node and not sample else ""
            return f"a text{such}{most}"
    return "any value"


def bounds(node: Node) -> str:
    """Say a number's range: ` from 1 to 100`, ` above 0 and below 100`."""
    low = next((f"{word} {plain(node[key])}" for key, word in LOWS if key in node), None)
    high = next((f"{word} {plain(node[key])}" for key, word in HIGHS if key in node), None)
    if "minimum" in node and "maximum" in node:
        return f" from {plain(node['minimum'])} to {plain(node['maximum'])}"
    return "".join(f" {part}" for part in (" and ".join(filter(None, (low, high))),) if part)


LOWS = (("exclusiveMinimum", "above"), ("minimum", "at least"))
HIGHS = (("exclusiveMaximum", "below"), ("maximum", "at most"))


def plain(number: float) -> str:
    """Write a number without an exponent and without a needless fraction."""
    return str(int(number)) if number == int(number) else f"{number}"
