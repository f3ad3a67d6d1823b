"""Where bars are missing between others: what a venue's own calendar says should be there and is not. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from strategies.bar import Bar

_SHOWN = 5


@dataclass(slots=True)
class Gaps:
    """Counts gaps while bars go by, and remembers the first few.

    Parameters
    ----------
    interval : timedelta
        The length of a bar.
    next_close : callable
        When the next bar closes after a moment; None on a market that never closes.
    """

    interval: timedelta
    next_close: Callable[[datetime], datetime | None]
    count: int = 0
    first_few: list[tuple[datetime, datetime]] = field(default_factory=list)
    _last: datetime | None = None

    def watched(self, bars: Iterable[Bar]) -> Iterator[Bar]:
        """Yield bars while counting the gaps between them."""
        for bar in bars:
            self.see(bar.time)
            yield bar

    def see(self, time: datetime) -> None:
        """Take the opening of the next bar."""
        if self._last is not None and self.is_gap(self._last, time):
            self.count += 1
            if len(self.first_few) < _SHOWN:
                self.first_few.append((self._last, time))
        self._last = time

    def is_gap(self, earlier: datetime, later: datetime) -> bool:
        """Say whether a bar should be between two that opened then: nights and holidays are no gaps."""
        if later - earlier <= self.interval:
            return False
        expected = self.next_close(self._close_of(earlier))
        return expected is None or expected < self._close_of(later)

    def is_late(self, begin: datetime, first: datetime) -> bool:
        """Say whether a bar should be between a moment and the first bar that opened then."""
        expected = self.next_close(begin)
        return first >= begin + self.interval if expected is None else expected < self._close_of(first)

    def lines(self) -> list[str]:
        """Return what there is to tell."""
        if not self.count:
            return []
        told = [f"  after {one:%Y-%m-%d %H:%M} comes {other:%Y-%m-%d %H:%M}" for one, other in self.first_few]
        more = self.count - len(told)
        return [
            f"{gaps_words(self.count)}, in which the venue has no bars; a missing bar is no bar to a backtest",
            *told,
            *([f"  and {more:,} more"] if more else []),
        ]

    def _close_of(self, opened: datetime) -> datetime:
        return self.next_close(opened) or opened + self.interval


def gaps_words(count: int) -> str:
    """Return a number of gaps in words."""
    return {0: "no gap", 1: "1 gap"}.get(count, f"{count:,} gaps")
