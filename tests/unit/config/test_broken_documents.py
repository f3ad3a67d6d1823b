"""Two hundred good documents spoilt in as many ways: each is refused at the right place, and never with a traceback."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.commands.validate import check_files
from bots.config import document_from_bytes, parse_document
from strategies.errors import DocumentError
from tests.unit.config.documents import SHIPPED, Json, full, put

HOW_MANY = 200
SEED = 3
type Spoilt = tuple[str, bytes]
"""The place that must be named, and the file."""


def leaves(value: object, above: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{above}.{key}" if above else key)
    else:
        yield above, value


def objects(value: object, above: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield above
        for key, inner in value.items():
            yield from objects(inner, f"{above}.{key}" if above else key)


def below(above: str, key: str) -> str:
    return f"{above}.{key}" if above else key


def encoded(document: Json) -> bytes:
    return json.dumps(document).encode()


def pick_leaf(draw: random.Random, document: Json, *kinds: type) -> str:
    return draw.choice([place for place, value in leaves(document) if type(value) in kinds])


def a_value_of_another_kind(draw: random.Random, document: Json) -> Spoilt:
    place = pick_leaf(draw, document, str, int, float, bool, list)
    return place, encoded(put(document, place, draw.choice([{"un": "expected"}, [["nested"]], [{}, None]])))


def a_number_that_is_none(draw: random.Random, document: Json) -> Spoilt:
    place = pick_leaf(draw, document, int, float)
    return place, encoded(put(document, place, draw.choice(["5", "", True, False, [5], "1e3", "NaN"])))


def a_number_out_of_range(draw: random.Random, document: Json) -> Spoilt:
    place = pick_leaf(draw, document, int, float)
    return place, encoded(put(document, place, draw.choice([-1, -0.5, 1e15, 10**30, 10**300, 1.7e308])))


def no_number_of_json(draw: random.Random, document: Json) -> Spoilt:
    place = pick_leaf(draw, document, int, float)
    text = encoded(put(document, place, "@")).decode()
    return place, text.replace('"@"', draw.choice(["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])).encode()


def a_flag_that_is_none(draw: random.Random, _: Json) -> Spoilt:
    document = full()
    place = pick_leaf(draw, document, bool)
    return place, encoded(put(document, place, draw.choice([0, 1, "true", "yes", None, []])))


def a_text_that_is_none_of_the_values(draw: random.Random, _: Json) -> Spoilt:
    place = draw.choice(
        [
            "broker.type",
            "data.data_source",
            "data.interval",
            "logging.level",
            "strategy.type",
            "strategy.entry_logic.name",
        ]
    )
    return place, encoded(put(full(), place, draw.choice(["", "BINANCE", "1H", "zzz", "\x00", "é", "x" * 5000])))


def a_required_key_left_out(draw: random.Random, document: Json) -> Spoilt:
    place = draw.choice(
        [
            "trading", "trading.symbol", "strategy", "strategy.entry_logic", "strategy.exit_logic",
            "strategy.entry_logic.name", "strategy.exit_logic.name",
        ]
    )  # fmt: skip
    *sections, key = place.split(".")
    inner = document
    for section in sections:
        inner = inner[section]
    del inner[key]
    return place, encoded(document)


def an_unknown_key(draw: random.Random, document: Json) -> Spoilt:
    key = draw.choice(["unheard_of", "position_sizes", "Type", "E_RSI_PERIODS"])
    place = below(draw.choice(list(objects(document))), key)
    return place, encoded(put(document, place, draw.choice([1, None, {}, "text"])))


def a_key_written_twice(draw: random.Random, document: Json) -> Spoilt:
    place, value = draw.choice([leaf for leaf in leaves(document) if leaf[0].count(".") == 1])
    section, key = place.split(".")
    once = json.dumps({key: value})[1:-1]
    document[section] = {"@": 0} | document[section]
    return place, encoded(document).replace(b'"@": 0', once.encode(), 1)


def something_huge(draw: random.Random, document: Json) -> Spoilt:
    place = draw.choice(["description", "version", "trading.symbol", "logging.log_file", "strategy.entry_logic.name"])
    return place, encoded(put(document, place, "A" * draw.choice([60_001, 100_000, 200_000])))


def half_a_character(draw: random.Random, document: Json) -> Spoilt:
    place = pick_leaf(draw, document, str)
    return place, encoded(put(document, place, f"A{draw.choice(['\ud800', '\udc00'])}"))


def a_file_cut_short(draw: random.Random, document: Json) -> Spoilt:
    content = encoded(document)
    return "line 1, column", content[: draw.randrange(1, len(content))]


def a_byte_that_is_no_utf8(draw: random.Random, document: Json) -> Spoilt:
    content = encoded(document)
    at = draw.randrange(len(content))
    bad = draw.choice([b"\xff", b"\xc3\x28", b"\xe9", b"\xed\xa0\x80"])
    return f"line 1, column {at + 1}", content[:at] + bad + content[at:]


def another_encoding(draw: random.Random, document: Json) -> Spoilt:
    return "line 1, column", json.dumps(document).encode(
        draw.choice(["utf-16", "utf-16-be", "utf-32", "utf-16-le", "cp037"])
    )


def not_a_document(draw: random.Random, _: Json) -> Spoilt:
    content = draw.choice(
        [
            b"", b"\n \t", b"[]", b"null", b"5", b'"text"', b"[{}]", b"true", b"\xef\xbb\xbf",
            b"[" * 100_000, b" " * 2_000_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
        ]
    )  # fmt: skip
    return "document", content


def not_json(draw: random.Random, document: Json) -> Spoilt:
    content = encoded(document)
    return "line ", draw.choice(
        [
            b"\x00" + content, content + content, content[:-1] + b",}", content.replace(b'"', b"'"), b"broker: mock",
            b"<a/>", b"// x\n" + content, b"\x89PNG\r\n", content.replace(b":", b"=", 1),
        ]
    )  # fmt: skip


WAYS: tuple[Callable[[random.Random, Json], Spoilt], ...] = (
    a_value_of_another_kind,
    a_number_that_is_none,
    a_number_out_of_range,
    no_number_of_json,
    a_flag_that_is_none,
    a_text_that_is_none_of_the_values,
    a_required_key_left_out,
    an_unknown_key,
    a_key_written_twice,
    something_huge,
    half_a_character,
    a_file_cut_short,
    a_byte_that_is_no_utf8,
    another_encoding,
    not_a_document,
    not_json,
)


def spoilt_documents() -> Iterator[tuple[str, str, bytes]]:
    draw = random.Random(SEED)
    for number in range(HOW_MANY):
        way = WAYS[number % len(WAYS)]
        document: Json = json.loads(draw.choice(SHIPPED).read_text())
        yield f"{number}-{way.__name__}", *way(draw, document)


BROKEN = list(spoilt_documents())


@pytest.mark.parametrize(("place", "content"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_document_is_refused_at_the_right_place(place: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    checked = check_files([file])
    assert checked.exit_code == 1
    assert any(line.startswith(f"{file}: {place}") for line in checked.faults), checked.faults
    for line in checked.faults:
        assert line.isprintable(), "a document must not steer the terminal that shows its faults"
        assert len(line) < 1000


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=20,
)
PLACES = [place for place, _ in leaves(full())] + [place for place in objects(full()) if place]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), any_json)
def test_any_value_anywhere_is_either_accepted_or_refused_in_words(place: str, value: object) -> None:
    try:
        accepted = parse_document(put(full(), place, value))
    except DocumentError as error:
        assert error.faults  # noqa: PT017  # either outcome is right, which pytest.raises cannot say
    else:
        assert parse_document(json.loads(accepted.canonical_json())).canonical_json() == accepted.canonical_json()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(DocumentError):
        document_from_bytes(content, "bytes")
