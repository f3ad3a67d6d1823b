"""Stops and targets that close one position, on high and low and never on closes only."""

import pytest

from bots.trading.risk import Limits, Trailing
from strategies.bar import Bar
from tests.unit.bots.scripted import START, Desk, Script, bar

STOP = Limits(stop_loss_pct=5.0)
TARGET = Limits(take_profit_pct=10.0)
BOTH = Limits(stop_loss_pct=5.0, take_profit_pct=10.0)


def after_entry(limits: Limits, *bars: Bar) -> Desk:
    """Return a desk that bought at 100 on bar 0 and then saw these bars."""
    return Desk(Script(enter=[0]), limits).play([bar(0, 100), *bars])


def closed(desk: Desk) -> tuple[str | None, float] | None:
    """Return why and at which price the position was closed, None while it is open."""
    return (desk.heard.trades[-1].exit_reason, float(desk.exit_price or 0)) if desk.heard.trades else None


@pytest.mark.parametrize(("low", "outcome"), [(95.0, ("risk_stop_loss", 95)), (95.01, None)])
def test_a_low_that_reaches_the_stop_loss_closes_there(low: float, outcome: object) -> None:
    assert closed(after_entry(STOP, bar(1, 99, low=low))) == outcome


def test_a_gap_below_the_stop_loss_is_filled_at_the_open() -> None:
    assert closed(after_entry(STOP, bar(1, 94, open=92))) == ("risk_stop_loss", 92)


@pytest.mark.parametrize(("high", "outcome"), [(110.0, ("risk_take_profit", 110)), (109.99, None)])
def test_a_high_that_reaches_the_target_closes_there(high: float, outcome: object) -> None:
    assert closed(after_entry(TARGET, bar(1, 101, high=high))) == outcome


def test_a_gap_above_the_target_is_filled_at_the_open() -> None:
    assert closed(after_entry(TARGET, bar(1, 111, open=112))) == ("risk_take_profit", 112)


def test_a_bar_that_reaches_both_counts_as_stopped() -> None:
    assert closed(after_entry(BOTH, bar(1, 100, high=115, low=90))) == ("risk_stop_loss", 95)


def test_a_bar_that_opens_above_the_target_made_its_profit_before_it_fell() -> None:
    assert closed(after_entry(BOTH, bar(1, 93, open=111))) == ("risk_take_profit", 111)


def test_the_entrys_own_bar_cannot_stop_it() -> None:
    assert closed(Desk(Script(enter=[0]), STOP).play([bar(0, 100, low=50)])) is None


def test_levels_that_are_off_close_nothing() -> None:
    assert closed(after_entry(Limits(), bar(1, 100, high=1000, low=1))) is None


def test_a_stop_is_counted_from_the_fill_and_not_from_the_signal() -> None:
    desk = Desk(Script(enter=[0]), STOP)
    desk.filling = False
    desk.play([bar(0, 100)])
    desk.fill(desk.sent[0], price="110")
    desk.filling = True
    desk.play([bar(1, 109, low=104.5)])
    assert closed(desk) == ("risk_stop_loss", 104.5)


def test_a_protective_exit_needs_no_warm_rules() -> None:
    desk = after_entry(STOP)
    desk.rules.warm_up = 99
    desk.play([bar(1, 99, low=90)])
    assert closed(desk) == ("risk_stop_loss", 95)


TRAIL = Limits(trailing=Trailing(activation_pct=3.0, trailing_pct=2.0))


def test_a_trailing_stop_rests_below_the_high_of_earlier_bars() -> None:
    assert closed(after_entry(TRAIL, bar(1, 109, high=110), bar(2, 108, low=107.8))) == (
        "risk_trailing_stop",
        107.8,
    )


def test_a_trailing_stop_waits_for_its_activation() -> None:
    assert closed(after_entry(TRAIL, bar(1, 100, high=102.99), bar(2, 98, low=97))) is None


def test_a_trailing_stop_is_active_at_exactly_its_activation() -> None:
    assert closed(after_entry(TRAIL, bar(1, 102, high=103), bar(2, 101, low=100.9))) == (
        "risk_trailing_stop",
        100.94,
    )


def test_a_bars_own_high_lifts_the_trailing_stop_for_its_close() -> None:
    assert closed(after_entry(TRAIL, bar(1, 104, high=110))) == ("risk_trailing_stop", 107.8)


def test_a_bars_own_high_does_not_lift_the_trailing_stop_for_its_low() -> None:
    """The low may have come first."""
    assert closed(after_entry(TRAIL, bar(1, 109, high=110, low=101))) is None


def test_a_gap_below_the_trailing_stop_is_filled_at_the_open() -> None:
    assert closed(after_entry(TRAIL, bar(1, 109, high=110), bar(2, 104, open=105))) == ("risk_trailing_stop", 105)


def test_the_higher_of_two_stops_counts() -> None:
    both = Limits(stop_loss_pct=5.0, trailing=Trailing(0.0, 2.0))
    assert closed(after_entry(both, bar(1, 100), bar(2, 96, open=100, low=90))) == ("risk_trailing_stop", 98)


def test_a_protective_exit_comes_before_the_rules_exit() -> None:
    desk = Desk(Script(enter=[0], leave={1: "script"}), STOP).play([bar(0, 100), bar(1, 97, low=90)])
    assert closed(desk) == ("risk_stop_loss", 95)


def test_a_quote_at_the_stop_closes_at_that_quote_without_waiting_for_the_bar() -> None:
    desk = after_entry(STOP)
    desk.take(desk.trader.on_price(95.01, START))
    assert closed(desk) is None
    desk.take(desk.trader.on_price(94.50, START))
    assert closed(desk) == ("risk_stop_loss", 94.5)


def test_quotes_lift_the_trailing_stop() -> None:
    desk = after_entry(TRAIL)
    desk.take(desk.trader.on_price(110.0, START))
    desk.take(desk.trader.on_price(107.7, START))
    assert closed(desk) == ("risk_trailing_stop", 107.7)


def test_a_quote_asks_neither_entry_nor_exit() -> None:
    desk = after_entry(STOP)
    desk.trader.on_price(99.0, START)
    assert desk.rules.asked == [("enter", 0)]
