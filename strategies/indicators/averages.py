"""Plain averages, and the last value itself."""

from collections import deque
from collections.abc import Callable
from math import fsum, nan
from operator import attrgetter

from strategies.bar import Bar

close: Callable[[Bar], float] = attrgetter("close")
volume: Callable[[Bar], float] = attrgetter("volume")


class Last:
    """This bar's close and the previous one's, for rules that ask what has been crossed."""

    __slots__ = ("previous", "value", "warm_up")

    def __init__(self) -> None:
        self.warm_up = 1
        self.value = nan
        self.previous = nan

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        self.previous = self.value
        self.value = bar.close


class SMA:
    """Simple moving average over the last `period` bars, of the close or of what `source` reads from a bar."""

    __slots__ = ("_source", "_window", "period", "previous", "ready", "value", "warm_up")

    def __init__(self, period: int, source: Callable[[Bar], float] = close) -> None:
        self.period = period
        self.warm_up = period  # one bar later than the first value, so that `previous` exists as well
        self.value = nan
        self.previous = nan
        self.ready = False
        self._source = source
        self._window: deque[float] = deque(maxlen=period)

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        window = self._window
        window.append(self._source(bar))
        if len(window) == self.period:
            self.previous = self.value
            self.value = fsum(window) / self.period
            self.ready = True
