"""From the schema and a document's text to its form."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from bots.config import document_from_bytes, json_schema
from bots.config.faults import written
from bots.config.raw import parse
from bots.config.wording import Node, expected, resolve
from bots.web.forms.conditions import below, branches, means_nothing, merged, required, spellings
from bots.web.forms.field import Field, Form, Kind, Told
from bots.web.forms.labels import label_of
from bots.web.forms.spans import Span, find, spans
from strategies.errors import DocumentError, Fault

_LONG = 2000


def build_form(text: str) -> Form:
    """Return the form of a document, with what is wrong with it at its fields.

    Parameters
    ----------
    text : str
        The document, whatever is wrong with it.
    """
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    mode = ""
    try:
        document = document_from_bytes(text.encode(errors="replace"), "document")
        warnings, mode = document.warnings(), document.mode
    except DocumentError as error:
        faults = error.faults
    root = _root(text)
    if root is None:
        return Form(None, tuple(Told(fault.place, fault.message) for fault in faults))
    fields = {field.place: field for field in root.walk()}
    return Form(
        root,
        tuple(_told(fault, fields, "errors") for fault in faults),
        tuple(_told(fault, fields, "warnings") for fault in warnings),
        mode,
    )


@cache
def schema() -> Node:
    """Return the schema; it never changes while this process runs."""
    return json_schema()


def _root(text: str) -> Field | None:
    where, value = spans(text), parse(text)
    if where is None or where.members is None or not isinstance(value, Mapping):
        return None
    return _Builder(text, where).section(schema(), [], value, ())


def _told(fault: Fault, fields: Mapping[str, Field], kept_in: str) -> Told:
    place, message = fault.place, fault.message
    # What has no field of its own, such as an unknown key, is told at the section around it.
    while place and place not in fields:
        place = (
            re.sub(r"(?:\.?(?:[\w$-]+|\"(?:[^\"\\]|\\.)*\"?(?:\.\.\.\")?)|\[[0-9]+\])\Z", "", place) if place else ""
        )
    field = fields.get(place) if place else None
    if field is None:
        return Told(fault.place, message)
    rest = fault.place.removeprefix(place).lstrip(".")
    getattr(field, kept_in).append(f"{rest}: {message}" if rest else message)
    return Told(fault.place, message, field.id)


class _Builder:
    """Makes the fields of one document."""

    def __init__(self, text: str, where: Span) -> None:
        self._text, self._where = text, where

    def section(self, node: Node, overlays: Sequence[Node], value: object, path: tuple[str, ...]) -> Field:
        values = value if isinstance(value, Mapping) else {}
        said = [*overlays, *branches(node, values)]
        needed, others = required(node, said), spellings(node)
        children = []
        for key, child in node["properties"].items():
            if key in others or key.startswith("$"):
                continue
            names = [key, *(other for other, first in others.items() if first == key)]
            name = next((name for name in names if name in values), key)
            children.append(self._field(child, below(said, key), values.get(name), (*path, name), key in needed))
        return Field(
            path,
            written(path) if path else "",
            Kind.SECTION,
            label_of(path[-1]) if path else "",
            node.get("description", ""),
            present=find(self._where, path) is not None,
            children=tuple(children),
        )

    def _field(
        self, child: Node, overlays: Sequence[Node], value: object, path: tuple[str, ...], is_required: bool
    ) -> Field:
        node = merged(child, overlays, schema())
        idle = means_nothing(child, overlays)
        if "properties" in node:
            section = self.section(node, overlays, value, path)
            section.idle, section.required = idle, is_required
            return section
        where = find(self._where, path)
        kind = _kind(node)
        return Field(
            path,
            written(path),
            kind,
            label_of(path[-1]),
            node.get("description", ""),
            typed=self._typed(kind, node, where, value),
            present=where is not None,
            default=_default(child),
            admits=expected(child, schema()).removesuffix(", or null"),
            required=is_required,
            idle=idle,
            choices=tuple(_choices(node)),
        )

    def _typed(self, kind: Kind, node: Node, where: Span | None, value: object) -> str:
        match kind:
            case Kind.BOOLEAN:
                shown = node.get("default", False) if value is None else value
                return json.dumps(shown) if isinstance(shown, bool) else "false"
            case Kind.CHOICES:
                shown = node.get("default", ()) if value is None else value
                return " ".join(str(each) for each in shown) if isinstance(shown, list | tuple) else ""
        if where is None or value is None:
            return ""
        # Numbers as they are written: 0.00002 is not to become 2e-05 under somebody's hands.
        return value if isinstance(value, str) else self._text[where.start : where.end]


def _kind(node: Node) -> Kind:
    if "enum" in node:
        return Kind.CHOICE
    match node.get("type"):
        case "boolean":
            return Kind.BOOLEAN
        case "integer":
            return Kind.INTEGER
        case "number":
            return Kind.NUMBER
        case "string":
            return Kind.LONG_TEXT if node.get("maxLength", 0) > _LONG else Kind.TEXT
        case "array" if "enum" in resolve(node["items"], schema()):
            return Kind.CHOICES
    return Kind.JSON


def _choices(node: Node) -> Iterator[str]:
    if "enum" in node:
        yield from map(str, node["enum"])
    elif node.get("type") == "array":
        yield from map(str, resolve(node["items"], schema()).get("enum", ()))


def _default(child: Node) -> str:
    default = child.get("default")
    if default is None or default == "":
        return ""
    if isinstance(default, list):
        return ", ".join(map(str, default))
    return default if isinstance(default, str) else json.dumps(default)
