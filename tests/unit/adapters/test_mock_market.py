"""The simulated market: the same seed gives the same bars, and each can be had alone."""

import time
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from itertools import islice, pairwise
from math import fsum

import pytest

from adapters.instrument import simulated_instrument
from adapters.mock_market import BEGIN, MockMarket
from strategies.bar import Bar

MINUTE = timedelta(minutes=1)


def market(seed: int = 1, step: str = "0.01", symbol: str = "BTCUSDT", interval: timedelta = MINUTE) -> MockMarket:
    spec = simulated_instrument(symbol, price_step=Decimal(step), size_step=None, min_notional=None)
    return MockMarket(spec, interval, seed)


def first(count: int, of: MockMarket) -> list[Bar]:
    return list(islice(of.after(None), count))


def test_the_same_seed_gives_the_same_bars() -> None:
    assert first(2000, market()) == first(2000, market())


def test_the_same_bars_come_in_every_version() -> None:
    """Whoever changes them changes every paper run that is going on."""
    assert market().bar(0) == Bar(BEGIN, 92.26, 92.33, 91.99, 92.13, 9.999297)


@pytest.mark.parametrize("other", [market(seed=2), market(symbol="ETHUSDT")])
def test_another_seed_or_symbol_is_another_market(other: MockMarket) -> None:
    assert [bar.close for bar in first(50, other)] != [bar.close for bar in first(50, market())]


@pytest.mark.parametrize("index", [0, 511, 512, 5000, -1, -700, 10**7])
def test_any_bar_can_be_had_without_those_before_it(index: int) -> None:
    whole = market()
    for near in range(index - 3, index + 3):
        whole.bar(near)
    assert market().bar(index) == whole.bar(index)


@pytest.mark.parametrize("step", ["0.01", "0.25", "5", "0.00001"])
def test_prices_are_valid_and_on_the_step(step: str) -> None:
    for bar in first(3000, market(step=step)):
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.low > 0
        assert bar.volume > 0
        for price in bar[1:5]:
            assert Decimal(str(price)) % Decimal(step) == 0


def test_a_bar_opens_where_the_one_before_it_closed_also_between_blocks() -> None:
    bars = first(1100, market())
    assert all(later.open == earlier.close for earlier, later in pairwise(bars))


def test_a_bar_four_times_as_long_moves_about_twice_as_much() -> None:
    def moved(interval: timedelta) -> float:
        bars = first(4000, market(interval=interval))
        return fsum(abs(bar.close / bar.open - 1) for bar in bars) / len(bars)

    assert moved(4 * MINUTE) / moved(MINUTE) == pytest.approx(2, rel=0.2)


def test_times_follow_one_another_from_the_beginning() -> None:
    assert [bar.time for bar in first(1100, market())] == [BEGIN + MINUTE * index for index in range(1100)]


def test_history_ends_where_trading_begins() -> None:
    made = market()
    past = made.history(None, 700)
    assert len(past) == 700
    assert past[-1].time == BEGIN - MINUTE
    assert past[-1] == made.bar(-1)


def test_history_ends_with_the_bar_asked_for_and_the_future_begins_after_it() -> None:
    until = BEGIN + 600 * MINUTE
    assert market().history(until, 3)[-1].time == until
    assert next(market().after(until)).time == until + MINUTE


def test_a_market_a_century_on_costs_what_it_costs_today() -> None:
    made = market()
    tracemalloc.start()
    begun = time.process_time()
    for index in range(0, 50_000_000, 512 * 5000):
        made.bar(index)
    took, (_, most) = time.process_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000
    assert took < 5
