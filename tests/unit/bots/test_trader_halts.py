"""A person's halts, and holds: what they block, what they close, and how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from bots.journal import tables
from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.journal.reading import lift_halts, put_halt
from bots.trading.halts import Halt, HaltMode
from bots.trading.orders import Side
from bots.trading.risk import Limits
from strategies.desk import Cancel
from tests.unit.bots.scripted import START, Desk, Script, bar, dashes, index_of, orders_in
from tests.unit.journal.databases import looking

BLOCK, CLOSE = HaltMode.BLOCK_ENTRIES, HaltMode.CLOSE_POSITIONS
KEY = JournalKey("0001", "paper", "BTCUSDT")
LATER = START + timedelta(days=400)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A journal that is not there yet."""
    return journal_url(KEY, tmp_path)


@contextmanager
def life(url: str, rules: Script, limits: Limits | None = None) -> Iterator[Desk]:
    """Run a bot from its journal for a while; what was not committed urgently by then is lost, as by a kill."""
    journal = open_journal(KEY, url)
    try:
        yield Desk(rules, limits, journal=journal, saved=journal.load())
    finally:
        journal.close()


def halt(desk: Desk, mode: HaltMode, reason: str = "told to") -> bool:
    return desk.trader.halt(mode, reason, LATER, by="api")


def resume(desk: Desk) -> bool:
    return desk.trader.resume(LATER, by="api")


def hold(desk: Desk) -> None:
    desk.trader.hold_entries(LATER, LATER, by="api")


def halts(desk: Desk) -> list[Halt]:
    """Return the halts that were journalled."""
    return [change.halt for change, _ in desk.heard.changes if change.halt is not None]


def told_in(url: str) -> str:
    """Return all that the journal has of events."""
    with looking(KEY, url) as engine, engine.connect() as connection:
        return "\n".join(connection.execute(select(tables.events.c.text)).scalars())


def entries(desk: Desk) -> list[int]:
    return [index_of(order.bar_time) for order in desk.sent if order.side is Side.BUY]


def in_a_position(rules: Script | None = None, limits: Limits | None = None) -> Desk:
    """Return a desk that bought 5 at 100 and wants more on every bar."""
    return Desk(rules or Script(enter=range(99)), limits or Limits(max_positions=9), position_size="0.1").play(
        dashes(100)
    )


# --- Halts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", HaltMode)
def test_a_halted_bot_makes_no_entry_and_says_so_once(mode: HaltMode) -> None:
    desk = in_a_position()
    assert halt(desk, mode, "maintenance")
    desk.play(dashes(100, 100, 100)[1:])
    assert entries(desk) == [0]
    told = [text for text in desk.heard.told if "entry refused by manual_halt: maintenance" in text]
    assert len(told) == 1


def test_a_halt_is_journalled_before_it_is_answered_with_who_and_why() -> None:
    desk = in_a_position()
    halt(desk, CLOSE, "maintenance")
    change, urgent = desk.heard.changes[-1]
    assert urgent
    assert change.halt == Halt("manual_halt", "maintenance", LATER, CLOSE)
    (event,) = change.events
    assert event.data == {"by": "api", "mode": "close-positions", "reason": "maintenance"}
    assert event.text == (
        "halted by a person (api, close-positions): maintenance; positions are being closed, and there are no entries "
        "until it is resumed"
    )


def test_a_bot_whose_entries_are_blocked_keeps_its_position_and_its_exits() -> None:
    desk = in_a_position(Script(enter=range(99), leave={3: "script"}))
    halt(desk, BLOCK)
    assert desk.trader.obey_halt() == []
    desk.play(dashes(100, 100, 100)[1:])
    assert desk.trader.book.position == 1
    desk.play([bar(3, 100)])
    assert desk.trades == [(0, 3, "script")]


def test_closing_needs_no_bar() -> None:
    desk = in_a_position()
    halt(desk, CLOSE)
    desk.take(desk.trader.obey_halt())
    assert desk.trader.book.position == 0
    assert desk.trades == [(0, 0, "manual_close")]


def test_an_exit_on_its_way_is_not_doubled() -> None:
    desk = in_a_position()
    desk.filling = False
    halt(desk, CLOSE)
    desk.take(desk.trader.obey_halt())
    assert halt(desk, CLOSE) is False
    assert desk.trader.obey_halt() == []
    assert desk.trader.on_bar(bar(1, 100)) == []
    assert [order.side for order in desk.sent] == [Side.BUY, Side.SELL]


def test_a_refused_exit_is_tried_again_under_another_id() -> None:
    desk = in_a_position()
    desk.filling = False
    halt(desk, CLOSE)
    (first,) = orders_in(desk.trader.obey_halt())
    desk.trader.on_rejected(first.client_order_id, "busy", LATER)
    (second,) = orders_in(desk.trader.obey_halt())
    assert (second.client_order_id, second.attempt) == ("0001-2401010000-S1-2", 2)


def test_an_entry_that_fills_after_the_halt_is_closed() -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play(dashes(100))
    halt(desk, CLOSE)
    assert desk.trader.obey_halt() == [Cancel(desk.sent[0].client_order_id)]
    assert desk.trader.obey_halt() == [], "it is being taken back already"
    desk.fill(desk.sent[0])
    desk.filling = True
    desk.take(desk.trader.obey_halt())
    assert desk.trades == [(0, 0, "manual_close")]


def test_the_same_halt_again_is_no_second_one() -> None:
    desk = in_a_position()
    assert halt(desk, BLOCK, "first")
    assert not halt(desk, BLOCK, "second")
    assert [each.detail for each in halts(desk)] == ["first"]
    assert desk.trader.guard.halt == halts(desk)[0]


def test_a_stricter_halt_takes_the_place_of_a_milder_one_and_never_the_other_way_round() -> None:
    desk = in_a_position()
    halt(desk, BLOCK)
    assert halt(desk, CLOSE)
    assert not halt(desk, BLOCK)
    assert desk.trader.guard.closing == "manual_close"


def test_a_bot_whose_entries_are_blocked_is_still_halted_by_its_drawdown() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100))
    halt(desk, BLOCK)
    desk.play([bar(1, 70)])
    assert desk.trades == [(0, 1, "max_drawdown")]
    assert [each.limit for each in halts(desk)] == ["manual_halt", "max_drawdown_pct"]


def test_a_bot_halted_by_its_drawdown_need_not_be_halted_again() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 70))
    assert not halt(desk, CLOSE)
    assert [each.limit for each in halts(desk)] == ["max_drawdown_pct"]


# --- Resuming ---------------------------------------------------------------------------------------------------


def test_a_resumed_bot_enters_again() -> None:
    desk = in_a_position()
    halt(desk, BLOCK)
    desk.play([bar(1, 100)])
    assert resume(desk)
    change, urgent = desk.heard.changes[-1]
    assert (change.lifted, urgent) == (True, True)
    desk.play([bar(2, 100)])
    assert entries(desk) == [0, 2]
    assert desk.heard.told[-2] == "resumed by a person (api)"


def test_a_bot_that_is_not_halted_is_not_resumed() -> None:
    desk = in_a_position()
    before = len(desk.heard.changes)
    assert not resume(desk)
    assert len(desk.heard.changes) == before


def test_a_persons_halt_does_not_make_the_drawdown_begin_anew() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 120, 115))
    halt(desk, BLOCK)
    resume(desk)
    assert desk.trader.guard.peak_equity == 1100


def test_the_drawdown_begins_anew_when_its_own_halt_is_lifted() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 120, 90))
    resume(desk)
    assert desk.trader.guard.peak_equity == desk.trader.guard.equity == 950


def test_a_halt_is_not_lost_to_a_resume_that_the_bot_had_not_heard_of(url: str) -> None:
    """`tradingbot resume` reaches the journal first; whoever halts the bot after it must not be overruled by it."""
    with life(url, Script(enter=range(9))) as desk:
        desk.play(dashes(100))
        halt(desk, BLOCK, "first")
        with looking(KEY, url) as engine:
            lift_halts(engine)
        assert halt(desk, BLOCK, "second")
        desk.play(dashes(100, 100)[1:])
        assert entries(desk) == [0]
        assert desk.trader.guard.halt is not None
        assert desk.trader.guard.halt.detail == "second"


def test_a_halt_lifted_in_the_journal_is_heard_of_without_a_bar(url: str) -> None:
    with life(url, Script()) as desk:
        desk.play(dashes(100))
        halt(desk, BLOCK)
        with looking(KEY, url) as engine:
            lift_halts(engine)
        assert desk.trader.has_unheard()
        desk.trader.hear(LATER)
        assert desk.trader.guard.halt is None


def test_a_halt_written_into_the_journal_is_heard_of_and_told_once(url: str) -> None:
    with life(url, Script(enter=range(9))) as desk:
        desk.play(dashes(100))
        assert not desk.trader.has_unheard()
        with looking(KEY, url) as engine:
            put_halt(engine, Halt("manual_halt", "news", LATER, CLOSE))
        assert desk.trader.has_unheard()
        desk.trader.hear(LATER)
        desk.trader.hear(LATER)
        assert not desk.trader.has_unheard()
        assert told_in(url).count("halted by a person (command, close-positions): news") == 1
        desk.take(desk.trader.obey_halt())
        assert desk.trader.book.position == 0


def test_a_milder_halt_changes_nothing_in_the_journal(url: str) -> None:
    with life(url, Script()) as desk:
        desk.play(dashes(100))
        halt(desk, CLOSE, "first")
        with looking(KEY, url) as engine:
            assert put_halt(engine, Halt("manual_halt", "second", LATER, BLOCK)).detail == "first"
        assert not desk.trader.has_unheard()


def test_a_resume_takes_away_a_halt_that_the_bot_had_not_heard_of(url: str) -> None:
    with life(url, Script()) as desk:
        desk.play(dashes(100))
        with looking(KEY, url) as engine:
            put_halt(engine, Halt("manual_halt", "news", LATER, BLOCK))
        assert resume(desk)
        assert not desk.trader.has_unheard()


# --- Over a restart ---------------------------------------------------------------------------------------------


def test_a_halt_and_its_mode_survive_a_restart_and_what_is_open_is_closed_then(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.play(dashes(100))
        halt(before, CLOSE, "maintenance")
    with life(url, Script(enter=range(9))) as after:
        assert after.trader.guard.halt == Halt("manual_halt", "maintenance", LATER, CLOSE)
        after.take(after.trader.obey_halt())
        assert after.trader.book.position == 0
        after.play(dashes(100, 100)[1:])
        assert entries(after) == []


def test_a_halt_before_the_first_bar_survives_a_restart(url: str) -> None:
    with life(url, Script()) as before:
        halt(before, BLOCK)
    with life(url, Script(enter=[0])) as after:
        after.play(dashes(100))
        assert entries(after) == []


def test_a_persons_halt_lifted_while_the_bot_is_down_keeps_the_peak(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.play(dashes(100, 120, 115))
        halt(before, BLOCK)
    with looking(KEY, url) as engine:
        lift_halts(engine)
    with life(url, Script()) as after:
        assert after.trader.guard.halt is None
        assert after.trader.guard.peak_equity == 1100


@pytest.mark.parametrize("word", [lambda desk: halt(desk, BLOCK), hold], ids=["halted", "held"])
def test_an_entry_that_never_arrived_is_not_sent_again(word: object) -> None:
    desk = Desk(Script(enter=[0]))
    desk.filling = False
    desk.play(dashes(100))
    assert callable(word)
    word(desk)
    assert desk.trader.on_never_arrived(desk.sent[0].client_order_id, LATER, market_price=None) == []
    assert desk.trader.unresolved() == []
    assert "never sent, and " in desk.heard.told[-1]


def test_an_exit_that_never_arrived_is_sent_again_though_the_bot_is_halted() -> None:
    desk = in_a_position()
    desk.filling = False
    halt(desk, CLOSE)
    (order,) = orders_in(desk.trader.obey_halt())
    (again,) = orders_in(desk.trader.on_never_arrived(order.client_order_id, LATER, market_price=None))
    assert (again.side, again.quantity) == (Side.SELL, order.quantity)


# --- Holds ------------------------------------------------------------------------------------------------------


def test_a_held_bot_makes_no_entry_until_the_hold_ends() -> None:
    desk = Desk(Script(enter=range(9)), Limits(max_positions=9), position_size="0.1")
    hold(desk)
    desk.play(dashes(100, 100))
    assert entries(desk) == []
    desk.trader.release_entries(LATER, by="api")
    desk.play([bar(2, 100)])
    assert entries(desk) == [2]


def test_a_hold_is_told_once_though_it_is_prolonged_and_refuses_for_days() -> None:
    desk = Desk(Script(enter=range(99)))
    for _ in range(3):
        hold(desk)
    desk.play(bar(index, 100) for index in range(60))
    assert [text.split(" until")[0] for text in desk.heard.told] == [
        "entries are held",
        "entry refused by hold: entries are held",
    ]
    assert desk.trader.guard.refusals == 60


def test_a_second_hold_is_told_again() -> None:
    desk = Desk(Script(enter=range(9)))
    for index in range(2):
        hold(desk)
        desk.play([bar(index, 100)])
        desk.trader.release_entries(LATER, by="api")
    assert len([text for text in desk.heard.told if "refused by hold" in text]) == 2


def test_a_held_bot_exits_as_ever() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"})).play(dashes(100))
    hold(desk)
    desk.play([bar(1, 100)])
    assert desk.trades == [(0, 1, "script")]
