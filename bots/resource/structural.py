"""From pydantic's JSON Schema to the structural one that the API server takes.

A structural schema knows no references, no alternatives of types, no `const` and no conditions; null is a flag of the
node, and an exclusive bound is a flag beside the bound. Whatever has no bound gets one, so that the cost of every rule,
and the size of an object, are bounded too.

Defaults are told in the descriptions and not set by the API server: the document's digest is that of what a person
wrote, and a default of a later release must not change what earlier bots asked for.
"""

import json
from collections.abc import Mapping, Sequence

from bots.config.wording import Node, resolve
from bots.config.wording import nullable as may_be_null
from bots.resource.values import INT_OR_STRING, VALIDATIONS

LONGEST_TEXT = 4096
MOST_ITEMS = 100
ANYTHING: Node = {"x-kubernetes-preserve-unknown-fields": True}

_KEPT = (
    "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", VALIDATIONS,
)  # fmt: skip
_SCALARS = ("string", "integer", "number", "boolean")

type Rules = Mapping[str, Sequence[Node]]
"""CEL rules by where they stand: a model's name, or `Model.key`."""


def structural(node: Node, root: Node, rules: Rules | None = None) -> Node:
    """Return a node of a model's schema, `root`, as a structural schema that holds the rules."""
    return _Conversion(root, rules or {}).node(node)


def described(node: Node) -> str:
    """Return what a node is, with its default."""
    text = str(node.get("description", ""))
    default = node.get("default")
    if default is None or default in ("", [], {}):
        return text
    # 30.0 and 30 are one number; a person writes the shorter.
    default = int(default) if isinstance(default, float) and default.is_integer() else default
    return f"{text} Default: {json.dumps(default)}.".strip()


class _Conversion:
    """One schema on its way: knows the root, for references, and the rules."""

    def __init__(self, root: Node, rules: Rules) -> None:
        self.root = root
        self.rules = rules

    def node(self, node: Node) -> Node:
        inner = resolve(node, self.root)
        made: Node = {"description": told} if (told := described({**inner, **node})) else {}
        made |= self.kind(inner) if _is_plain(node) else ANYTHING
        # The API server has no null among the values of an enum, whatever the flag says.
        if may_be_null(node) and "enum" not in made:
            made["nullable"] = True
        name = inner.get("title")
        if isinstance(name, str) and name in self.rules:
            made[VALIDATIONS] = list(self.rules[name])
        return made

    def kind(self, node: Node) -> Node:
        kept = {key: node[key] for key in _KEPT if key in node} | _bounds(node)
        if "const" in node:
            node = {**node, "type": _TYPES.get(type(node["const"]), "")}
            kept["enum"] = [node["const"]]
        if node.get(INT_OR_STRING):
            return {"anyOf": [{"type": "integer"}, {"type": "string"}], INT_OR_STRING: True} | kept
        match node.get("type"):
            case "object":
                return {"type": "object"} | kept | self.fields(node)
            case "array":
                return {"type": "array", "maxItems": MOST_ITEMS} | kept | self.items(node)
            case "string":
                bound = {} if "enum" in kept else {"maxLength": LONGEST_TEXT}
                return {"type": "string"} | bound | kept
            case "integer" | "number" | "boolean" as kind:
                return {"type": kind} | kept
        return dict(ANYTHING)

    def fields(self, node: Node) -> Node:
        of_values, names = node.get("additionalProperties", True), node.get("propertyNames", {}).get("enum")
        if names and isinstance(of_values, dict):
            return {"properties": {name: self.node(of_values) for name in names}}
        if "properties" in node or of_values is False:
            made: Node = {"properties": {key: self.node(value) for key, value in node.get("properties", {}).items()}}
            for key, inner in made["properties"].items():
                if rules := self.rules.get(f"{node.get('title')}.{key}"):
                    inner[VALIDATIONS] = list(rules)
            return made | ({"required": list(node["required"])} if node.get("required") else {})
        if isinstance(of_values, dict):
            return (
                {"maxProperties": MOST_ITEMS}
                | _have(node, "maxProperties")
                | {"additionalProperties": self.node(of_values)}
            )
        return {"maxProperties": MOST_ITEMS} | _have(node, "maxProperties") | ANYTHING

    def items(self, node: Node) -> Node:
        items = self.node(node["items"]) if isinstance(node.get("items"), dict) else dict(ANYTHING)
        # A list whose items differ is a set of the API server's; it compares scalars only.
        unique = node.get("uniqueItems") and items.get("type") in _SCALARS
        return {"items": items} | ({"x-kubernetes-list-type": "set"} if unique else {})


_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}


def _is_plain(node: Node) -> bool:
    """Say whether a node has one type, null aside."""
    return len([part for part in node.get("anyOf", ({},)) if part != {"type": "null"}]) == 1 and "oneOf" not in node


def _have(node: Node, key: str) -> Node:
    return {key: node[key]} if key in node else {}


def _bounds(node: Node) -> Node:
    """Return a number's range, the narrower bound where there are two."""
    bounds: Node = {}
    for key, exclusive, narrower in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        found = [node[name] for name in (key, exclusive) if name in node]
        if found:
            bounds[key] = narrower(found)
            if exclusive in node and bounds[key] == node[exclusive]:
                bounds[exclusive] = True
    return bounds
