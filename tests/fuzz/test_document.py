"""Any file as a document: accepted and sensible, or refused in lines that name what is wrong with it."""

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from adapters.instrument import simulated_instrument
from bots.commands.validate import check_files
from bots.config import Document, parse_document
from bots.trading.terms import broker_settings, feed_settings, terms_of
from tests.fuzz.budget import fuzz
from tests.fuzz.spoiling import at, garbage, nudged, odd, places, put, spoilt_json, written
from tests.unit.config.documents import SHIPPED

_GOOD: list[Any] = [json.loads(file.read_text()) for file in SHIPPED]


@st.composite
def other_numbers(draw: st.DrawFn) -> bytes:
    """Return a good document with another number in one place: what only the bounds of that place can refuse."""
    document = deepcopy(draw(st.sampled_from(_GOOD)))
    numbers = [place for place in places(document) if type(at(document, place)) in (int, float)]
    place = draw(st.sampled_from(numbers))
    return written(put(document, place, draw(nudged(at(document, place)) | odd))).encode()


@fuzz(content=st.sampled_from(_GOOD).flatmap(spoilt_json) | other_numbers() | garbage)
def test_no_file_is_accepted_that_makes_no_sense_as_a_document_or_refused_without_a_place(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "fuzz.json"
    file.write_bytes(content)

    checked = check_files([file])

    assert bool(checked.faults) != bool(checked.documents)
    for line in (*checked.faults, *checked.warnings):
        assert line.isprintable(), "a document must not steer the terminal that shows its faults"
        assert line.startswith(f"{file}: "), line
        assert line.removeprefix(f"{file}: ").partition(": ")[2], f"{line} says no place"
        assert len(line) < 1000, line
    for _, document in checked.documents:
        _assert_sense(document)


def _assert_sense(document: Document) -> None:
    for number in _numbers(document.model_dump()):
        assert Decimal(number).is_finite(), document
        assert number >= 0, document
    assert document.broker.initial_balance > 0
    assert 0 < document.position_size <= 1
    assert 0 <= document.broker.commission < 1
    assert document.strategy.rules().warm_up >= 0
    assert document.interval_seconds >= 60
    again = parse_document(json.loads(document.canonical_json()))
    assert again.canonical_json() == document.canonical_json()
    spec = simulated_instrument(document.symbol, price_step=None, size_step=None, min_notional=None)
    terms_of(document, "fuzz", spec)
    feed_settings(document)
    broker_settings(document, "fuzz")


def _numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list | tuple):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if isinstance(value, int | float | Decimal) else []
