"""Trailing stop: sell when price falls back from its best close since the entry."""

from dataclasses import dataclass

from strategies.bar import Bar
from strategies.base import ExitMixin, Marks, Position
from strategies.indicators.volatility import ATR
from strategies.params import ExitParams, NonNegativeFloat, Period, Ratio


class TrailingStopExitParams(ExitParams):
    """Parameters of TrailingStopExitMixin."""

    trail_pct: Ratio = 0.02
    """Distance of the stop below the best close, as a share of it: 0.02 is 2 %."""
    activation_pct: NonNegativeFloat = 0.0
    """Gain on the fill, as a share of it, that the close must show for the stop to act; 0 lets it always act."""
    use_atr: bool = False
    """Measure the distance in current average true ranges instead of `trail_pct`."""
    atr_multiplier: NonNegativeFloat = 2.0
    """That distance, in average true ranges."""
    atr_period: Period = 14
    """Bars over which the true range is smoothed."""


@dataclass(slots=True)
class TrailingStopMarks(Marks):
    """The highest close since the entry signal's bar, that bar excluded, in the quote currency; None on it."""

    best_close: float | None = None


class TrailingStopExitMixin(ExitMixin[TrailingStopExitParams, TrailingStopMarks]):
    """Exit when the close is below the best close since the entry less a share of it, or a multiple of the ATR."""

    reasons = ("trailing_stop",)

    def __init__(self, params: TrailingStopExitParams) -> None:
        super().__init__(params)
        self.atr = self.track(ATR(params.atr_period)) if params.use_atr else None

    def open(self, bar: Bar) -> TrailingStopMarks:
        """Start without a mark: the entry's own close does not count."""
        return TrailingStopMarks()

    def follow(self, bar: Bar, marks: TrailingStopMarks) -> None:
        """Raise the mark to this bar's close."""
        if marks.best_close is None or bar.close > marks.best_close:
            marks.best_close = bar.close

    def should_exit(self, bar: Bar, position: Position[TrailingStopMarks]) -> str | None:
        """Say why to close this position on this bar's close, or None."""
        best = position.marks.best_close
        if best is None or not self._active(bar.close, position.entry_price):
            return None
        if self.atr is None:
            stop = best * (1 - self.params.trail_pct)
        else:
            stop = best - self.atr.value * self.params.atr_multiplier
        return "trailing_stop" if bar.close < stop else None

    def _active(self, close: float, entry_price: float) -> bool:
        wanted = self.params.activation_pct
        # 0 means "always", also while the position loses: hence not simply gain >= 0.
        return wanted == 0 or (close - entry_price) / entry_price >= wanted
