"""One entry and one exit behind the interface that the trader uses."""

from typing import Any

import pytest
from pydantic import ValidationError

from strategies.base import Logic, Position, StrategySection
from strategies.custom import CustomStrategy
from strategies.entries.rsi_bb import RSIBBEntryMixin
from strategies.exits.atr import ATRExitMixin
from tests.unit.strategies.made_up import START, bar, dashes, feed


def strategy(exit_name: str, entry_params: dict[str, Any] | None = None, **exit_params: Any) -> CustomStrategy:
    return CustomStrategy.from_params("RSIBBEntryMixin", entry_params or {}, exit_name, exit_params)


def test_it_is_built_as_the_document_says() -> None:
    section = StrategySection(
        entry_logic=Logic("RSIBBEntryMixin", {"e_rsi_period": 5}),
        exit_logic=Logic("TimeBasedExitMixin", {"max_bars": 2}),
    )
    built = CustomStrategy.build(section)
    assert built.entry.params.rsi_period == 5
    assert built.exit.params.max_bars == 2
    assert built.exit_reasons == ("time_limit",)


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(ValidationError, match="x_max_bars"):
        strategy("TimeBasedExitMixin", x_max_bars=-1)


def test_it_warms_up_for_the_slower_of_its_two() -> None:
    assert strategy("TimeBasedExitMixin").warm_up == 20
    assert strategy("ATRExitMixin", atr_period=50).warm_up == 50


def test_both_see_every_bar() -> None:
    rules = feed(strategy("ATRExitMixin", {"rsi_period": 2}, atr_period=2), dashes(1, 2, 3))
    assert isinstance(rules.entry, RSIBBEntryMixin)
    assert isinstance(rules.exit, ATRExitMixin)
    assert rules.entry.rsi.value == 100
    assert rules.exit.atr.value == 1


def test_positions_open_together_have_their_own_marks() -> None:
    rules = strategy("TrailingStopExitMixin", trail_pct=0.1)
    early = rules.open(bar(0, 100))
    for index, close in ((1, 200), (2, 150)):
        rules.follow(bar(index, close), early)
    late = rules.open(bar(2, 150))
    now = bar(3, 145)
    rules.follow(now, early)
    rules.follow(now, late)
    assert rules.should_exit(now, Position(100, START, 3, early)) == "trailing_stop"
    assert rules.should_exit(now, Position(150, START, 1, late)) is None


def test_a_position_goes_on_after_a_restart() -> None:
    rules = feed(strategy("ATRExitMixin", atr_period=2), dashes(100, 101, 103))
    marks = rules.open(bar(2, 103))
    rules.follow(bar(3, 104, high=110), marks)
    again = strategy("ATRExitMixin", atr_period=2)
    restored = again.marks_from_json(rules.marks_to_json(marks))
    # An ATR of 1.5 at the entry, twice below a high of 110.
    assert again.should_exit(bar(4, 107), Position(103, START, 2, restored)) == "atr_stop"
    assert again.should_exit(bar(4, 107.01), Position(103, START, 2, restored)) is None


def test_a_taken_signal_starts_the_cool_down_and_a_restart_goes_on_with_it() -> None:
    eager = {"rsi_period": 1, "bb_period": 1, "cooldown_bars": 3}
    bars = dashes(5, 5, 5, 5, 5)
    rules = feed(strategy("TimeBasedExitMixin", eager), bars[:3])
    assert rules.should_enter(bars[2])
    rules.entered(bars[2])
    again = strategy("TimeBasedExitMixin", eager)
    again.restore(rules.state())
    feed(again, bars)
    assert not rules.should_enter(bars[2])
    assert not again.should_enter(bars[4])
