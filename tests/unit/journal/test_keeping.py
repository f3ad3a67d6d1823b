"""What is committed comes back as it was, digit for digit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from bots.journal import store, tables
from bots.journal.opening import open_journal
from bots.journal.reading import lift_halts, read_equity, read_halt, read_hourly_equity, read_trades
from bots.journal.store import SqlJournal
from bots.trading.halts import Halt, HaltMode
from bots.trading.keeping import Change, OrderUpdate
from bots.trading.order_machine import OrderStatus
from strategies.errors import JournalError
from tests.unit.journal.databases import (
    EVENT,
    FILL,
    INTENT,
    KEY,
    START,
    STATE,
    STOP,
    TRADE,
    at,
    commit,
    looking,
    opened,
    point,
)


@pytest.fixture
def journal(url: str) -> Iterator[SqlJournal]:
    """A journal that is new."""
    made = opened(url)
    yield made
    made.close()


def test_a_new_journal_knows_nothing(journal: SqlJournal) -> None:
    assert journal.load() is None


def test_a_state_comes_back_whole(journal: SqlJournal) -> None:
    commit(journal, Change())
    saved = journal.load()
    assert saved is not None
    assert saved.state == STATE
    assert str(saved.state.cash) == "899.12345678"
    assert str(saved.state.lots[0].entry_price) == "100.10"


def test_a_later_state_takes_the_place_of_the_earlier(journal: SqlJournal) -> None:
    commit(journal, Change())
    commit(journal, Change(), replace(at(5), lots=()))
    saved = journal.load()
    assert saved is not None
    assert saved.state == replace(at(5), lots=())


def test_an_intent_comes_back_unresolved(journal: SqlJournal) -> None:
    commit(journal, Change(intents=[INTENT]))
    saved = journal.load()
    assert saved is not None
    assert saved.unresolved == (INTENT,)


def test_a_stop_comes_back_with_its_prices(journal: SqlJournal) -> None:
    commit(journal, Change(intents=[STOP]))
    saved = journal.load()
    assert saved is not None
    assert saved.unresolved == (STOP,)
    assert str(saved.unresolved[0].limit_price) == "94.05"


def test_a_commission_is_kept_as_it_was_charged(journal: SqlJournal, url: str) -> None:
    fill = replace(FILL, commission=Decimal("0.101"), charged=Decimal("0.001"), charged_in="BTC")
    commit(journal, Change(fills=[fill, replace(FILL, trade_id="of an earlier version")]))
    with looking(KEY, url) as engine, engine.connect() as connection:
        rows = connection.execute(select(tables.fills).order_by(tables.fills.c.trade_id.desc())).mappings()
        kept = [(row["commission"], row["charged"], row["charged_in"]) for row in rows]
    assert kept == [(Decimal("0.101"), Decimal("0.001"), "BTC"), (Decimal("0.01"), None, None)]


@pytest.mark.parametrize("status", [OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED])
def test_an_order_on_its_way_is_unresolved(journal: SqlJournal, status: OrderStatus) -> None:
    commit(journal, Change(intents=[INTENT], updates=[OrderUpdate(INTENT.client_order_id, status)]))
    saved = journal.load()
    assert saved is not None
    assert len(saved.unresolved) == 1


@pytest.mark.parametrize(
    "status", [OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.NEVER_SENT]
)
def test_an_order_at_its_end_is_resolved(journal: SqlJournal, status: OrderStatus) -> None:
    commit(journal, Change(intents=[INTENT]))
    commit(journal, Change(updates=[OrderUpdate(INTENT.client_order_id, status)]))
    saved = journal.load()
    assert saved is not None
    assert saved.unresolved == ()


def test_of_an_unresolved_order_the_booked_executions_are_known(journal: SqlJournal) -> None:
    commit(journal, Change(intents=[INTENT], fills=[FILL, replace(FILL, trade_id="x", client_order_id="another")]))
    saved = journal.load()
    assert saved is not None
    assert saved.booked == ((INTENT.client_order_id, "t1"),)


def test_a_halt_stays_until_it_is_lifted(journal: SqlJournal, url: str) -> None:
    halt = Halt("max_drawdown_pct", "too deep", START)
    commit(journal, Change(halt=halt))
    assert journal.standing_halt() == halt
    with looking(KEY, url) as engine:
        assert read_halt(engine) == halt
        assert lift_halts(engine) == 1
        assert journal.standing_halt() is None
        assert lift_halts(engine) == 0
        assert read_halt(engine) is None


def test_of_several_halts_that_stand_the_last_one_counts_and_all_are_lifted_at_once(journal: SqlJournal) -> None:
    mild, strict = Halt("manual_halt", "wait", START, HaltMode.BLOCK_ENTRIES), Halt("max_drawdown_pct", "deep", START)
    for halt in (mild, strict):
        commit(journal, Change(halt=halt))
    assert journal.standing_halt() == strict
    commit(journal, Change(lifted=True))
    assert journal.standing_halt() is None


def test_a_halt_is_kept_before_the_first_bar(journal: SqlJournal) -> None:
    halt = Halt("manual_halt", "not yet", START, HaltMode.BLOCK_ENTRIES)
    commit(journal, Change(halt=halt), None)
    assert journal.load() is None
    assert journal.standing_halt() == halt


def test_trades_events_and_fills_can_be_read(journal: SqlJournal, url: str) -> None:
    commit(journal, Change(trades=[TRADE], events=[EVENT], intents=[INTENT], fills=[FILL]))
    with looking(KEY, url) as engine:
        closed, still_open = read_trades(engine)
        assert closed == TRADE
        assert (still_open.lot, still_open.exit_bar, still_open.quantity) == (3, None, Decimal("0.7"))
        with engine.connect() as connection:
            assert connection.execute(select(tables.events.c.text)).scalars().all() == [EVENT.text]
            assert connection.execute(select(tables.fills.c.trade_id)).scalars().all() == [FILL.trade_id]


def test_a_bars_later_equity_takes_the_place_of_its_earlier_one(journal: SqlJournal, url: str) -> None:
    commit(journal, Change(equity=[point(0), point(1)]))
    commit(journal, Change(equity=[point(1, "1001"), point(2), point(2, "1002")]))
    with looking(KEY, url) as engine:
        assert [str(each.equity) for each in read_equity(engine)] == ["1000", "1001", "1002"]


def test_the_last_points_of_the_equity_curve_come_oldest_first(journal: SqlJournal, url: str) -> None:
    commit(journal, Change(equity=[point(hour) for hour in range(5)]))
    with looking(KEY, url) as engine:
        assert read_equity(engine, 2) == [point(3), point(4)]


def test_what_is_not_urgent_is_written_with_the_next_urgent_change(journal: SqlJournal, url: str) -> None:
    commit(journal, Change())
    commit(journal, Change(equity=[point(1)]), at(1), urgent=False)
    with looking(KEY, url) as engine:
        assert read_equity(engine) == []
        commit(journal, Change(intents=[INTENT]), at(2))
        assert read_equity(engine) == [point(1)]


def test_what_is_not_urgent_is_written_with_the_next_when_a_second_has_passed(
    journal: SqlJournal, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(journal, Change())
    monkeypatch.setattr(store, "FLUSH_SECONDS", 0.0)
    commit(journal, Change(equity=[point(1)]), at(1), urgent=False)
    with looking(KEY, url) as engine:
        assert read_equity(engine) == [point(1)]


def test_what_waits_is_written_on_flush(journal: SqlJournal) -> None:
    commit(journal, Change())
    commit(journal, Change(), at(9), urgent=False)
    journal.flush(lambda: at(9))
    saved = journal.load()
    assert saved is not None
    assert saved.state.bar_time == at(9).bar_time


def test_what_a_failed_trader_left_waiting_can_be_dropped(journal: SqlJournal, url: str) -> None:
    commit(journal, Change())
    commit(journal, Change(equity=[point(1)]), urgent=False)
    journal.discard()
    commit(journal, Change(equity=[point(2)]))
    with looking(KEY, url) as engine:
        assert read_equity(engine) == [point(2)]


def test_an_equity_curve_that_is_not_wanted_is_not_kept(url: str) -> None:
    journal = open_journal(KEY, url, save_equity=False)
    commit(journal, Change(equity=[point(1)]))
    journal.close()
    with looking(KEY, url) as engine:
        assert read_equity(engine) == []


def test_a_write_that_fails_leaves_nothing_behind_and_the_journal_usable(journal: SqlJournal) -> None:
    commit(journal, Change(trades=[TRADE]))
    with pytest.raises(JournalError, match=r"the journal cannot be used: .*; is its disk full"):
        commit(journal, Change(intents=[INTENT], trades=[TRADE]), at(7))
    journal.discard()
    commit(journal, Change(equity=[point(2)]), at(2))
    saved = journal.load()
    assert saved is not None
    assert saved.unresolved == ()
    assert saved.state == at(2)


def test_of_an_account_on_minutes_the_last_point_of_each_hour_is_drawn(url: str) -> None:
    journal = opened(url)
    minutes = [replace(point(0), time=START + timedelta(minutes=number)) for number in range(200)]
    commit(journal, Change(equity=minutes))
    with looking(KEY, url) as engine:
        drawn = read_hourly_equity(engine, minutes[-1].time, timedelta(minutes=1), days=30)
    journal.close()
    assert [each.time - START for each in drawn] == [timedelta(minutes=number) for number in (59, 119, 179, 199)]
