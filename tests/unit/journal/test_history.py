"""Looking back: the last orders and events, and a long curve in few points."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from bots.journal import tables
from bots.journal.history import read_curve, read_events, read_orders
from bots.journal.opening import open_for_reading, open_journal
from tests.unit.journal.databases import EVENT, KEY, STATE

MINUTE = timedelta(minutes=1)
BEGUN = STATE.bar_time


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    open_journal(KEY, url).close()
    with open_for_reading(KEY, url) as found:
        assert found is not None
        yield found


def put(engine: Engine, table: Any, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table), rows)


def put_equity(engine: Engine, values: list[float]) -> None:
    rows = [
        {"time": BEGUN + number * MINUTE, "equity": Decimal(str(value)), "cash": Decimal(1), "position": Decimal(0)}
        for number, value in enumerate(values)
    ]
    put(engine, tables.equity, rows)


def order(number: int) -> dict[str, Any]:
    return {
        "client_order_id": f"order-{number}", "lot": number, "side": "buy", "quantity": Decimal("0.5"),
        "bar_time": BEGUN + number * MINUTE, "reference_price": Decimal(100), "reason": "entry", "attempt": 1,
        "marks": {"note": 1}, "status": "filled", "detail": "", "stop_price": None, "limit_price": None,
    }  # fmt: skip


def fill(number: int, part: int) -> dict[str, Any]:
    return {
        "trade_id": f"fill-{number}-{part}", "client_order_id": f"order-{number}", "quantity": Decimal("0.25"),
        "price": Decimal(100 + part), "commission": Decimal("0.1"), "time": BEGUN + number * MINUTE + part * MINUTE,
    }  # fmt: skip


def test_the_newest_orders_come_first_each_with_its_own_fills(engine: Engine) -> None:
    put(engine, tables.orders, [order(number) for number in (1, 2, 3)])
    put(engine, tables.fills, [fill(3, 2), fill(3, 1), fill(2, 1)])
    told = read_orders(engine, 2)
    assert [each["client_order_id"] for each in told] == ["order-3", "order-2"]
    assert [each["price"] for each in told[0]["fills"]] == [Decimal(101), Decimal(102)]
    assert len(told[1]["fills"]) == 1
    assert "marks" not in told[0]


def test_the_newest_events_come_first_and_are_numbered(url: str) -> None:
    from bots.trading.keeping import Change

    journal = open_journal(KEY, url)
    for text in ("first", "second", "third"):
        journal.commit(Change(events=[replace(EVENT, text=text)]), lambda: STATE, urgent=True)
    journal.close()
    with open_for_reading(KEY, url) as engine:
        assert engine is not None
        told = read_events(engine, 2)
    assert [each["text"] for each in told] == ["third", "second"]
    assert told[0]["number"] > told[1]["number"]


def test_a_curve_of_few_points_is_told_whole(engine: Engine) -> None:
    put_equity(engine, [100, 110, 99])
    told = read_curve(engine, 300)
    assert [point["equity"] for point in told] == [100, 110, 99]
    assert [point["drawdown_pct"] for point in told] == [0, 0, 10]
    assert told[0]["time"] == BEGUN


@pytest.mark.parametrize("points", [2, 3, 4, 5, 40, 299])
def test_of_a_long_curve_the_ends_and_the_extremes_are_kept_in_no_more_points_than_asked_for(
    engine: Engine, points: int
) -> None:
    values = [100.0] * 500
    values[123], values[321] = 150.0, 75.0
    put_equity(engine, values)
    told = read_curve(engine, points)
    assert len(told) <= points
    assert (told[0]["time"], told[-1]["time"]) == (BEGUN, BEGUN + 499 * MINUTE)
    assert [point["time"] for point in told] == sorted({point["time"] for point in told})
    if points >= 4:
        assert max(point["equity"] for point in told) == 150
        assert max(point["drawdown_pct"] for point in told) == 50


def test_a_journal_without_bars_has_no_curve_no_orders_and_no_events(engine: Engine) -> None:
    assert read_curve(engine, 300) == []
    assert read_orders(engine, 100) == []
    assert read_events(engine, 100) == []
