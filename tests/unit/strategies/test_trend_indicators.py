"""SuperTrend and Ichimoku: when they turn, and against references."""

from itertools import pairwise
from math import isnan
from statistics import fmean

import pytest

from strategies.bar import Bar
from strategies.indicators.trend import Ichimoku, SuperTrend
from tests.unit.strategies.made_up import bar, feed, random_walk

BARS = random_walk(400)


def falling_to(close: float) -> SuperTrend:
    """Return a SuperTrend whose line stood at 98, after a bar with this close."""
    trend = SuperTrend(1, 1.0)
    feed(trend, [bar(0, 100), bar(1, 100, high=101, low=99)])
    assert trend.value == 98
    return feed(trend, [bar(2, close, high=100, low=97)])


def rising_to(close: float) -> SuperTrend:
    """Return a SuperTrend that points down with its line at 101.5, after a bar with this close."""
    trend = falling_to(98)
    assert (trend.up, trend.value) == (False, 101.5)
    return feed(trend, [bar(3, close, high=103, low=101)])


def test_supertrend_starts_up_at_its_period_with_the_lower_band() -> None:
    trend = feed(SuperTrend(10, 3.0), BARS[:10])
    assert (trend.ready, trend.up) == (False, False)
    trend.update(BARS[10])
    assert (trend.ready, trend.up) == (True, True)
    assert trend.value < BARS[10].low


def test_supertrend_stays_up_while_the_close_is_above_its_line() -> None:
    trend = falling_to(98.01)
    assert (trend.up, trend.value) == (True, 98)


def test_supertrend_turns_down_when_the_close_reaches_its_line() -> None:
    trend = falling_to(98)
    assert (trend.up, trend.value) == (False, 98.5 + 3)


def test_supertrend_stays_down_while_the_close_is_below_its_line() -> None:
    trend = rising_to(101.49)
    assert (trend.up, trend.value) == (False, 101.5)


def test_supertrend_turns_up_when_the_close_reaches_its_line() -> None:
    trend = rising_to(101.5)
    assert (trend.up, trend.value) == (True, 102 - 5)


def test_supertrend_follows_its_definition_over_many_bars() -> None:
    period, multiplier = 10, 1.5
    ranges = [
        max(after.high - after.low, abs(after.high - before.close), abs(after.low - before.close))
        for before, after in pairwise(BARS)
    ]
    line, up, flips = 0.0, True, 0
    trend = feed(SuperTrend(period, multiplier), BARS[:period])
    for index in range(period, len(BARS)):
        now = BARS[index]
        width = multiplier * fmean(ranges[index - period : index])
        lower, upper = (now.high + now.low) / 2 - width, (now.high + now.low) / 2 + width
        if index == period:
            line = lower
        elif up and now.close <= line:
            up, line, flips = False, upper, flips + 1
        elif up:
            line = max(lower, line)
        elif now.close >= line:
            up, line, flips = True, lower, flips + 1
        else:
            line = min(upper, line)
        trend.update(now)
        assert trend.up is up
        assert trend.value == pytest.approx(line, rel=1e-12)
    assert flips > 5


def middle(bars: list[Bar]) -> float:
    return (max(each.high for each in bars) + min(each.low for each in bars)) / 2


def test_ichimoku_follows_its_definition_over_many_bars() -> None:
    ichimoku = feed(Ichimoku(9, 26, 52), BARS[:78])
    for index in range(78, len(BARS)):
        ichimoku.update(BARS[index])
        seen = BARS[: index + 1]
        assert ichimoku.tenkan == middle(seen[-9:])
        assert ichimoku.previous_tenkan == middle(seen[-10:-1])
        assert ichimoku.kijun == middle(seen[-26:])
        assert ichimoku.span_a == (middle(seen[-35:-26]) + middle(seen[-52:-26])) / 2
        assert ichimoku.span_b == middle(seen[-78:-26])


def test_ichimokus_cloud_is_complete_at_its_warm_up_and_not_before() -> None:
    ichimoku = Ichimoku(9, 26, 52)
    assert ichimoku.warm_up == 77
    assert not feed(ichimoku, BARS[:77]).ready
    assert feed(ichimoku, BARS[77:78]).ready


def test_ichimokus_cloud_is_span_a_alone_while_span_b_has_no_value() -> None:
    ichimoku = feed(Ichimoku(9, 26, 52), BARS[:60])
    assert isnan(ichimoku.span_b)
    assert ichimoku.cloud_top == (middle(BARS[25:34]) + middle(BARS[8:34])) / 2


def test_ichimokus_cloud_top_is_the_higher_span() -> None:
    ichimoku = feed(Ichimoku(9, 26, 52), BARS)
    for spans in ((1.0, 2.0), (2.0, 1.0)):
        ichimoku.span_a, ichimoku.span_b = spans
        assert ichimoku.cloud_top == 2.0


def test_ichimoku_forgets_everything_before_its_windows() -> None:
    wild = [bar(index, 1e9, high=1e12, low=1e-9) for index in range(100)]
    long, short = feed(Ichimoku(9, 26, 52), wild + BARS), feed(Ichimoku(9, 26, 52), BARS[-78:])
    for name in ("tenkan", "previous_tenkan", "kijun", "span_a", "span_b"):
        assert getattr(long, name) == getattr(short, name)


def test_supertrends_width_forgets_everything_before_its_window() -> None:
    wild = [bar(index, 100, high=1e12, low=1e-9) for index in range(100)]
    flat = [bar(index, 100, high=101, low=99) for index in range(11)]
    # Each follows with a fresh line, for the line itself is made of all bars since it last turned.
    long, short = feed(SuperTrend(10, 0.0), wild + flat), feed(SuperTrend(10, 0.0), flat)
    long.multiplier = short.multiplier = 1.0
    for trend in (long, short):
        trend.up, trend.value = True, 0.0
        trend.update(bar(12, 100, high=101, low=99))
    assert long.value == short.value == 98
