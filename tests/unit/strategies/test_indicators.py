"""RSI, ATR, averages and bands against references written as plainly as possible."""

from itertools import pairwise
from math import isnan
from statistics import fmean, pstdev

import pytest

from strategies.bar import Bar
from strategies.indicators.averages import SMA, Last, close, volume
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.volatility import ATR, BollingerBands
from tests.unit.strategies.made_up import bar, dashes, feed, random_walk

BARS = random_walk(400)


def wilder(values: list[float], period: int) -> list[float]:
    """Return Wilder's smoothing: the mean of the first `period` values, then each later value."""
    smoothed = [fmean(values[:period])]
    for value in values[period:]:
        smoothed.append((smoothed[-1] * (period - 1) + value) / period)
    return smoothed


def reference_rsi(bars: list[Bar], period: int) -> list[float]:
    moves = [after.close - before.close for before, after in pairwise(bars)]
    gains = wilder([max(move, 0.0) for move in moves], period)
    losses = wilder([max(-move, 0.0) for move in moves], period)
    return [100 - 100 / (1 + gain / loss) if loss else 100 for gain, loss in zip(gains, losses, strict=True)]


def reference_atr(bars: list[Bar], period: int) -> list[float]:
    ranges = [
        max(after.high - after.low, abs(after.high - before.close), abs(after.low - before.close))
        for before, after in pairwise(bars)
    ]
    return wilder(ranges, period)


def values_of(indicator: WilderRSI | ATR) -> list[float]:
    """Return its value after each bar."""
    values = []
    for each in BARS:
        indicator.update(each)
        values.append(indicator.value)
    return values


@pytest.mark.parametrize("period", [2, 14])
def test_rsi_is_wilders_from_the_bar_of_its_period_on(period: int) -> None:
    rsi = WilderRSI(period)
    values = values_of(rsi)
    assert all(isnan(value) for value in values[:period])
    assert values[period:] == pytest.approx(reference_rsi(BARS, period), rel=1e-9)


def test_rsi_of_a_flat_market_is_0() -> None:
    assert feed(WilderRSI(3), dashes(5, 5, 5, 5, 5)).value == 0


def test_rsi_of_a_market_that_only_rises_is_100() -> None:
    assert feed(WilderRSI(3), dashes(1, 2, 3, 4, 5)).value == 100


def test_rsi_remembers_its_previous_value() -> None:
    before = feed(WilderRSI(3), BARS[:-1]).value
    assert feed(WilderRSI(3), BARS).previous == before


@pytest.mark.parametrize("period", [1, 14])
def test_atr_is_wilders_and_leaves_the_first_bar_out(period: int) -> None:
    atr = ATR(period)
    values = values_of(atr)
    assert all(isnan(value) for value in values[:period])
    assert values[period:] == pytest.approx(reference_atr(BARS, period), rel=1e-12)


def test_atr_remembers_its_previous_value() -> None:
    assert feed(ATR(14), BARS).previous == feed(ATR(14), BARS[:-1]).value


def test_atr_counts_the_gap_from_the_previous_close() -> None:
    assert feed(ATR(1), [bar(0, 100), bar(1, 90, high=91, low=89)]).value == 11


def test_sma_is_the_mean_of_its_window() -> None:
    assert feed(SMA(20), BARS).value == pytest.approx(fmean(each.close for each in BARS[-20:]), rel=1e-15)


def test_sma_averages_what_it_is_told_to() -> None:
    assert feed(SMA(2, volume), [bar(0, 9, volume=3), bar(1, 9, volume=5)]).value == 4


def test_bands_lie_population_deviations_around_the_mean_of_the_close() -> None:
    closes = [each.close for each in BARS[-20:]]
    bands = feed(BollingerBands(20, 2.5), BARS)
    assert bands.value == pytest.approx(fmean(closes), rel=1e-13)
    assert bands.lower == pytest.approx(fmean(closes) - 2.5 * pstdev(closes), rel=1e-13)
    assert bands.upper == pytest.approx(fmean(closes) + 2.5 * pstdev(closes), rel=1e-13)


def test_bands_remember_the_previous_ones() -> None:
    before, now = feed(BollingerBands(20, 2.0), BARS[:-1]), feed(BollingerBands(20, 2.0), BARS)
    assert (now.previous, now.previous_lower, now.previous_upper) == (before.value, before.lower, before.upper)


@pytest.mark.parametrize("price", [0.1, 100.1, 1e-7 / 3, 12345.678])
def test_bands_of_a_flat_market_lie_exactly_on_its_price(price: float) -> None:
    bands = feed(BollingerBands(20, 2.0), dashes(*[price] * 25))
    assert (bands.lower, bands.value, bands.upper) == (price, price, price)


def test_bands_tell_small_moves_on_a_high_price() -> None:
    bands = feed(BollingerBands(4, 1.0), dashes(1e9, 1e9 + 0.001, 1e9, 1e9 + 0.001))
    assert bands.upper - bands.lower == pytest.approx(0.001, rel=1e-3)


def test_what_depends_on_a_window_forgets_everything_before_it() -> None:
    wild = [bar(index, 1e12 if index % 2 else 1e-9, volume=1e15) for index in range(50)]
    for source in (close, volume):
        assert feed(SMA(20, source), wild + BARS).value == feed(SMA(20, source), BARS[-20:]).value
    long, short = feed(BollingerBands(20, 2.0), wild + BARS), feed(BollingerBands(20, 2.0), BARS[-20:])
    assert (long.lower, long.value, long.upper) == (short.lower, short.value, short.upper)


def test_no_indicator_has_a_value_before_its_window_is_full() -> None:
    for indicator in (SMA(5), BollingerBands(5, 2.0)):
        assert isnan(feed(indicator, BARS[:4]).value)
        assert not indicator.ready
        assert feed(indicator, BARS[4:5]).ready


@pytest.mark.parametrize("indicator", [Last(), SMA(7), BollingerBands(7, 2.0)])
def test_once_warmed_up_there_is_a_previous_value_too(indicator: Last | SMA | BollingerBands) -> None:
    assert not isnan(feed(indicator, BARS[: indicator.warm_up + 1]).previous)
