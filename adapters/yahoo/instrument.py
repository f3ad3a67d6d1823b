"""A symbol of Yahoo's as an instrument, and its prices in the money that people count in."""

from dataclasses import dataclass, replace

from adapters.feeds import FeedSettings
from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.yahoo.chart import Meta, Row
from adapters.yahoo.market import is_crypto

# London is quoted in pence, Johannesburg in cents, Tel Aviv in agorot.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS"}
# Yahoo's prices are of single precision: these further decimals hold what is true of them.
_FINER = 2


@dataclass(frozen=True, slots=True)
class Money:
    """How a chart's numbers become prices: divided by `divisor`, rounded to `decimals`."""

    currency: str
    divisor: int
    decimals: int

    def priced(self, rows: tuple[Row, ...]) -> list[Row]:
        """Return rows with prices."""
        return [
            Row(row.time, self._price(row.open), self._price(row.high), self._price(row.low), self._price(row.close),
                row.volume)
            for row in rows
        ]  # fmt: skip

    def _price(self, number: float) -> float:
        return round(number / self.divisor, self.decimals)


def money_of(meta: Meta) -> Money:
    """Return the currency and the precision of a chart's prices."""
    currency = _HUNDREDTHS.get(meta.currency)
    if currency is not None:
        return Money(currency, 100, meta.price_hint + 2 + _FINER)
    return Money(meta.currency.upper(), 1, meta.price_hint + _FINER)


def instrument_guessed(settings: FeedSettings) -> InstrumentSpec:
    """Return the instrument that a symbol's form speaks of."""
    return _instrument(settings, "", 2, 4)


def instrument_told(settings: FeedSettings, meta: Meta) -> InstrumentSpec:
    """Return the instrument that a chart speaks of: its price step is the last decimal that Yahoo shows."""
    money = money_of(meta)
    return _instrument(settings, money.currency, money.decimals - _FINER, money.decimals)


def _instrument(settings: FeedSettings, currency: str, step_decimals: int, decimals: int) -> InstrumentSpec:
    spec = simulated_instrument(
        settings.symbol,
        price_step=settings.price_step,
        size_step=settings.size_step,
        min_notional=settings.min_notional,
        price_decimals=step_decimals,
    )
    base, quote = _pair(settings.symbol)
    return replace(
        spec, base=base, quote=currency or quote or spec.quote, price_decimals=max(spec.price_decimals, decimals)
    )


def _pair(symbol: str) -> tuple[str, str]:
    """Return (base, quote) of EURUSD=X, of JPY=X, which is the dollar in yen, and of BTC-USD; a share is its own."""
    if symbol.endswith("=X"):
        codes = symbol.removesuffix("=X")
        return (codes[:3], codes[3:]) if len(codes) == 6 else ("USD", codes)
    if is_crypto(symbol):
        base, _, quote = symbol.partition("-")
        return base, quote
    return symbol, ""
