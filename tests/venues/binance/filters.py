"""The filters of a symbol: which orders are refused before they reach the matching engine. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from tests.venues.binance.orders import NewOrder, Order
from tests.venues.binance.refusals import bad_request, filter_failure
from tests.venues.binance.symbol import Symbol


def check(symbol: Symbol, order: NewOrder, resting: Sequence[Order], average: Decimal) -> None:
    """Refuse an order that breaks a filter; `average` is the price by which market orders are valued.

    Raises
    ------
    RefusedError
        With the name of the first filter that it breaks.
    """
    for price in (order.price, order.stop_price):
        if price is not None:
            _check_price(symbol, price, average)
    _check_quantity(symbol, order)
    _check_notional(symbol, order, average)
    if len(resting) >= symbol.max_orders:
        raise filter_failure("MAX_NUM_ORDERS")
    if order.stop_price is not None and sum(one.stop_price is not None for one in resting) >= symbol.max_algo_orders:
        raise filter_failure("MAX_NUM_ALGO_ORDERS")


def _check_price(symbol: Symbol, price: Decimal, average: Decimal) -> None:
    if price <= 0:
        raise bad_request(-1013, "Invalid price.")
    if not symbol.min_price <= price <= symbol.max_price or price % symbol.tick:
        raise filter_failure("PRICE_FILTER")
    if not average * symbol.farthest_down <= price <= average * symbol.farthest_up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_quantity(symbol: Symbol, order: NewOrder) -> None:
    quantity = order.quantity
    if quantity <= 0:
        raise bad_request(-1013, "Invalid quantity.")
    if not symbol.min_quantity <= quantity <= symbol.max_quantity or quantity % symbol.step:
        raise filter_failure("LOT_SIZE")
    if order.type == "MARKET" and quantity > symbol.market_max_quantity:
        raise filter_failure("MARKET_LOT_SIZE")


def _check_notional(symbol: Symbol, order: NewOrder, average: Decimal) -> None:
    notional = order.quantity * (average if order.price is None else order.price)
    if notional < symbol.min_notional:
        raise filter_failure("NOTIONAL")
    if order.type != "MARKET" and notional > symbol.max_notional:
        raise filter_failure("NOTIONAL")
