"""How far price swings: true range, its average, and bands around the mean."""

from collections import deque
from math import fsum, isnan, nan, sqrt, sumprod

from strategies.bar import Bar


def true_range(bar: Bar, previous_close: float) -> float:
    """Return the bar's range, gap from the previous close included, in the quote currency."""
    return max(bar.high, previous_close) - min(bar.low, previous_close)


class ATR:
    """Average True Range in the quote currency, as TA-Lib has it: plain mean first, Wilder's smoothing after.

    The first bar has no previous close and is left out, so that the first value comes at index `period`.
    """

    __slots__ = ("_close", "_seed", "period", "previous", "ready", "value", "warm_up")

    def __init__(self, period: int) -> None:
        self.period = period
        self.warm_up = period
        self.value = nan
        self.previous = nan
        self.ready = False
        self._close = nan
        self._seed: list[float] = []

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        previous_close, self._close = self._close, bar.close
        if isnan(previous_close):
            return
        reach = true_range(bar, previous_close)
        if self.ready:
            self.previous = self.value
            self.value = (self.value * (self.period - 1) + reach) / self.period
            return
        self._seed.append(reach)
        if len(self._seed) == self.period:
            self.value = fsum(self._seed) / self.period
            self.ready = True
            self._seed.clear()


class BollingerBands:
    """Simple moving average of the close, +/- `deviations` population standard deviations, in the quote currency."""

    __slots__ = (
        "_window",
        "deviations",
        "lower",
        "period",
        "previous",
        "previous_lower",
        "previous_upper",
        "ready",
        "upper",
        "value",
        "warm_up",
    )

    def __init__(self, period: int, deviations: float) -> None:
        self.period = period
        self.deviations = deviations
        self.warm_up = period  # one bar later than the first value, so that the previous bands exist as well
        self.value = self.lower = self.upper = nan
        self.previous = self.previous_lower = self.previous_upper = nan
        self.ready = False
        self._window: deque[float] = deque(maxlen=period)

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        window, close, period = self._window, bar.close, self.period
        window.append(close)
        if len(window) < period:
            return
        self.previous, self.previous_lower, self.previous_upper = self.value, self.lower, self.upper
        # Measured from the close, not from 0: nothing cancels, and a flat market has bands exactly on its price.
        distances = [price - close for price in window]
        mean = fsum(distances) / period
        variance = sumprod(distances, distances) / period - mean * mean
        width = self.deviations * sqrt(variance) if variance > 0 else 0.0
        self.value = close + mean
        self.lower = self.value - width
        self.upper = self.value + width
        self.ready = True
