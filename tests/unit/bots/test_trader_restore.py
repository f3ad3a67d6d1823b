"""What a bot still knows after it was killed: everything that was committed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from bots.journal.opening import JournalKey, journal_url, open_journal
from bots.journal.reading import lift_halts
from bots.running.health import Health
from bots.seen.status import Surroundings, describe
from bots.trading.events import Event, EventKind
from bots.trading.orders import Side
from bots.trading.risk import Limits, Trailing
from bots.trading.trader import Trader
from tests.unit.bots.scripted import DOCUMENT, START, Desk, Followed, Script, bar, dashes, orders_in
from tests.unit.journal.databases import looking

KEY = JournalKey("0001", "paper", "BTCUSDT")
LIMITS = Limits(
    max_positions=2, stop_loss_pct=5.0, trailing=Trailing(1.0, 2.0), max_daily_trades=2, max_drawdown_pct=Decimal(10)
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A journal that is not there yet."""
    return journal_url(KEY, tmp_path)


@contextmanager
def life(url: str, rules: Script, limits: Limits = LIMITS, *, position_size: str = "0.2") -> Iterator[Desk]:
    """Run a bot from its journal for a while; what was not committed urgently by then is lost, as by a kill."""
    journal = open_journal(KEY, url)
    try:
        yield Desk(
            rules, limits, journal=journal, saved=journal.load(), position_size=position_size, commission="0.001"
        )
    finally:
        journal.close()


def status(trader: Trader) -> dict[str, object]:
    """Return the whole status but for the bars seen: each process counts its own."""
    told = describe(DOCUMENT, trader, Health(True, True, ()), Surroundings("running", "1"))
    told["data_feed_status"] = {k: v for k, v in told["data_feed_status"].items() if k not in ("data_points", "warm")}
    return told


def test_status_cash_lots_marks_and_counters_come_back(url: str) -> None:
    with life(url, Script(enter=[0, 2])) as before:
        before.play([bar(0, 100), bar(1, 101, high=103), bar(2, 102.5, high=103)])
        expected = status(before.trader)
    with life(url, Script()) as after:
        assert status(after.trader) == expected
    assert expected["today"] is not None


def test_an_exits_marks_and_age_come_back_and_are_not_recomputed(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.play(dashes(100, 100.5, 100))
        before.trader.close_all()
    with life(url, Script()) as after:
        (lot,) = after.trader.book.lots.values()
        assert (lot.marks, lot.bars_held, lot.high) == (Followed(0, 2), 2, 100.5)


def test_a_stop_that_followed_the_price_up_rests_where_it_was(url: str) -> None:
    with life(url, Script(enter=[0, 1])) as before:
        before.play([bar(0, 100), bar(1, 109, high=110)])
    with life(url, Script()) as after:
        after.play([bar(2, 108, low=107.8)])
        assert (after.sent[0].reason, after.sent[0].reference_price) == ("risk_trailing_stop", Decimal("107.80"))


def test_warming_up_again_changes_neither_price_nor_time(url: str) -> None:
    with life(url, Script(enter=[0, 1])) as before:
        before.play(dashes(100, 101))
        expected = status(before.trader)
    with life(url, Script()) as after:
        for past in dashes(100, 101):
            after.trader.warm(past)
        assert status(after.trader) == expected


def test_a_days_entries_still_count_after_a_restart(url: str) -> None:
    with life(url, Script(enter=[0, 1], leave={2: "script", 3: "script"})) as before:
        before.play(dashes(100, 100, 100, 100))
    with life(url, Script(enter=range(99))) as after:
        after.play([bar(4, 100)])
        assert after.sent == []


def test_a_days_loss_still_counts_after_a_restart(url: str) -> None:
    limits = Limits(max_daily_loss=Decimal(20))
    with life(url, Script(enter=[0], leave={1: "script"}), limits) as before:
        before.play(dashes(100, 90))
    with life(url, Script(enter=range(99)), limits) as after:
        after.play([bar(2, 90)])
        assert after.sent == []


def test_what_the_rules_remember_comes_back(url: str) -> None:
    with life(url, Script(enter=[0], leave={1: "script"})) as before:
        before.play(dashes(100, 100))
    rules = Script()
    with life(url, rules):
        assert rules.signals == 1


def halted(url: str) -> None:
    """Leave the journal of a bot that was stopped out on bar 1 and halted on bar 2 for what that had cost."""
    with life(url, Script(enter=[0]), position_size="0.9") as before:
        before.play([bar(0, 100), bar(1, 80, open=80), bar(2, 80)])
        assert before.trader.guard.halt is not None


def test_a_halt_survives_a_restart(url: str) -> None:
    halted(url)
    with life(url, Script(enter=range(99))) as after:
        after.play([bar(4, 80)])
        assert after.trader.guard.halt is not None
        assert after.trader.guard.halt.limit == "max_drawdown_pct"
        assert after.sent == []


def test_a_halt_lifted_while_the_bot_runs_lets_it_enter(url: str) -> None:
    halted(url)
    with life(url, Script(enter=range(99))) as after, looking(KEY, url) as engine:
        assert lift_halts(engine) == 1
        after.play([bar(4, 80)])
        assert [order.side for order in after.sent] == [Side.BUY]


def test_a_halt_lifted_while_the_bot_is_down_does_not_come_again_at_once(url: str) -> None:
    halted(url)
    with looking(KEY, url) as engine:
        lift_halts(engine)
        with life(url, Script(enter=range(99))) as after:
            after.play([bar(4, 80)])
            assert after.trader.guard.halt is None
            assert [order.side for order in after.sent] == [Side.BUY]


def test_an_entry_killed_before_its_fill_is_sent_once_more_and_filled_into_the_same_lot(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.filling = False
        before.play([bar(0, 100)])
    with life(url, Script()) as after:
        (lost,) = after.trader.unresolved()
        assert lost == "0001-2401010000-B1-1"
        (order,) = orders_in(after.trader.on_never_arrived(lost, START, market_price=None))
        after.fill(order)
        (lot,) = after.trader.book.lots.values()
        assert (lot.number, lot.entry_bar, lot.marks) == (1, START, Followed(0, 0))


def test_an_exit_killed_before_its_fill_is_not_decided_a_second_time(url: str) -> None:
    with life(url, Script(enter=[0], leave={1: "script"})) as before:
        before.play([bar(0, 100)])
        before.filling = False
        before.play([bar(1, 100)])
    with life(url, Script(leave={2: "again"})) as after:
        after.play([bar(2, 100)])
        assert after.sent == []
        assert after.trader.unresolved() == ["0001-2401010100-S1-1"]


def test_a_filled_order_is_not_unresolved_after_a_restart(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.play([bar(0, 100)])
    with life(url, Script()) as after:
        assert after.trader.unresolved() == []


def test_a_rejected_order_is_not_unresolved_after_a_restart(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.filling = False
        before.play([bar(0, 100)])
        before.trader.on_rejected(before.sent[0].client_order_id, "no", START)
    with life(url, Script()) as after:
        assert after.trader.unresolved() == []


def test_a_part_booked_before_a_restart_is_not_booked_again_after_it(url: str) -> None:
    with life(url, Script(enter=[0])) as before:
        before.filling = False
        before.play([bar(0, 100)])
        before.fill(before.sent[0], quantity="0.5", complete=False)
        order = before.sent[0]
    with life(url, Script()) as after:
        after.fill(order, quantity="0.5", complete=False)
        after.fill(order, quantity="1.5", trade_id="2")
        assert after.trader.book.position == 2


def test_a_rejected_exit_is_pursued_by_the_next_run(url: str) -> None:
    with life(url, Script(enter=[0], leave={1: "script"})) as before:
        before.play([bar(0, 100)])
        before.filling = False
        before.play([bar(1, 100)])
        before.trader.on_rejected(before.sent[-1].client_order_id, "no", START)
    with life(url, Script()) as after:
        after.play([bar(2, 100)])
        assert [order.client_order_id for order in after.sent] == ["0001-2401010200-S1-2"]


def test_a_trader_that_never_saw_a_bar_has_no_state() -> None:
    assert Desk(Script()).trader.state() is None


def test_a_run_cut_after_every_bar_trades_like_an_undisturbed_one(url: str) -> None:
    leave = dict.fromkeys(range(3, 40, 4), "script")
    bars = [bar(index, 100 + (index * 7) % 11) for index in range(40)]
    undisturbed = Desk(Script(enter=range(40), leave=leave), commission="0.001").play(bars)
    cash = Decimal(0)
    for each in bars:
        with life(url, Script(enter=range(40), leave=leave), Limits(), position_size="0.5") as desk:
            desk.play([each])
            cash = desk.trader.book.cash
            desk.trader.say(Event(EventKind.STATUS, each.time, "so that a bar without orders is written, too"))
    assert len(undisturbed.trades) == 10
    assert cash == undisturbed.trader.book.cash


def seen_by_a_restarted_bot(url: str, warm_up: int, *, enter: Sequence[int] = ()) -> list[int]:
    """Return which bars of a longer past the rules see of a bot that once began on bar 5 and went on to bar 8."""
    with life(url, Script(enter=enter)) as before:
        before.trader.warm_up([bar(5, 100), bar(6, 100)])
        before.play([bar(7, 100), bar(8, 100)])
        before.trader.say(Event(EventKind.STATUS, START, ""))
    rules = Script(warm_up=warm_up)
    with life(url, rules) as after:
        after.trader.warm_up([bar(index, 100) for index in range(9)])
    return rules.seen


def test_a_restarted_bot_warms_up_on_the_very_bars_that_it_began_with(url: str) -> None:
    assert seen_by_a_restarted_bot(url, warm_up=3) == [5, 6, 7, 8]


def test_rules_that_have_become_longer_still_watch_over_an_open_lot(url: str) -> None:
    assert seen_by_a_restarted_bot(url, warm_up=4, enter=[7]) == list(range(9))


def test_a_flat_bot_that_was_cold_is_as_cold_after_a_restart(url: str) -> None:
    assert seen_by_a_restarted_bot(url, warm_up=4) == [5, 6, 7, 8]
