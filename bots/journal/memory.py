"""A journal for backtests: it remembers what a report needs and forgets the rest."""

from collections.abc import Callable

from bots.trading.events import Event
from bots.trading.keeping import Change, TraderState
from bots.trading.records import EquityPoint, Trade


class MemoryJournal:
    """Keeps trades, events and the equity curve in lists."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.equity: list[EquityPoint] = []
        self.events: list[Event] = []

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Append a change; a bar's later equity replaces its earlier one."""
        self.trades += change.trades
        self.events += change.events
        for point in change.equity:
            if self.equity and self.equity[-1].time == point.time:
                self.equity[-1] = point
            else:
                self.equity.append(point)

    def halt_lifted(self) -> bool:
        """Nobody resumes a backtest."""
        return False
