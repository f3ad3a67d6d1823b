"""Good JSON spoilt: parts dropped, swapped and doubled, numbers that are none, bytes that do not belong."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

type Place = tuple[str | int, ...]


class Raw(str):
    """JSON to be written as it is, whether it is any or not."""


_HUGE = "9" * 5000
_DEEP = "[" * 3000 + "]" * 3000
ODD: tuple[Any, ...] = (
    Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("1e999"), Raw("-1e999"), Raw("1e-999"), Raw(_HUGE), Raw(_DEEP),
    Raw('"\\ud800"'), Raw('"\\udc00\\ud800"'), Raw("-0"), Raw("01"), Raw(""), Raw('{"a":1,"a":2}'),
    None, True, False, "", [], {}, [[]], {"": {}},
    0, -1, 1, 0.1, -0.0, 2**31, 2**53 + 1, 2**63, -(2**63), 10**30, 1e300, 1e-300, 1.7976931348623157e308,
    "NaN", "sNaN", "-Infinity", "Infinity", "1e999", "1E+30", "1e-400", "-1", "0", "-0.00000001", "0.00000001", " 1 ",
    "1_000", "\u0661\u0662", "\uff11\uff12", "\u00b2", "0x10", "+1", "1,5",
    "x" * 5000, "\x00", "\u202e", "\u2028", "é", "\U0001f600",
)  # fmt: skip
# Each time another: what is spoilt may be spoilt again.
odd = st.sampled_from(ODD).map(deepcopy)
garbage = st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
_FACTORS = (-1, 0, 2, 0.5, 1000, 0.001, 1e9, 1.000001)


@st.composite
def spoilt_json(draw: st.DrawFn, good: Any, most: int = 3) -> bytes:
    """Return a good value as JSON, spoilt in a few places or in none."""
    value = deepcopy(good)
    for _ in range(draw(st.integers(0, most))):
        value = draw(spoilt(value))
    return draw(spoilt_bytes(written(value).encode("utf-8", "surrogatepass")))


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """Return a value of JSON, spoilt in one place."""
    place = draw(st.sampled_from(list(places(value))))
    kind = draw(st.sampled_from(("odd", "nudged", "nudged", "swapped", "swapped", "dropped", "rearranged")))
    part = at(value, place)
    if kind == "nudged" and isinstance(part, int | float | str) and not isinstance(part, bool | Raw):
        return put(value, place, draw(nudged(part)))
    if kind == "swapped":
        other = draw(st.sampled_from([each for each in places(value) if not overlap(each, place)] or [place]))
        swapped = put(value, place, deepcopy(at(value, other)))
        return put(swapped, other, deepcopy(part))
    if kind == "dropped" and place:
        del at(value, place[:-1])[place[-1]]
        return value
    if kind == "rearranged" and isinstance(part, list) and part:
        return put(value, place, draw(rearranged(part)))
    if kind == "rearranged" and isinstance(part, dict) and part:
        key = draw(st.sampled_from(sorted(part)))
        return put(value, place, Raw(f"{written(part)[:-1]},{json.dumps(key)}:{written(draw(odd))}}}"))
    return put(value, place, draw(odd))


@st.composite
def nudged(draw: st.DrawFn, number: float | str) -> Any:
    """Return another number, written as the one is; a text that is none a little longer or shorter."""
    try:
        amount = float(number)
    except ValueError:
        return draw(st.sampled_from((str(number)[:-1], f"{number}{number}", str(number).swapcase(), f"{number}\x00")))
    changed = draw(
        st.sampled_from([amount * factor for factor in _FACTORS] + [amount + step for step in (-1, 1, 60_000, 1e11)])
    )
    if isinstance(number, str):
        return f"{changed:.8f}"
    return int(changed) if isinstance(number, int) else changed


@st.composite
def rearranged(draw: st.DrawFn, items: list[Any]) -> list[Any]:
    """Return a list in another order, or with one of its items twice."""
    place = draw(st.integers(0, len(items) - 1))
    return draw(st.sampled_from((items[::-1], [*items[place:], *items[:place]], [*items, items[place]], items[:place])))


@st.composite
def spoilt_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Return bytes, mostly as they are, or else cut short, doubled, or with something between them."""
    way = draw(st.sampled_from(("whole",) * 7 + ("cut", "between", "replaced", "doubled", "other")))
    at = draw(st.integers(0, len(content))) if way in ("cut", "between", "replaced") else 0
    match way:
        case "cut":
            return content[:at]
        case "between":
            return content[:at] + draw(garbage) + content[at:]
        case "replaced":
            return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
        case "doubled":
            return content + content
        case "other":
            return draw(garbage)
    return content


def written(value: Any) -> str:
    """Write a value as JSON."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    """Go through the places of a value, the whole first."""
    yield above
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*above, key))


def at(value: Any, place: Place) -> Any:
    """Return what is at a place."""
    for key in place:
        value = value[key]
    return value


def put(value: Any, place: Place, part: Any) -> Any:
    """Put something at a place, and return the whole."""
    if not place:
        return part
    holder: Any = at(value, place[:-1])
    holder[place[-1]] = part
    return value


def overlap(one: Place, other: Place) -> bool:
    """Say whether one place lies within the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
