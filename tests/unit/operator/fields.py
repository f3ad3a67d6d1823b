"""Fields of objects by their paths, as server-side apply and merge patches look at them."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from tests.unit.operator.things import Json

type Path = tuple[str, ...]


def as_stored(manifest: Json) -> Json:
    """Return a manifest as the API server keeps it; a Secret's text is not encoded here."""
    stored = deepcopy(manifest)
    if "stringData" in stored:
        stored["data"] = stored.pop("stringData")
    return stored


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield all fields that have no fields of their own; a list is one field."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def at(body: Any, path: Path) -> Any:
    """Return the field at a path, None where there is none."""
    for key in path:
        if not isinstance(body, dict) or key not in body:
            return None
        body = body[key]
    return body


def put_at(body: Json, path: Path, value: Any) -> None:
    """Set the field at a path; None takes it away."""
    *above, last = path
    for key in above:
        body = body.setdefault(key, {})
    if value is None:
        body.pop(last, None)
    else:
        body[last] = deepcopy(value)


def merged(old: Any, patch: Any) -> Any:
    """Return what a JSON merge patch (RFC 7396) makes of an object."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    body = deepcopy(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            body.pop(key, None)
        else:
            body[key] = merged(body.get(key), value)
    return body
