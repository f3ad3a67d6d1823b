"""Bytes become JSON values: strictly, with every fault placed, and without trusting the sender."""

import codecs
import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bots.config.wording import shown
from strategies.errors import DocumentError, Fault

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_DIGITS = 40
WHOLE = "document"
"""The place of a fault that concerns the document as a whole."""


class JsonObject(dict[str, object]):
    """An object of JSON that remembers which of its keys were written more than once."""

    repeated: tuple[str, ...] = ()


def read_bytes(path: Path) -> bytes:
    """Read a document's file, which may be a pipe; one byte beyond the limit shows that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError(str(path), [Fault(WHOLE, "there is no such file, check the path")]) from None
    except IsADirectoryError:
        raise DocumentError(str(path), [Fault(WHOLE, "is a directory, name a JSON file")]) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DocumentError(str(path), [Fault(WHOLE, f"cannot be read: {reason}")]) from None


def decode(content: bytes) -> str | Fault:
    """Return the text of a UTF-8 file, with or without a byte order mark."""
    if len(content) > MAX_BYTES:
        return Fault(WHOLE, f"is larger than {MAX_BYTES // 1024} KiB, a document is a few KiB of JSON")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Fault("line 1, column 1", "is UTF-16, save the file as UTF-8")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        byte = content[error.start]
        return Fault(position(before), f"byte 0x{byte:02x} is not UTF-8, save the file as UTF-8")
    if not text.strip():
        return Fault(WHOLE, "is empty, must be a JSON object")
    return text


def position(before: str) -> str:
    """Say where in a file one is after having read `before`."""
    return f"line {before.count('\n') + 1}, column {len(before) - (before.rfind('\n') + 1) + 1}"


def parse(text: str) -> object | Fault:
    """Return the values of a JSON text; NaN, Infinity and repeated keys are left for `flaws` to place."""
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        return Fault(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}")
    except RecursionError:
        return Fault(WHOLE, f"is nested too deeply, at most {MAX_DEPTH} levels")
    return value


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    made = JsonObject(pairs)
    if len(made) < len(pairs):
        made.repeated = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return made


def _integer(digits: str) -> int | float:
    # Python refuses thousands of digits with an exception that has no place; infinity gets one from `flaws`.
    return int(digits) if len(digits) <= MAX_DIGITS else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def walk(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Go through all values with their places, the whole first; nothing below the deepest level allowed is visited."""
    yield place, value
    if len(place) > MAX_DEPTH:
        return
    children: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list | tuple):
        children = iter(enumerate(value))
    for key, child in children:
        yield from walk(child, (*place, key))


def flaws(value: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find what no model should have to look at, each with its place."""
    for place, part in walk(value):
        if len(place) > MAX_DEPTH:
            yield place[:3], f"is nested too deeply, at most {MAX_DEPTH} levels"
            return
        if isinstance(part, float) and math.isnan(part):
            yield place, "NaN is no number of JSON, give a number or leave the key out"
        elif (isinstance(part, float) and math.isinf(part)) or (isinstance(part, int) and part.bit_length() > 200):
            yield place, "is infinite or too large, give a number that can be counted with"
        elif isinstance(part, str) and not part.isascii() and not encodable(part):
            yield place, "holds half a character (a lone surrogate), write the whole character"
        elif isinstance(part, dict):
            for key in getattr(part, "repeated", ()):
                yield (*place, key), "is written more than once, keep one"
            for key in part:
                if not isinstance(key, str):
                    yield (*place, str(key)), "is a key that is no text, write it in quotes"
                elif not encodable(key):
                    yield place, f"has the key {shown(key)} that holds half a character, write the whole character"


def encodable(text: str) -> bool:
    """Say whether the text has only whole characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
