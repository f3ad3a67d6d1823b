"""A bot whose strategy fails again and again: its stops are watched, and nothing of what it remembers is lost."""

from typing import cast

from bots.trading.halts import STRATEGY_HALT, HaltMode
from bots.trading.keeping import Saved
from bots.trading.risk import Limits
from bots.trading.without_rules import WithoutRules
from tests.unit.bots.scripted import START, Desk, Followed, Script, bar, dashes
from tests.unit.bots.trader_stops import errors


def given_up() -> Desk:
    """Return a desk that goes on without its rules from where one with a position had stopped."""
    first = Desk(Script(enter=[0], leave={2: "script"}), Limits(stop_loss_pct=5.0)).play(dashes(100, 100))
    state = first.trader.state()
    assert state is not None
    # No script is asked of it.
    silent = cast(Script, WithoutRules())
    desk = Desk(silent, Limits(stop_loss_pct=5.0), saved=Saved(state, ()))
    desk.trader.halt_for_failures("ZeroDivisionError: staged", START)
    return desk


def test_the_stop_is_watched_and_the_rules_exit_is_not() -> None:
    desk = given_up().play([bar(2, 100)])
    assert desk.trader.book.position == 5
    desk.play([bar(3, 98, low=94.9)])
    assert desk.trades == [(0, 3, "risk_stop_loss")]


def test_it_enters_nothing_and_says_what_a_person_has_to_do_once() -> None:
    desk = given_up()
    desk.trader.halt_for_failures("ZeroDivisionError: staged", START)
    assert len(errors(desk)) == 1
    assert "no entries until `tradingbot resume`" in errors(desk)[0]
    halt = desk.trader.guard.halt
    assert halt is not None
    assert (halt.limit, halt.mode) == (STRATEGY_HALT, HaltMode.BLOCK_ENTRIES)


def test_what_the_strategy_remembers_of_a_position_outlives_the_time_without_it() -> None:
    state = given_up().play([bar(2, 100)]).trader.state()
    assert state is not None
    back = Desk(Script(leave={3: "script"}), saved=Saved(state, ()))
    (lot,) = back.trader.book.lots.values()
    assert isinstance(lot.marks, Followed)
    back.play([bar(3, 100)])
    assert back.trades == [(0, 3, "script")]
