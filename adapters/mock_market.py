"""A simulated market: the same seed gives the same bars, each of which can be had without the ones before it."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from adapters.instrument import InstrumentSpec
from strategies.bar import Bar

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
"""Where a quickened market begins; there are bars before it, for warm-up."""

_BLOCK = 512
_OCTAVES = 8
_START_PRICE = 100.0
# Volatility of one bar; a bar four times as long moves twice as much.
_MINUTE_VOLATILITY = 0.0012
_SLOW_SWING = 0.08


class MockMarket:
    """Bars of a random walk that is tied down once a block, so that any block can be made alone.

    The level at a block's ends is slow noise around the start price; between them runs a Brownian bridge. Memory and
    the cost of a bar do not depend on how long the market has been running.

    Parameters
    ----------
    spec : InstrumentSpec
        What is traded, in which steps.
    interval : timedelta
        The length of a bar.
    seed : int
        Which of the possible markets it is.
    """

    def __init__(self, spec: InstrumentSpec, interval: timedelta, seed: int) -> None:
        self.spec = spec
        self.interval = interval
        self._seed = seed
        self._step = float(spec.price_step)
        self._decimals = spec.price_decimals
        self._volatility = _MINUTE_VOLATILITY * math.sqrt(interval / timedelta(minutes=1))
        self._block = lru_cache(maxsize=4)(self._make_block)

    def index(self, time: datetime) -> int:
        """Return the number of the bar that `time` lies in; bar 0 begins at BEGIN."""
        return (time - BEGIN) // self.interval

    def bar(self, index: int) -> Bar:
        """Return one bar."""
        return self._block(index // _BLOCK)[index % _BLOCK]

    def history(self, until: datetime | None, count: int) -> list[Bar]:
        """Return the `count` bars that end with the one opened at `until`."""
        end = 0 if until is None else self.index(until) + 1
        return [self.bar(index) for index in range(end - count, end)]

    def after(self, time: datetime | None) -> Iterator[Bar]:
        """Yield bars for ever."""
        index = 0 if time is None else self.index(time) + 1
        while True:
            yield self.bar(index)
            index += 1

    def _make_block(self, block: int) -> list[Bar]:
        rng = random.Random(f"{self._seed}/{self.spec.symbol}/{block}")
        begin, end = self._level(block), self._level(block + 1)
        steps = [rng.gauss(0.0, self._volatility) for _ in range(_BLOCK)]
        drift = (end - begin - math.fsum(steps)) / _BLOCK
        bars, level, first = [], begin, BEGIN + self.interval * block * _BLOCK
        for number, step in enumerate(steps):
            opened, level = level, level + step + drift
            reach = self._volatility * 0.6
            high = max(opened, level) + abs(rng.gauss(0.0, reach))
            low = min(opened, level) - abs(rng.gauss(0.0, reach))
            volume = 10.0 * math.exp(rng.gauss(0.0, 0.6)) * (1 + 40 * abs(step))
            open_, high, low, close = map(self._price, (opened, high, low, level))
            bars.append(Bar(first + self.interval * number, open_, high, low, close, round(volume, 6)))
        return bars

    def _price(self, level: float) -> float:
        steps = max(round(_START_PRICE * math.exp(level) / self._step), 1)
        return round(steps * self._step, self._decimals)

    def _level(self, block: int) -> float:
        """Return the logarithm of price over start price at a block's beginning: value noise in several octaves."""
        total = 0.0
        for octave in range(_OCTAVES):
            span = 1 << octave
            left, rest = divmod(block, span)
            a, b = (self._noise(octave, left + side) for side in (0, 1))
            total += (a + (b - a) * rest / span) * _SLOW_SWING * math.sqrt(span) / _OCTAVES
        return total

    def _noise(self, octave: int, point: int) -> float:
        return random.Random(f"{self._seed}/{self.spec.symbol}/{octave}/{point}").uniform(-1.0, 1.0)
