"""A journal for backtests: it remembers what a report needs and forgets the rest."""

from collections.abc import Callable

from bots.trading.events import Event
from bots.trading.halts import Halt
from bots.trading.keeping import Change, TraderState
from bots.trading.records import EquityPoint, Trade


class MemoryJournal:
    """Keeps trades, events and the equity curve in lists; `halt` is one that stands already."""

    def __init__(self, halt: Halt | None = None) -> None:
        self._halt = halt
        self.trades: list[Trade] = []
        self.equity: list[EquityPoint] = []
        self.events: list[Event] = []

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Append a change; a bar's later equity replaces its earlier one."""
        self.trades += change.trades
        self.events += change.events
        if change.lifted or change.halt is not None:
            self._halt = change.halt
        for point in change.equity:
            if self.equity and self.equity[-1].time == point.time:
                self.equity[-1] = point
            else:
                self.equity.append(point)

    def standing_halt(self) -> Halt | None:
        """Return the halt that was not lifted."""
        return self._halt
