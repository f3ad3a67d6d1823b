"""Paper money on a real market: where its orders are filled."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.live.line import Line
from adapters.live.source import Quote

if TYPE_CHECKING:
    from nautilus_trader.model.orders import Order


def best_price(last_quote: Callable[[], Quote | None], line: Line) -> "Callable[[Order], Decimal | None]":
    """Return what fills a buy at the ask and a sell at the bid; without a living feed there is no price."""

    def price_of(order: "Order") -> Decimal | None:
        last = last_quote()
        if last is None or not line.is_up:
            return None
        return last.ask if order.is_buy else last.bid

    return price_of
