"""Time limit: sell when a position has been held long enough."""

from strategies.bar import Bar
from strategies.base import ExitMixin, Marks, Position
from strategies.params import Count, ExitParams, NonNegativeFloat


class TimeBasedExitParams(ExitParams):
    """Parameters of TimeBasedExitMixin."""

    max_bars: Count = 20
    """Bars since the entry signal's bar after which the position is closed."""
    use_time: bool = False
    """Count minutes by `max_minutes` instead of bars."""
    max_minutes: NonNegativeFloat = 60.0
    """Minutes since the entry signal's bar after which the position is closed, on the close of the next bar."""


class TimeBasedExitMixin(ExitMixin[TimeBasedExitParams, Marks]):
    """Exit when the position has been held for so many bars, or minutes."""

    reasons = ("time_limit",)

    def open(self, bar: Bar) -> Marks:
        """Remember nothing: the position knows its age."""
        return Marks()

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        """Say why to close this position on this bar's close, or None."""
        if self.params.use_time:
            minutes = (bar.time - position.entry_time).total_seconds() / 60
            return "time_limit" if minutes >= self.params.max_minutes else None
        return "time_limit" if position.bars_held >= self.params.max_bars else None
