"""RSI and Ichimoku: buy when an oversold market above its cloud closes back above its conversion line."""

from strategies.bar import Bar
from strategies.base import EntryMixin
from strategies.indicators.averages import Last
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.trend import Ichimoku
from strategies.params import EntryParams, Oscillator, Period


class RSIIchimokuEntryParams(EntryParams):
    """Parameters of RSIIchimokuEntryMixin."""

    rsi_period: Period = 14
    """Bars over which the RSI is smoothed."""
    rsi_oversold: Oscillator = 30.0
    """RSI, 0 to 100, at or below which the market is oversold."""
    tenkan_period: Period = 9
    """Bars of the conversion line."""
    kijun_period: Period = 26
    """Bars of the base line."""
    senkou_period: Period = 52
    """Bars of the cloud's second span."""


class RSIIchimokuEntryMixin(EntryMixin[RSIIchimokuEntryParams]):
    """Enter when RSI is oversold and the close, above the cloud, crosses the conversion line from below."""

    def __init__(self, params: RSIIchimokuEntryParams) -> None:
        super().__init__(params)
        self.close = self.track(Last())
        self.rsi = self.track(WilderRSI(params.rsi_period))
        self.ichimoku = self.track(Ichimoku(params.tenkan_period, params.kijun_period, params.senkou_period))

    def should_enter(self, bar: Bar) -> bool:
        """Say whether to buy on this bar's close."""
        return (
            bar.close > self.ichimoku.cloud_top
            and self.rsi.value <= self.params.rsi_oversold
            and self.close.previous <= self.ichimoku.previous_tenkan
            and bar.close > self.ichimoku.tenkan
        )
