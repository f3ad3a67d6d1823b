"""Bars made up for one purpose each."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from strategies.bar import Bar
from strategies.base import Marks, Position

START = datetime(2024, 1, 1, tzinfo=UTC)


def bar(index: int, close: float, *, high: float | None = None, low: float | None = None, volume: float = 1.0) -> Bar:
    """Return the hourly bar of that index; without a high and a low it is a dash."""
    top, bottom = close if high is None else high, close if low is None else low
    return Bar(START + timedelta(hours=index), close, top, bottom, close, volume)


def dashes(*closes: float) -> list[Bar]:
    """Return bars that never left their close."""
    return [bar(index, close) for index, close in enumerate(closes)]


def random_walk(count: int, seed: int = 1) -> list[Bar]:
    """Return bars as uneven as real ones."""
    dice = random.Random(seed)
    bars, close = [], 100.0
    for index in range(count):
        close = max(1.0, close + dice.gauss(0, 1))
        high, low = close + dice.random(), close - dice.random()
        bars.append(bar(index, close, high=high, low=low, volume=dice.expovariate(0.01)))
    return bars


class Updatable(Protocol):
    """An indicator, a mixin or a whole strategy."""

    def update(self, bar: Bar) -> None: ...


def feed[U: Updatable](rule: U, bars: Iterable[Bar]) -> U:
    """Let it see these bars."""
    for each in bars:
        rule.update(each)
    return rule


def position[M: Marks](marks: M, *, entry_price: float = 100.0, bars_held: int = 1) -> Position[M]:
    """Return a position entered on bar 0."""
    return Position(entry_price, START, bars_held, marks)
