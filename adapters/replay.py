"""A file of bars as a market that waits for the bot: it goes on where the bot left off."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime

from adapters.instrument import InstrumentSpec
from strategies.bar import Bar


class Replay:
    """The bars of a file, from the first to the last."""

    def __init__(self, spec: InstrumentSpec, bars: Sequence[Bar]) -> None:
        self.spec = spec
        self._bars = bars
        self._times = [bar.time for bar in bars]

    def history(self, until: datetime | None, count: int) -> list[Bar]:
        """Return the bars that end with the one opened at `until`; there is nothing before the file begins."""
        end = 0 if until is None else bisect_right(self._times, until)
        return list(self._bars[max(0, end - count) : end])

    def after(self, time: datetime | None) -> Iterator[Bar]:
        """Yield the rest of the file."""
        begin = 0 if time is None else bisect_right(self._times, time)
        yield from self._bars[begin:]
