"""How much to buy. Pure; money in the quote currency, sizes in units of the base."""

from dataclasses import dataclass
from decimal import Decimal

from adapters.instrument import InstrumentSpec
from bots.trading.book import Book
from bots.trading.risk import Refusal


@dataclass(frozen=True, slots=True)
class Sizing:
    """What decides an order's size: fractions of equity, and the commission as a fraction of the order's value.

    `cushion` is left of the cash, as a fraction of the value: a real order is filled a little above the bar's close.
    """

    position_size: Decimal
    max_exposure: Decimal | None
    commission: Decimal
    cushion: Decimal = Decimal(0)


def entry_quantity(sizing: Sizing, spec: InstrumentSpec, book: Book, price: Decimal) -> Decimal | Refusal:
    """Return the units to buy at `price`, or why that cannot be.

    The size is a fraction of equity, cut to the exposure that is still allowed and to the cash that is there
    (commission and cushion included), and rounded down to the instrument's step.
    """
    if price <= 0:
        return Refusal("price_step", f"the price is nought in steps of {spec.price_step}")
    equity = book.equity(price)
    value = equity * sizing.position_size
    if sizing.max_exposure is not None:
        room = equity * sizing.max_exposure - book.position * price
        if room <= 0:
            return Refusal("max_exposure", f"{_share(book.position * price, equity)} of at most {sizing.max_exposure}")
        value = min(value, room)
    value = min(value, book.cash / (1 + sizing.commission + sizing.cushion))
    quantity = spec.round_size_down(value / price) if value > 0 else Decimal(0)
    if quantity < spec.min_quantity:
        return Refusal(
            "position_size",
            f"{value:.2f} {spec.quote} buy less than the least size {spec.min_quantity} {spec.base}",
        )
    if quantity * price < spec.min_notional:
        return Refusal(
            "position_size",
            f"an order of {quantity * price:.2f} {spec.quote} is below the least value {spec.min_notional}",
        )
    return quantity.normalize()


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole:.2f}" if whole > 0 else "all"
