"""From an order as the bot means it to one as the gateway takes it. Pure."""

from decimal import Decimal

from ib_async.order import Order

from adapters.live.broker import OrderRequest


def order_for(request: OrderRequest, account: str) -> Order:
    """Return the gateway's order: at the market, or resting until it is cancelled, in regular hours only.

    Numbers are written as text, so that they arrive with the digits that were meant.
    """
    order = Order(
        action=request.side.upper(),
        totalQuantity=_text(request.quantity),  # type: ignore[arg-type]
        orderType="MKT",
        tif="DAY",
        account=account,
        orderRef=request.client_order_id,
        outsideRth=False,
    )
    if request.stop_price is not None:
        order.tif = "GTC"
        order.orderType = "STP" if request.limit_price is None else "STP LMT"
        order.auxPrice = request.stop_price
        if request.limit_price is not None:
            order.lmtPrice = request.limit_price
    return order


def order_type_name(request: OrderRequest) -> str:
    """Return what lists of permitted order types call it."""
    if request.stop_price is None:
        return "MKT"
    return "STP" if request.limit_price is None else "STPLMT"


def _text(number: Decimal) -> str:
    return f"{number:f}"
