"""RSI, volume and SuperTrend: buy a dip with conviction while the trend is up."""

from strategies.bar import Bar
from strategies.base import EntryMixin
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

    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close."""
        return (
            self.rsi.value <= self.params.rsi_oversold
            and bar.volume > self.average_volume.value * self.params.min_volume_ratio
            and self.supertrend.up
        )
