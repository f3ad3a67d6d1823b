"""What can be traded and in which steps, as values."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

# Longest first: BTCUSDT is BTC against USDT, not BTCUS against DT.
QUOTE_CURRENCIES = (
    "FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "TRY", "BRL",
    "BTC", "ETH", "BNB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """A spot instrument: prices and `min_notional` in the quote currency, sizes in units of the base."""

    symbol: str
    base: str
    quote: str
    price_step: Decimal
    size_step: Decimal
    min_quantity: Decimal
    min_notional: Decimal = Decimal(0)

    def round_price(self, price: float | Decimal) -> Decimal:
        """Return the price on the instrument's grid, the nearest step."""
        return (
            Decimal(price).quantize(self.price_step)
            if _is_power_of_ten(self.price_step)
            else _snap(Decimal(price), self.price_step)
        )

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
    step = size_step or Decimal(1).scaleb(-max(size_decimals, 6))
    return InstrumentSpec(
        symbol=symbol,
        base=base,
        quote=quote,
        price_step=price_step or Decimal(1).scaleb(-price_decimals),
        size_step=step,
        min_quantity=step,
        min_notional=min_notional or Decimal(0),
    )


def _is_power_of_ten(step: Decimal) -> bool:
    return step.as_tuple().digits == (1,)


def _snap(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value() * step
