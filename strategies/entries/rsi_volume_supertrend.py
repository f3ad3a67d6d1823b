"""RSI, volume and SuperTrend: buy a dip with conviction while the trend is up."""

from collections.abc import Mapping
from datetime import datetime

from strategies.bar import Bar
from strategies.base import EntryMixin, JsonObject, JsonScalar
from strategies.indicators.averages import SMA, volume
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.trend import SuperTrend
from strategies.params import EntryParams, NonNegativeFloat, Oscillator, Period


class RSIVolumeSupertrendEntryParams(EntryParams):
    """Parameters of RSIVolumeSupertrendEntryMixin."""

    rsi_period: Period = 14
    """Bars over which the RSI is smoothed."""
    rsi_oversold: Oscillator = 30.0
    """RSI, 0 to 100, at or below which the market is oversold."""
    vol_ma_period: Period = 20
    """Bars of the average volume, this bar's included."""
    min_volume_ratio: NonNegativeFloat = 1.5
    """Multiple of the average volume that this bar's volume must exceed."""
    st_period: Period = 10
    """Bars of SuperTrend's average true range."""
    st_multiplier: NonNegativeFloat = 3.0
    """Distance of SuperTrend's line from the middle of the bar, in average true ranges."""


class RSIVolumeSupertrendEntryMixin(EntryMixin[RSIVolumeSupertrendEntryParams]):
    """Enter when RSI is oversold and volume well above its average, while SuperTrend points up."""

    def __init__(self, params: RSIVolumeSupertrendEntryParams) -> None:
        super().__init__(params)
        self.rsi = self.track(WilderRSI(params.rsi_period))
        self.average_volume = self.track(SMA(params.vol_ma_period, volume))
        self.supertrend = self.track(SuperTrend(params.st_period, params.st_multiplier))
        self._seen: datetime | None = None
        self._kept: Mapping[str, JsonScalar] = {}

    def update(self, bar: Bar) -> None:
        """Take in the next closed bar; where it is the one that SuperTrend's line was kept on, go on from there."""
        super().update(bar)
        self._seen = bar.time
        if self._kept and self._kept["at"] == bar.time.isoformat():
            self.supertrend.go_on_from(float(self._kept["line"] or 0), up=bool(self._kept["up"]))
            self._kept = {}

    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close."""
        return (
            self.rsi.value <= self.params.rsi_oversold
            and bar.volume > self.average_volume.value * self.params.min_volume_ratio
            and self.supertrend.up
        )

    def state(self) -> JsonObject:
        """Return SuperTrend's line, the bar that it is on, and the parameters that drew it."""
        if self._kept:
            # Not taken up yet: the warm-up has not come to its bar.
            return dict(self._kept)
        trend = self.supertrend
        if self._seen is None or not trend.ready:
            return {}
        drawn_by = {"period": trend.period, "multiplier": trend.multiplier}
        return {"at": self._seen.isoformat(), "line": trend.value, "up": trend.up, **drawn_by}

    def restore(self, state: Mapping[str, JsonScalar]) -> None:
        """Keep a line for the bar that it was on; one that other parameters drew is worth nothing."""
        trend = self.supertrend
        if (state.get("period"), state.get("multiplier")) == (trend.period, trend.multiplier):
            self._kept = state
