"""RSI and Bollinger Bands: buy when an oversold market touches its lower band, or as it turns back up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import model_validator

from strategies.bar import Bar
from strategies.base import EntryMixin, JsonObject, JsonScalar
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.volatility import BollingerBands
from strategies.params import Count, EntryParams, NonNegativeFloat, Oscillator, Period


class RSIBBEntryParams(EntryParams):
    """Parameters of RSIBBEntryMixin."""

    rsi_period: Period = 14
    """Bars over which the RSI is smoothed."""
    rsi_oversold: Oscillator = 30.0
    """RSI, 0 to 100, at or below which the market is oversold."""
    bb_period: Period = 20
    """Bars of the Bollinger Bands' average."""
    bb_dev: NonNegativeFloat = 2.0
    """Distance of the bands from their average, in standard deviations of the close."""
    use_bb_touch: bool = True
    """Whether a close exactly on the lower band is enough; otherwise it must lie below."""
    rsi_cross: bool = False
    """Wait until RSI rises through `rsi_oversold`, instead of buying while it is at or below."""
    bb_reentry: bool = False
    """Require a close above the lower band, instead of one at or below; `use_bb_touch` then has no say."""
    cooldown_bars: Count = 0
    """Bars after an entry signal before the next one is heard; 0 and 1 wait for nothing."""

    @model_validator(mode="after")
    def _something_can_be_crossed(self) -> Self:
        if self.rsi_cross and self.rsi_oversold >= 100:
            raise ValueError("with rsi_cross, rsi_oversold must be below 100: RSI never rises through 100")
        return self


class RSIBBEntryMixin(EntryMixin[RSIBBEntryParams]):
    """Enter when RSI is oversold, or leaves it, and the close is at or below the lower band, or back above."""

    def __init__(self, params: RSIBBEntryParams) -> None:
        super().__init__(params)
        self.rsi = self.track(WilderRSI(params.rsi_period))
        self.bands = self.track(BollingerBands(params.bb_period, params.bb_dev))
        self._bars_since = 0  # bars after that of the last entry
        self._counted_to: datetime | None = None  # time of the last bar counted; None before any entry

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar."""
        super().update(bar)
        # A bar that comes again, in the warm-up after a restart, must not shorten the cool-down.
        if self._counted_to is not None and bar.time > self._counted_to:
            self._bars_since += 1
            self._counted_to = bar.time

    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close."""
        return not self._cooling_down() and self._rsi_agrees() and self._bands_agree(bar.close)

    def _cooling_down(self) -> bool:
        return self._counted_to is not None and self._bars_since < self.params.cooldown_bars

    def _rsi_agrees(self) -> bool:
        oversold = self.params.rsi_oversold
        if self.params.rsi_cross:
            return self.rsi.previous <= oversold < self.rsi.value
        return self.rsi.value <= oversold

    def _bands_agree(self, close: float) -> bool:
        lower = self.bands.lower
        if self.params.bb_reentry:
            return close > lower
        return close <= lower if self.params.use_bb_touch else close < lower

    def entered(self, bar: Bar) -> None:
        """Start the cool-down."""
        self._bars_since = 0
        self._counted_to = bar.time

    def state(self) -> JsonObject:
        """Return how far the cool-down is, and by which bar."""
        if self._counted_to is None:
            return {}
        return {"bars_since_entry": self._bars_since, "counted_to": self._counted_to.isoformat()}

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        """Go on with a cool-down."""
        if state:
            self._bars_since = int(state["bars_since_entry"] or 0)
            self._counted_to = datetime.fromisoformat(str(state["counted_to"]))
