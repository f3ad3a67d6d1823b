"""Only complete bars, each with its opening."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.binance.klines import NAMES, closed, from_stream, name_of, past
from bots.config.market import SECONDS
from strategies.errors import VenueLostError, VenueRefusedError

BEGIN = 1_767_571_200_000


def row(minute: int) -> list[object]:
    opened = BEGIN + minute * 60_000
    return [opened, "100.1", "102.5", "99.9", "101.0", "3.25", opened + 59_999, "330", 7, "1", "100", "0"]


def test_the_row_that_still_forms_is_no_bar() -> None:
    bars = closed([row(0), row(1), row(2)], now_ms=BEGIN + 2 * 60_000 + 10)
    assert [bar.time for bar in bars] == [
        datetime(2026, 1, 5, tzinfo=UTC),
        datetime(2026, 1, 5, 0, 1, tzinfo=UTC),
    ]
    assert bars[0][1:] == (100.1, 102.5, 99.9, 101.0, 3.25)


def test_the_last_row_is_a_bar_once_its_close_has_passed() -> None:
    assert len(closed([row(0), row(1)], now_ms=BEGIN + 2 * 60_000)) == 2


def test_rows_with_another_behind_them_are_bars_whatever_the_clock_says() -> None:
    assert len(closed([row(0), row(1), row(2)], now_ms=0)) == 2


def test_nothing_is_no_bars() -> None:
    assert closed([], now_ms=BEGIN) == []


def test_an_event_of_a_forming_kline_is_no_bar() -> None:
    kline = {"t": BEGIN, "o": "1", "h": "2", "l": "0.5", "c": "1.5", "v": "9", "x": False}
    assert from_stream(kline) is None
    bar = from_stream(kline | {"x": True})
    assert bar == (datetime(2026, 1, 5, tzinfo=UTC), 1.0, 2.0, 0.5, 1.5, 9.0)


def test_every_interval_of_the_document_has_a_name_there() -> None:
    assert {name: seconds for seconds, name in NAMES.items()} == SECONDS


def test_another_interval_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(VenueRefusedError, match=r"0:07:00.*1m, 5m"):
        name_of(timedelta(minutes=7))


@pytest.mark.parametrize("told", ["true", 1, None])
def test_an_event_that_does_not_say_whether_its_bar_has_closed_is_not_read(told: object) -> None:
    kline = {"t": BEGIN, "o": "1", "h": "2", "l": "0.5", "c": "1.5", "v": "9", "x": told}
    with pytest.raises(ValueError, match="does not say whether"):
        from_stream(kline)


@pytest.mark.parametrize("rows", [["row"], [[]], [[None] * 12], [[1e300, *"12345"]], [{"t": 1}], [[-1, *"12345"]]])
def test_rows_that_cannot_be_read_are_no_answer(rows: list[Any]) -> None:
    with pytest.raises(VenueLostError, match="Binance's klines cannot be read"):
        past(rows)
    with pytest.raises(VenueLostError, match="Binance's klines cannot be read"):
        closed([*rows, *rows], now_ms=BEGIN)
