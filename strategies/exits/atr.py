"""Average True Range: a stop that trails the high, at a distance fixed on the day of the entry."""

from dataclasses import dataclass

from strategies.bar import Bar
from strategies.base import ExitMixin, Marks, Position
from strategies.indicators.volatility import ATR
from strategies.params import ExitParams, NonNegativeFloat, Period


class ATRExitParams(ExitParams):
    """Parameters of ATRExitMixin."""

    atr_period: Period = 14
    """Bars over which the true range is smoothed."""
    sl_multiplier: NonNegativeFloat = 2.0
    """Distance of the stop below the highest price since the entry, in average true ranges."""


@dataclass(slots=True)
class ATRMarks(Marks):
    """The average true range on the entry signal's bar and the highest price since, both in the quote currency."""

    atr: float
    high_water: float


class ATRExitMixin(ExitMixin[ATRExitParams, ATRMarks]):
    """Exit when the close is at or below the highest price so far less a multiple of the ATR at the entry."""

    reasons = ("atr_stop",)

    def __init__(self, params: ATRExitParams) -> None:
        super().__init__(params)
        self.atr = self.track(ATR(params.atr_period))

    def open(self, bar: Bar) -> ATRMarks:
        """Lock the ATR. The mark starts at the close: the bar's high lies before the entry."""
        return ATRMarks(atr=self.atr.value, high_water=bar.close)

    def follow(self, bar: Bar, marks: ATRMarks) -> None:
        """Raise the mark to this bar's high."""
        marks.high_water = max(marks.high_water, bar.high)

    def should_exit(self, bar: Bar, position: Position[ATRMarks]) -> str | None:
        """Say why to close this position on this bar's close, or None."""
        marks = position.marks
        # The ATR is locked and the mark never falls, hence neither does the stop.
        stop = marks.high_water - marks.atr * self.params.sl_multiplier
        return "atr_stop" if bar.close <= stop else None
