"""What can be traded and in which steps, as values."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

# Longest first: BTCUSDT is BTC against USDT, not BTCUS against DT.
QUOTE_CURRENCIES = (
    "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "TRY", "BRL",
    "BTC", "ETH", "BNB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """A spot instrument: prices and `min_notional` in the quote currency, sizes in units of the base.

    Orders keep to the steps; bars may show more decimals than the steps have, never fewer.
    """

    symbol: str
    base: str
    quote: str
    price_step: Decimal
    size_step: Decimal
    min_quantity: Decimal
    price_decimals: int
    size_decimals: int
    min_notional: Decimal = Decimal(0)

    def round_price(self, price: float | Decimal) -> Decimal:
        """Return the price on the instrument's grid, the nearest step."""
        decimals = _decimals_of_power(self.price_step)
        if decimals is None:
            return (Decimal(price) / self.price_step).to_integral_value() * self.price_step
        # Written and read again: the same digits as `quantize` gives, in half the time, on every bar.
        return Decimal(f"{price:.{decimals}f}")

    def round_size_down(self, quantity: Decimal) -> Decimal:
        """Return the largest tradable size that does not exceed `quantity`."""
        return (quantity / self.size_step).to_integral_value(ROUND_DOWN) * self.size_step


def split_symbol(symbol: str) -> tuple[str, str]:
    """Return (base, quote) of a symbol: BTCUSDT, EUR.USD, ETH-BTC, EURUSD; a stock is quoted in USD."""
    upper = symbol.upper()
    for separator in (".", "/", "-"):
        base, _, quote = upper.partition(separator)
        # BRK-B is a class of shares and SAP.DE a stock exchange: no currency's name is that short.
        if base and len(quote) >= 3:
            return base, quote
    for quote in QUOTE_CURRENCIES:
        if upper.endswith(quote) and len(upper) - len(quote) >= 3:
            return upper[: -len(quote)], quote
    return upper, "USD"


def simulated_instrument(
    symbol: str,
    *,
    price_step: Decimal | None,
    size_step: Decimal | None,
    min_notional: Decimal | None,
    price_decimals: int = 2,
    size_decimals: int = 6,
) -> InstrumentSpec:
    """Return the instrument of a market without an exchange; steps not given follow from the decimals.

    Sizes are never coarser than 0.000001 unless the document says so: a small account must be able to buy a part of
    an expensive share.
    """
    base, quote = split_symbol(symbol)
    smallest = size_step or _step(max(size_decimals, 6))
    price = price_step or _step(price_decimals)
    return InstrumentSpec(
        symbol=symbol,
        base=base,
        quote=quote,
        price_step=price,
        size_step=smallest,
        min_quantity=smallest,
        price_decimals=max(price_decimals, decimals_of(price)),
        size_decimals=max(size_decimals, decimals_of(smallest)),
        min_notional=min_notional or Decimal(0),
    )


def decimals_of(step: Decimal) -> int:
    """Return how many decimals it takes to write a step: 2 for 0.05, none for 10."""
    return max(0, -int(step.normalize().as_tuple().exponent))


def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


@lru_cache(maxsize=64)
def _decimals_of_power(step: Decimal) -> int | None:
    """Return the decimals of a step such as 0.01; None for steps such as 0.05 or 10."""
    _, digits, exponent = step.as_tuple()
    return -int(exponent) if digits == (1,) and int(exponent) <= 0 else None
