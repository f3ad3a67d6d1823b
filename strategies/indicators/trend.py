"""Where price is heading: SuperTrend and Ichimoku."""

from collections import deque
from math import fsum, isnan, nan

from strategies.bar import Bar
from strategies.indicators.volatility import true_range

DISPLACEMENT = 26
"""Bars by which Ichimoku's cloud is drawn ahead of the bar that it is computed from."""


class SuperTrend:
    """A stop line that trails price at `multiplier` mean true ranges and flips sides when a close reaches it.

    `value` is the line in the quote currency; `up` says whether it lies below price.
    """

    __slots__ = ("_close", "_window", "multiplier", "period", "previous", "ready", "up", "value", "warm_up")

    def __init__(self, period: int, multiplier: float) -> None:
        self.period = period
        self.multiplier = multiplier
        self.warm_up = period
        self.value = nan
        self.previous = nan
        self.up = False  # an entry that asks for "up" waits until there is a line
        self.ready = False
        self._close = nan
        self._window: deque[float] = deque(maxlen=period)

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        previous_close, self._close = self._close, bar.close
        if isnan(previous_close):
            return
        window = self._window
        window.append(true_range(bar, previous_close))
        if len(window) < self.period:
            return
        middle = (bar.high + bar.low) / 2
        width = self.multiplier * (fsum(window) / self.period)
        lower, upper = middle - width, middle + width
        line = self.previous = self.value
        if not self.ready:
            self.ready = True
            self.up, self.value = True, lower
        elif self.up:
            self.up = bar.close > line
            self.value = max(lower, line) if self.up else upper
        else:
            self.up = bar.close >= line
            self.value = lower if self.up else min(upper, line)

    def go_on_from(self, line: float, *, up: bool) -> None:
        """Take up a line that was kept: it depends on every bar since it last flipped, however long ago."""
        self.value, self.up, self.ready = line, up, True


class _Middle:
    """Half-way between highest high and lowest low of the last `period` bars.

    Two queues hold only the bars that can still become the extreme, so that a window of 52 costs as little as one of 9.
    """

    __slots__ = ("_highs", "_index", "_lows", "period", "value")

    def __init__(self, period: int) -> None:
        self.period = period
        self.value = nan
        self._index = -1
        self._highs: deque[tuple[float, int]] = deque()
        self._lows: deque[tuple[float, int]] = deque()

    def update(self, high: float, low: float) -> None:
        """Take in the next closed bar."""
        highs, lows = self._highs, self._lows
        self._index = index = self._index + 1
        gone = index - self.period
        while highs and highs[-1][0] <= high:
            highs.pop()
        highs.append((high, index))
        if highs[0][1] == gone:
            highs.popleft()
        while lows and lows[-1][0] >= low:
            lows.pop()
        lows.append((low, index))
        if lows[0][1] == gone:
            lows.popleft()
        if gone >= -1:
            self.value = (highs[0][0] + lows[0][0]) / 2


class Ichimoku:
    """Ichimoku's conversion and base lines, and the cloud drawn for this bar 26 bars ago, in the quote currency."""

    __slots__ = (
        "_kijun",
        "_senkou",
        "_spans",
        "_tenkan",
        "kijun",
        "previous_tenkan",
        "ready",
        "span_a",
        "span_b",
        "tenkan",
        "warm_up",
    )

    def __init__(self, tenkan_period: int, kijun_period: int, senkou_period: int) -> None:
        self.warm_up = max(tenkan_period, kijun_period, senkou_period) + DISPLACEMENT - 1
        self.tenkan = self.previous_tenkan = self.kijun = nan
        self.span_a = self.span_b = nan
        self.ready = False
        self._tenkan = _Middle(tenkan_period)
        self._kijun = _Middle(kijun_period)
        self._senkou = _Middle(senkou_period)
        self._spans: deque[tuple[float, float]] = deque(maxlen=DISPLACEMENT + 1)

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        high, low = bar.high, bar.low
        self._tenkan.update(high, low)
        self._kijun.update(high, low)
        self._senkou.update(high, low)
        self.previous_tenkan, self.tenkan, self.kijun = self.tenkan, self._tenkan.value, self._kijun.value
        self._spans.append(((self.tenkan + self.kijun) / 2, self._senkou.value))
        if len(self._spans) > DISPLACEMENT:
            self.span_a, self.span_b = self._spans[0]
            self.ready = not (isnan(self.span_a) or isnan(self.span_b))

    @property
    def cloud_top(self) -> float:
        """The upper edge of the cloud over this bar; span A alone while span B has no value."""
        return self.span_a if isnan(self.span_b) else max(self.span_a, self.span_b)
