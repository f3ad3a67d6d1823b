"""The last bars that a bot has seen, for those who look: a bounded number, in memory."""

from collections import deque

from strategies.bar import Bar

MOST = 1000


class RecentBars:
    """Remembers the last bars."""

    def __init__(self) -> None:
        self._bars: deque[Bar] = deque(maxlen=MOST)

    def saw(self, bar: Bar) -> None:
        """Remember a bar; one that is told again after a restart of the strategy is known."""
        if not self._bars or bar.time > self._bars[-1].time:
            self._bars.append(bar)

    def last(self, count: int) -> list[Bar]:
        """Return the last bars, oldest first."""
        return list(self._bars)[-count:]
