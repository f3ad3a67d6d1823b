"""What a schema says under a condition, for the values that there are: the little of it that our schema uses."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from bots.config.wording import Node, resolve


def met(condition: Node, value: object) -> bool:
    """Say whether a value meets a condition; a key that is absent meets whatever is said of its value."""
    if "const" in condition and value != condition["const"]:
        return False
    if "enum" in condition and value not in condition["enum"]:
        return False
    if not isinstance(value, Mapping):
        return True
    if any(key not in value for key in condition.get("required", ())):
        return False
    properties = condition.get("properties", {})
    return all(met(inner, value[key]) for key, inner in properties.items() if key in value)


def branches(node: Node, value: object) -> Iterator[Node]:
    """Return what the conditions of an object's schema say of it as it is."""
    for part in node.get("allOf", ()):
        if "if" in part:
            branch = part.get("then" if met(part["if"], value) else "else")
            if branch is not None:
                yield branch


def below(overlays: Sequence[Node], key: str) -> list[Node]:
    """Return what was said of one key."""
    return [overlay["properties"][key] for overlay in overlays if key in overlay.get("properties", {})]


def merged(node: Node, overlays: Sequence[Node], root: Node) -> Node:
    """Return the schema of a value with what else is said of it where that says more: other keys, fewer choices."""
    made = dict(resolve(node, root)) | {key: node[key] for key in ("description", "default") if key in node}
    for overlay in overlays:
        if "$ref" in overlay:
            inner = resolve(overlay, root)
            made |= {
                key: inner[key] for key in ("properties", "allOf", "required", "additionalProperties") if key in inner
            }
        if "enum" in overlay:
            known = made.get("enum")
            made["enum"] = [each for each in overlay["enum"] if known is None or each in known]
    return made


def means_nothing(node: Node, overlays: Sequence[Node]) -> bool:
    """Say whether a key has only its default left to say, as things are."""
    return any(
        overlay.get("type") == "null"
        or overlay.get("maxProperties") == 0
        or ("const" in overlay and overlay["const"] == node.get("default"))
        for overlay in overlays
    )


def required(node: Node, overlays: Sequence[Node]) -> set[str]:
    """Return the keys that may not be left out, as things are."""
    return set(chain(node.get("required", ()), *(overlay.get("required", ()) for overlay in overlays)))


def spellings(node: Node) -> dict[str, str]:
    """Return the keys that are other names of one before them, each with that one."""
    others: dict[str, str] = {}
    for part in node.get("allOf", ()):
        pair = part.get("not", {}).get("required", ())
        if len(pair) == 2:
            first, second = pair
            others.setdefault(second, others.get(first, first))
    return others
