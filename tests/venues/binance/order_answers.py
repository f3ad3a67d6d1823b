"""The answers to orders, and to questions about them."""

import time as wall
from collections.abc import Mapping
from typing import Any

from tests.venues.binance import wording
from tests.venues.binance.orders import Order
from tests.venues.binance.parameters import new_order
from tests.venues.binance.refusals import bad_request, invalid_symbol, no_such_order, unknown_order
from tests.venues.binance.venue import Venue

_RESTRICTIONS = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}
_MOST = 1000


def place(venue: Venue, params: Mapping[str, str]) -> Any:
    """Take an order."""
    check_symbol(venue, params)
    venue.order_counts.check(wall.time())
    new = new_order(params, venue.generated_id())
    order, happened = venue.matching.place(new, venue.now_ms())
    venue.order_counts.placed(order.order_id, wall.time())
    venue.tell(happened)
    usual = "ACK" if order.type == "STOP_LOSS_LIMIT" else "FULL"
    return wording.placed(order, venue.symbol.name, params.get("newOrderRespType", usual))


def test(venue: Venue, params: Mapping[str, str]) -> Any:
    """Say whether an order would be taken, as far as that can be said without the account."""
    check_symbol(venue, params)
    venue.matching.check(new_order(params, venue.generated_id()))
    return {}


def ask(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell of one order."""
    check_symbol(venue, params)
    found = _named(venue, params)
    if found is None:
        raise no_such_order()
    return wording.queried(found, venue.symbol.name)


def cancel(venue: Venue, params: Mapping[str, str]) -> Any:
    """Take an order back."""
    check_symbol(venue, params)
    found = _named(venue, params)
    restriction = params.get("cancelRestrictions")
    if restriction is not None and restriction not in _RESTRICTIONS:
        raise bad_request(-1145, "Invalid cancelRestrictions")
    if found is None or not found.is_open:
        raise unknown_order()
    if restriction is not None and _RESTRICTIONS[restriction] != found.status:
        raise bad_request(-2011, "Order was not canceled due to cancel restrictions.")
    return _cancelled(venue, found, params.get("newClientOrderId", venue.generated_id()))


def cancel_all(venue: Venue, params: Mapping[str, str]) -> Any:
    """Take all resting orders back."""
    check_symbol(venue, params)
    resting = venue.matching.open_orders()
    if not resting:
        raise unknown_order()
    return [_cancelled(venue, order, venue.generated_id()) for order in resting]


def open_orders(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell of the orders that rest."""
    check_symbol(venue, params)
    return [wording.queried(order, venue.symbol.name) for order in venue.matching.open_orders()]


def all_orders(venue: Venue, params: Mapping[str, str]) -> Any:
    """Tell of all orders, from a number on or within a time."""
    check_symbol(venue, params)
    start, end = int(params.get("startTime", 0)), int(params.get("endTime", 10**15))
    found = [order for order in venue.matching.orders if start <= order.time <= end]
    limit = min(int(params.get("limit", 500)), _MOST)
    if "orderId" in params:
        found = [order for order in found if order.order_id >= int(params["orderId"])][:limit]
    return [wording.queried(order, venue.symbol.name) for order in found[-limit:]]


def check_symbol(venue: Venue, params: Mapping[str, str]) -> None:
    """Refuse a symbol that is not listed.

    Raises
    ------
    RefusedError
        -1121.
    """
    if params.get("symbol", venue.symbol.name) != venue.symbol.name:
        raise invalid_symbol()


def _named(venue: Venue, params: Mapping[str, str]) -> Order | None:
    """Return the order that a request names; of several of one client's id the one that is open, or the newest."""
    if "orderId" not in params and "origClientOrderId" not in params:
        raise bad_request(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    order_id = int(params["orderId"]) if "orderId" in params else None
    client_id = params.get("origClientOrderId")
    found = venue.orders_by(order_id, None if order_id is not None else client_id)
    if found and client_id is not None and found[0].client_order_id != client_id:
        raise bad_request(-2039, "Client order ID is not correct for this order ID.")
    return next((order for order in found if order.is_open), found[0] if found else None)


def _cancelled(venue: Venue, order: Order, cancel_id: str) -> dict[str, Any]:
    now = venue.now_ms()
    venue.tell(venue.matching.cancel(order, cancel_id, now))
    return wording.cancelled(order, venue.symbol.name, now)
