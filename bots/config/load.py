"""From a file or from plain values to a validated document, or to all that is wrong with it."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from bots.config.credentials import secrets_in
from bots.config.cross import Found, misfits_in
from bots.config.document import Document
from bots.config.faults import Place, explain, written
from bots.config.raw import decode, flaws, parse, read_bytes
from bots.config.schema import json_schema
from bots.config.wording import Node
from strategies.errors import DocumentError, Fault


def load_document(path: str | Path) -> Document:
    """Read a document's file; raise DocumentError with everything that is wrong with it."""
    file = Path(path)
    return document_from_bytes(read_bytes(file), str(path))


def document_from_bytes(content: bytes, source: str) -> Document:
    """Validate a document's bytes, UTF-8 with or without byte order mark; `source` names them in messages."""
    text = decode(content)
    if isinstance(text, Fault):
        raise DocumentError(source, [text])
    value = parse(text)
    if isinstance(value, Fault):
        raise DocumentError(source, [value])
    return parse_document(value, source)


def parse_document(value: object, source: str = "document") -> Document:
    """Validate a document's values as any JSON parser gives them; raise DocumentError with everything that is wrong."""
    if not isinstance(value, dict):
        raise DocumentError(source, [Fault("document", "must be a JSON object {...} with the sections of a bot")])
    # Values that no model should see come first; where they are, nothing more is said.
    found = [*flaws(value), *secrets_in(value)]
    if any("nested too deeply" in sentence for _, sentence in found):
        raise DocumentError(source, _faults(found))
    try:
        document = Document.model_validate(value)
    except ValidationError as error:
        found += [*misfits_in(value), *explain(error, _schema())]
    else:
        if not found:
            return document
    raise DocumentError(source, _faults(found))


@cache
def _schema() -> Node:
    return json_schema()


def _faults(found: list[Found]) -> list[Fault]:
    """Return one fault a place, the first: what was found before the models looked is nearer to the cause."""
    first: dict[Place, str] = {}
    for place, sentence in found:
        first.setdefault(place, sentence)
    return [Fault(written(place), sentence) for place, sentence in first.items()]
