"""Orders on paper: filled at once and whole, at the price on which they were decided. The rule of the mock broker."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from adapters.mock_account import mock_commission
from bots.trading.orders import Action
from bots.trading.trader import Trader
from strategies.desk import Cancel


def fill_on_paper(trader: Trader, actions: Iterable[Action], rate: Decimal, time: datetime) -> None:
    """Let a trader hear that its orders were filled; `rate` is the commission as a fraction of a fill's value."""
    for order in actions:
        if isinstance(order, Cancel):
            # Nothing rests anywhere on paper that could be taken back.
            continue
        trader.on_execution(
            trade_id=f"{order.client_order_id}.1",
            order_id=order.client_order_id,
            quantity=order.quantity,
            price=order.reference_price,
            commission=mock_commission(order.quantity, order.reference_price, rate),
            commission_currency=trader.terms.spec.quote,
            time=time,
            complete=True,
        )
