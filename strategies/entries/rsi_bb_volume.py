"""RSI, Bollinger Bands and volume: buy when an oversold market touches its lower band with conviction."""

from collections.abc import Mapping
from typing import ClassVar

from strategies.bar import Bar
from strategies.base import EntryMixin
from strategies.indicators.averages import SMA, volume
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.volatility import BollingerBands
from strategies.params import EntryParams, NonNegativeFloat, Oscillator, Period


class RSIBBVolumeEntryParams(EntryParams):
    """Parameters of RSIBBVolumeEntryMixin."""

    aliases: ClassVar[Mapping[str, str]] = {"oversold": "rsi_oversold"}

    rsi_period: Period = 14
    """Bars over which the RSI is smoothed."""
    rsi_oversold: Oscillator = 30.0
    """RSI, 0 to 100, at or below which the market is oversold."""
    bb_period: Period = 20
    """Bars of the Bollinger Bands' average."""
    bb_dev: NonNegativeFloat = 2.0
    """Distance of the bands from their average, in standard deviations of the close."""
    vol_ma_period: Period = 20
    """Bars of the average volume, this bar's included."""
    use_bb_touch: bool = True
    """Whether a close exactly on the lower band is enough; otherwise it must lie below."""
    min_volume_ratio: NonNegativeFloat = 1.1
    """Multiple of the average volume that this bar's volume must exceed."""


class RSIBBVolumeEntryMixin(EntryMixin[RSIBBVolumeEntryParams]):
    """Enter when RSI is oversold, the close is at or below the lower band and volume is well above its average."""

    def __init__(self, params: RSIBBVolumeEntryParams) -> None:
        super().__init__(params)
        self.rsi = self.track(WilderRSI(params.rsi_period))
        self.bands = self.track(BollingerBands(params.bb_period, params.bb_dev))
        self.average_volume = self.track(SMA(params.vol_ma_period, volume))

    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close."""
        lower = self.bands.lower
        return (
            self.rsi.value <= self.params.rsi_oversold
            and (bar.close <= lower if self.params.use_bb_touch else bar.close < lower)
            and bar.volume > self.average_volume.value * self.params.min_volume_ratio
        )
