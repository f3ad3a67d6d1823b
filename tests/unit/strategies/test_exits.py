"""The five exits, on either side of each of their thresholds."""

from datetime import timedelta
from typing import Any

import pytest

from strategies.base import Marks
from strategies.exits.atr import ATRExitMixin, ATRExitParams, ATRMarks
from strategies.exits.fixed_ratio import FixedRatioExitMixin, FixedRatioExitParams
from strategies.exits.rsi_bb import RSIBBExitMixin, RSIBBExitParams
from strategies.exits.time_based import TimeBasedExitMixin, TimeBasedExitParams
from strategies.exits.trailing_stop import TrailingStopExitMixin, TrailingStopExitParams, TrailingStopMarks
from strategies.registry import exit_class, exit_names
from tests.unit.strategies.made_up import bar, dashes, feed, position

# RSI 75 exactly on the bar at 102 (a loss of 1, a gain of 3), 50 on the last; over two bars one population deviation
# above the mean is the higher close, so that 102 lies exactly on its upper band.
FALLING_BACK = dashes(100, 99, 102, 101)


def rsi_bb_reason(**params: Any) -> str | None:
    short = {"rsi_period": 2, "bb_period": 2, "bb_dev": 1.0, "rsi_overbought": 75}
    rule = feed(RSIBBExitMixin(RSIBBExitParams.model_validate(short | params)), FALLING_BACK)
    return rule.should_exit(FALLING_BACK[-1], position(Marks()))


def test_rsi_bb_exits_when_rsi_and_close_fall_through_on_the_same_bar() -> None:
    assert rsi_bb_reason() == "rsi_bb"


def test_rsi_bb_needs_an_rsi_that_was_at_least_overbought() -> None:
    assert rsi_bb_reason(rsi_overbought=75.01) is None


def test_rsi_bb_needs_an_rsi_that_is_below_overbought_now() -> None:
    assert rsi_bb_reason(rsi_overbought=50) is None
    assert rsi_bb_reason(rsi_overbought=50.01) == "rsi_bb"


def test_rsi_bb_needs_a_previous_close_at_or_above_its_band() -> None:
    assert rsi_bb_reason(bb_dev=1.01) is None


def test_rsi_bb_needs_a_close_below_its_band_now() -> None:
    assert rsi_bb_reason(bb_period=1) is None, "the band of one bar is its close: reached, not fallen through"


def atr_exit(**params: Any) -> ATRExitMixin:
    return ATRExitMixin(ATRExitParams.model_validate(params))


@pytest.mark.parametrize(("close", "reason"), [(96.0, "atr_stop"), (96.01, None)])
def test_atr_exits_at_its_stop(close: float, reason: str | None) -> None:
    marks = ATRMarks(atr=2.0, high_water=100.0)
    assert atr_exit(sl_multiplier=2).should_exit(bar(1, close), position(marks)) == reason


def test_atrs_mark_starts_at_the_entrys_close_and_takes_every_later_high() -> None:
    rule = atr_exit()
    marks = rule.open(bar(0, 100, high=110))
    seen = [marks.high_water]
    for each in (bar(1, 99, high=99.5), bar(2, 101, high=105), bar(3, 102, high=103)):
        rule.follow(each, marks)
        seen.append(marks.high_water)
    assert seen == [100, 100, 105, 105]


def test_atr_is_locked_on_the_entry_signals_bar() -> None:
    rule = feed(atr_exit(atr_period=1), [bar(0, 100), bar(1, 100, high=101, low=99)])
    marks = rule.open(bar(1, 100))
    wild = bar(2, 100, high=150, low=50)
    rule.update(wild)
    rule.follow(wild, marks)
    assert rule.atr.value == 100
    assert marks.atr == 2


def trailing(**params: Any) -> TrailingStopExitMixin:
    return TrailingStopExitMixin(TrailingStopExitParams.model_validate(params))


@pytest.mark.parametrize(("close", "reason"), [(90.0, None), (89.99, "trailing_stop")])
def test_trailing_stop_exits_below_its_stop(close: float, reason: str | None) -> None:
    assert trailing(trail_pct=0.1).should_exit(bar(1, close), position(TrailingStopMarks(100.0))) == reason


def test_trailing_stops_mark_is_the_best_close_after_the_entrys_bar() -> None:
    rule = trailing()
    marks = rule.open(bar(0, 200))
    seen = [marks.best_close]
    for each in (bar(1, 100, high=150), bar(2, 120), bar(3, 110)):
        rule.follow(each, marks)
        seen.append(marks.best_close)
    assert seen == [None, 100, 120, 120]


@pytest.mark.parametrize(("entry_price", "reason"), [(80.0, "trailing_stop"), (80.01, None)])
def test_trailing_stop_acts_from_its_activation_on(entry_price: float, reason: str | None) -> None:
    rule = trailing(trail_pct=0.01, activation_pct=0.25)
    held = position(TrailingStopMarks(200.0), entry_price=entry_price)
    assert rule.should_exit(bar(1, 100), held) == reason


def test_trailing_stop_without_activation_acts_on_a_loss_too() -> None:
    held = position(TrailingStopMarks(95.0), entry_price=100.0)
    assert trailing(trail_pct=0.02, activation_pct=0).should_exit(bar(1, 90), held) == "trailing_stop"


@pytest.mark.parametrize(("close", "reason"), [(94.0, None), (93.99, "trailing_stop")])
def test_trailing_stop_can_measure_in_current_average_true_ranges(close: float, reason: str | None) -> None:
    rule = feed(trailing(use_atr=True, atr_period=1, atr_multiplier=3), [bar(0, 95), bar(1, 95, high=96, low=94)])
    assert rule.should_exit(bar(1, close), position(TrailingStopMarks(100.0))) == reason


def test_trailing_stop_waits_for_an_atr_only_when_it_uses_one() -> None:
    assert trailing(atr_period=30).warm_up == 0
    assert trailing(atr_period=30, use_atr=True).warm_up == 30


def time_based(**params: Any) -> TimeBasedExitMixin:
    return TimeBasedExitMixin(TimeBasedExitParams.model_validate(params))


@pytest.mark.parametrize(("held", "reason"), [(19, None), (20, "time_limit"), (21, "time_limit")])
def test_time_based_exits_after_so_many_bars(held: int, reason: str | None) -> None:
    assert time_based(max_bars=20).should_exit(bar(held, 100), position(Marks(), bars_held=held)) == reason


@pytest.mark.parametrize(("minutes", "reason"), [(59, None), (60, "time_limit")])
def test_time_based_can_count_minutes_instead(minutes: int, reason: str | None) -> None:
    rule = time_based(use_time=True, max_minutes=60, max_bars=1)
    now = bar(0, 100)
    later = now._replace(time=now.time + timedelta(minutes=minutes))
    assert rule.should_exit(later, position(Marks(), bars_held=5)) == reason


@pytest.mark.parametrize(
    ("close", "reason"), [(110.0, "take_profit"), (109.99, None), (95.0, "stop_loss"), (95.01, None)]
)
def test_fixed_ratio_exits_at_its_ratios(close: float, reason: str | None) -> None:
    rule = FixedRatioExitMixin(FixedRatioExitParams(take_profit=0.1, stop_loss=0.05))
    assert rule.should_exit(bar(1, close), position(Marks(), entry_price=100.0)) == reason


def test_fixed_ratio_measures_from_the_fill() -> None:
    rule = FixedRatioExitMixin(FixedRatioExitParams())
    assert rule.should_exit(bar(1, 110), position(Marks(), entry_price=101.0)) is None


def test_exits_that_look_at_the_position_alone_need_no_warm_up() -> None:
    assert time_based().warm_up == FixedRatioExitMixin(FixedRatioExitParams()).warm_up == 0


@pytest.mark.parametrize("name", exit_names())
def test_marks_come_back_from_what_was_stored(name: str) -> None:
    kind = exit_class(name)
    rule = kind(kind.params_model())
    for each in dashes(*range(100, 130)):
        rule.update(each)
    marks = rule.open(bar(30, 120))
    rule.follow(bar(31, 125, high=130), marks)
    assert rule.marks_from_json(rule.marks_to_json(marks)) == marks


def test_stored_marks_are_plain_json() -> None:
    assert atr_exit().marks_to_json(ATRMarks(atr=2.0, high_water=100.0)) == {"atr": 2.0, "high_water": 100.0}


def test_every_exit_lists_its_reasons() -> None:
    assert {name: exit_class(name).reasons for name in exit_names()} == {
        "ATRExitMixin": ("atr_stop",),
        "FixedRatioExitMixin": ("take_profit", "stop_loss"),
        "RSIBBExitMixin": ("rsi_bb",),
        "TimeBasedExitMixin": ("time_limit",),
        "TrailingStopExitMixin": ("trailing_stop",),
    }
