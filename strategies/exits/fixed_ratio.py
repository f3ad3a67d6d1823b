"""Fixed ratio: sell at a fixed gain or a fixed loss."""

from strategies.bar import Bar
from strategies.base import ExitMixin, Marks, Position
from strategies.params import ExitParams, NonNegativeFloat, Ratio


class FixedRatioExitParams(ExitParams):
    """Parameters of FixedRatioExitMixin."""

    take_profit: NonNegativeFloat = 0.1
    """Gain on the fill, as a share of it, at which the position is closed: 0.1 is 10 %."""
    stop_loss: Ratio = 0.05
    """Loss on the fill, as a share of it, at which the position is closed: 0.05 is 5 %."""


class FixedRatioExitMixin(ExitMixin[FixedRatioExitParams, Marks]):
    """Exit when the close lies far enough above or below the fill."""

    reasons = ("take_profit", "stop_loss")

    def open(self, bar: Bar) -> Marks:
        """Remember nothing: the position knows its fill."""
        return Marks()

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        """Say why to close this position on this bar's close, or None."""
        gain = (bar.close - position.entry_price) / position.entry_price
        if gain >= self.params.take_profit:
            return "take_profit"
        if gain <= -self.params.stop_loss:
            return "stop_loss"
        return None
