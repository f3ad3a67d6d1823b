"""What a person types into a field, as the document says it: only the value that was changed is written anew."""

import json
import re
from collections.abc import Mapping, Sequence

from bots.config.raw import parse
from bots.web.forms.building import build_form
from bots.web.forms.field import Field, Kind
from bots.web.forms.spans import find, spans
from bots.web.forms.splicing import literal_of, put, remove
from strategies.errors import Fault

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def type_in(text: str, path: Sequence[str], typed: str) -> str:
    """Return a document's text after somebody has filled in a field.

    What cannot be taken for a value of the field's kind is written as a text: validation will tell that it is none,
    and nothing that was typed is lost.

    Parameters
    ----------
    text : str
        The document; one that is no JSON stays as it is.
    path : sequence of str
        Which field.
    typed : str
        What stands in it; nothing leaves it to its default.
    """
    root = build_form(text).root
    fields = {each.path: each for each in root.walk()} if root else {}
    field = fields.get(tuple(path))
    if field is None or field.kind is Kind.SECTION or typed == field.typed:
        return text
    literal = _literal(field, typed)
    made = _taken_out(text, field.path, fields) if literal is None else put(text, field.path, literal)
    # Another choice may bring other fields: what belonged to the one before would only be wrong.
    return _without_strays(text, made, field) if field.kind is Kind.CHOICE else made


def _literal(field: Field, typed: str) -> str | None:
    match field.kind:
        case Kind.BOOLEAN:
            return typed if typed in ("true", "false") else None
        case Kind.CHOICES:
            return json.dumps([each for each in field.choices if each in typed.split()])
        case Kind.NUMBER | Kind.INTEGER:
            return _number(typed.strip())
        case Kind.JSON:
            return typed.strip() if _is_json(typed) else literal_of(typed) if typed.strip() else None
    return literal_of(typed) if typed else None


def _number(typed: str) -> str | None:
    if not typed:
        return None
    # A point at an end is on its way to be a number.
    plain = typed.removeprefix("+").removesuffix(".")
    plain = f"0{plain}" if plain.startswith(".") else plain
    return plain if _NUMBER.fullmatch(plain) else literal_of(typed)


def _is_json(typed: str) -> bool:
    return bool(typed.strip()) and not isinstance(parse(typed), Fault) and spans(typed) is not None


def _taken_out(text: str, path: tuple[str, ...], fields: Mapping[tuple[str, ...], Field]) -> str:
    made = remove(text, path)
    # An object that says nothing any more goes with its last key, unless it must be there.
    for depth in range(len(path) - 1, 0, -1):
        if fields[path[:depth]].required:
            break
        root = spans(made)
        around = find(root, path[:depth]) if root is not None else None
        if around is None or around.members or made == text:
            break
        made = remove(made, path[:depth])
    return made


def _without_strays(before: str, after: str, field: Field) -> str:
    """Take out the keys beside a choice, one level below, that it knew before and does not know any more."""
    above = field.path[:-1]
    known, knows = _places(before, above), _places(after, above)
    root = spans(after)
    for path in known - knows:
        if root is not None and find(root, path) is not None:
            after = remove(after, path)
    return after


def _places(text: str, above: tuple[str, ...]) -> set[tuple[str, ...]]:
    root = build_form(text).root
    fields: Mapping[tuple[str, ...], Field] = {each.path: each for each in root.walk()} if root else {}
    inside = [path for path in fields if path[: len(above)] == above and len(path) == len(above) + 2]
    return {path for path in inside if fields[path].present}
