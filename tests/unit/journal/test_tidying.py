"""A journal forgets old detail and stays small; its books, and what a restart needs, it never forgets."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from bots.journal import store, tables
from bots.journal.history import read_curve
from bots.journal.opening import open_for_reading, open_journal
from bots.journal.tidying import Bounds, tidy
from bots.trading.keeping import Change
from strategies.errors import JournalError
from tests.unit.journal.databases import EVENT, FILL, INTENT, KEY, START, STATE, STOP, TRADE, point

FEW = Bounds(points=24, events=10, untold=30, unfilled=3)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    open_journal(KEY, url).close()
    with open_for_reading(KEY, url) as found:
        assert found is not None
        yield found


def put(engine: Engine, table: Any, rows: list[Any]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table), rows)


def tidied(engine: Engine, bounds: Bounds = FEW) -> int:
    """Tidy up until there is no more to be done; return how many transactions that took."""
    since, times = None, 0
    while times == 0 or since is not None:
        with engine.begin() as connection:
            since, times = tidy(connection, bounds, since), times + 1
    return times


def all_of(engine: Engine, column: Any) -> list[Any]:
    with engine.connect() as connection:
        return sorted(connection.scalars(select(column)))


def order(number: int, status: str = "cancelled") -> dict[str, Any]:
    intent = replace(INTENT, client_order_id=f"order-{number:02}", bar_time=INTENT.bar_time + timedelta(minutes=number))
    return tables.rows([intent])[0] | {"status": status, "detail": ""}


def put_events(engine: Engine, count: int, kind: str = "status") -> None:
    row = tables.rows([EVENT])[0]
    put(engine, tables.events, [row | {"kind": kind, "text": str(number)} for number in range(count)])


def test_of_old_days_the_last_the_lowest_and_the_highest_equity_stay(engine: Engine) -> None:
    # Ten days, hour by hour: down to the sixth hour, then up, and at noon of the fourth the best of all.
    worths = [1000 - 10 * abs(hour % 24 - 6) for hour in range(240)]
    worths[3 * 24 + 12] = 2000
    put(engine, tables.equity, tables.rows([point(hour, str(worth)) for hour, worth in enumerate(worths)]))
    before = read_curve(engine, 400)
    tidied(engine)
    after = read_curve(engine, 400)
    assert len(after) < 24 + 3 * 10 + 2
    assert after[0] == before[0]
    assert after[-24:] == before[-24:]
    # What people read off the curve is as it was.
    assert max(told["drawdown_pct"] for told in after) == max(told["drawdown_pct"] for told in before)
    assert max(told["equity"] for told in after) == 2000
    tidied(engine)
    assert read_curve(engine, 400) == after


def test_years_of_bars_are_thinned_in_parts(engine: Engine) -> None:
    worths = [1000 + (hour * 7) % 24 for hour in range(240)]
    put(engine, tables.equity, tables.rows([point(hour, str(worth)) for hour, worth in enumerate(worths)]))
    before = read_curve(engine, 400)
    assert tidied(engine, replace(FEW, at_once=50)) > 3
    # A day that lies in two parts keeps more of its points until it is looked at as a whole, the next time.
    assert tidied(engine) == 1
    after = read_curve(engine, 400)
    assert len(after) < 24 + 3 * 10 + 2
    assert max(told["drawdown_pct"] for told in after) == max(told["drawdown_pct"] for told in before)


def test_a_bot_goes_on_between_the_parts(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def in_parts(connection: Connection, bounds: Bounds, since: datetime | None) -> datetime | None:
        asked.append(since)
        return START + len(asked) * timedelta(days=1) if len(asked) < 3 else None

    monkeypatch.setattr(store, "tidy", in_parts)
    monkeypatch.setattr(store, "FLUSH_SECONDS", 0.0)
    journal = open_journal(KEY, url)
    for number in range(5):
        journal.commit(Change(equity=[point(number)]), lambda: STATE, urgent=False)
    journal.close()
    assert asked == [None, START + timedelta(days=1), START + timedelta(days=2)]


def test_a_short_journal_is_left_as_it_is(engine: Engine) -> None:
    put(engine, tables.equity, tables.rows([point(hour) for hour in range(23)]))
    put_events(engine, 10)
    put(engine, tables.orders, [order(number) for number in range(3)])
    tidied(engine)
    assert len(all_of(engine, tables.equity.c.time)) == 23
    assert len(all_of(engine, tables.events.c.id)) == 10
    assert len(all_of(engine, tables.orders.c.client_order_id)) == 3


def test_the_newest_events_stay_and_the_last_of_each_kind(engine: Engine) -> None:
    put_events(engine, 1, kind="daily")
    put_events(engine, 40)
    tidied(engine)
    assert all_of(engine, tables.events.c.id) == [1, *range(32, 42)]


def test_an_event_of_which_a_channel_was_not_told_waits(engine: Engine) -> None:
    put_events(engine, 40)
    put(engine, tables.told, [{"channel": "a", "event": 40}, {"channel": "b", "event": 15}])
    tidied(engine)
    assert all_of(engine, tables.events.c.id) == list(range(16, 41))


def test_a_channel_to_which_nobody_listens_any_more_keeps_no_event_for_ever(engine: Engine) -> None:
    put_events(engine, 40)
    put(engine, tables.told, [{"channel": "gone", "event": 0}])
    tidied(engine)
    assert all_of(engine, tables.events.c.id) == list(range(11, 41))


def test_old_orders_of_which_nothing_was_executed_go_and_no_other(engine: Engine) -> None:
    unfilled = [order(number) for number in range(10, 20)]
    put(engine, tables.orders, [order(1, "filled"), order(2, "accepted"), order(3, "cancelled"), *unfilled])
    put(
        engine,
        tables.fills,
        tables.rows([replace(FILL, trade_id=f"t{n}", client_order_id=f"order-0{n}") for n in (1, 3)]),
    )
    tidied(engine)
    assert all_of(engine, tables.orders.c.client_order_id) == [
        *("order-01", "order-02", "order-03"),
        *("order-17", "order-18", "order-19"),
    ]
    assert len(all_of(engine, tables.fills.c.trade_id)) == 2


def test_the_books_and_what_a_restart_needs_are_never_touched(url: str) -> None:
    nothing = Bounds(points=1, events=0, untold=0, unfilled=0)
    journal = open_journal(KEY, url)
    change = Change(intents=[INTENT, STOP], fills=[FILL], trades=[TRADE], events=[EVENT], equity=[point(1)])
    journal.commit(change, lambda: STATE, urgent=True)
    before = journal.load()
    journal.close()
    with open_for_reading(KEY, url) as engine:
        assert engine is not None
        tidied(engine, nothing)
        assert all_of(engine, tables.trades.c.lot) == [TRADE.lot]
        assert all_of(engine, tables.fills.c.trade_id) == [FILL.trade_id]
    journal = open_journal(KEY, url)
    assert journal.load() == before
    journal.close()


def test_it_is_tidied_when_a_day_begins_and_never_before_an_order(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    days: list[int] = []
    state = STATE
    monkeypatch.setattr(store, "tidy", lambda connection, bounds, since: days.append(state.day.day.day))
    monkeypatch.setattr(store, "FLUSH_SECONDS", 0.0)
    journal = open_journal(KEY, url)
    for number, urgent in ((0, True), (0, False), (0, False), (1, True), (1, False)):
        state = replace(STATE, day=replace(STATE.day, day=STATE.day.day + timedelta(days=number)))
        journal.commit(Change(equity=[point(number)]), lambda state=state: state, urgent=urgent)  # type: ignore[misc]
    journal.close()
    assert days == [1, 2]


def test_the_journal_of_a_file_of_bars_forgets_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "tidy", lambda *_: pytest.fail("its results are worked out of all bars"))
    monkeypatch.setattr(store, "FLUSH_SECONDS", 0.0)
    journal = open_journal(KEY, url, forgets=False)
    journal.commit(Change(equity=[point(1)]), lambda: STATE, urgent=False)
    journal.close()


def test_what_cannot_be_forgotten_stops_no_bot(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(connection: Connection, bounds: Bounds, since: object) -> None:
        raise JournalError("the journal cannot be used: its disk is full")

    monkeypatch.setattr(store, "tidy", fails)
    monkeypatch.setattr(store, "FLUSH_SECONDS", 0.0)
    journal = open_journal(KEY, url)
    with caplog.at_level(logging.WARNING):
        journal.commit(Change(equity=[point(1, "1234")]), lambda: STATE, urgent=False)
    assert "keeps more than it needs for now" in caplog.text
    journal.close()
    with open_for_reading(KEY, url) as engine:
        assert engine is not None
        assert all_of(engine, tables.equity.c.equity) == [Decimal(1234)]
