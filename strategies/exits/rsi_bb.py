"""RSI and Bollinger Bands: sell when an overbought market turns and falls back through its upper band."""

from strategies.bar import Bar
from strategies.base import ExitMixin, Marks, Position
from strategies.indicators.averages import Last
from strategies.indicators.momentum import WilderRSI
from strategies.indicators.volatility import BollingerBands
from strategies.params import ExitParams, NonNegativeFloat, Oscillator, Period


class RSIBBExitParams(ExitParams):
    """Parameters of RSIBBExitMixin."""

    rsi_period: Period = 14
    """Bars over which the RSI is smoothed."""
    rsi_overbought: Oscillator = 70.0
    """RSI, 0 to 100, through which it must fall."""
    bb_period: Period = 20
    """Bars of the Bollinger Bands' average."""
    bb_dev: NonNegativeFloat = 2.0
    """Distance of the bands from their average, in standard deviations of the close."""


class RSIBBExitMixin(ExitMixin[RSIBBExitParams, Marks]):
    """Exit when, on the same bar, RSI falls through overbought and the close through the upper band."""

    reasons = ("rsi_bb",)

    def __init__(self, params: RSIBBExitParams) -> None:
        super().__init__(params)
        self.close = self.track(Last())
        self.rsi = self.track(WilderRSI(params.rsi_period))
        self.bands = self.track(BollingerBands(params.bb_period, params.bb_dev))

    def open(self, bar: Bar) -> Marks:
        """Remember nothing: this exit looks at the market alone."""
        return Marks()

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        """Say why to close this position on this bar's close, or None."""
        rsi_falls = self.rsi.previous >= self.params.rsi_overbought > self.rsi.value
        close_falls = self.close.previous >= self.bands.previous_upper and bar.close < self.bands.upper
        return "rsi_bb" if rsi_falls and close_falls else None
