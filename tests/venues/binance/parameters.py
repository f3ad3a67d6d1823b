"""What a request may say, and how it must be written. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.venues.binance.orders import NewOrder
from tests.venues.binance.refusals import bad_request, illegal, missing, not_required, rejected, too_much_precision
from tests.venues.binance.symbol import ORDER_TYPES

SYMBOL = r"^[A-Z0-9-_.]{1,20}$"
ID = r"^[a-zA-Z0-9-_]{1,36}$"
LONG = r"^[0-9]{1,20}$"
DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
BOOLEAN = r"^(true|false|TRUE|FALSE)$"
WORD = r"^[A-Za-z0-9_]{1,30}$"
ANY = r"^.*$"

# Known at the exchange, though the double takes none of them.
_OTHER_TYPES = {
    "STOP_LOSS": "Stop loss orders are not supported for this symbol.",
    "TAKE_PROFIT": "Take profit orders are not supported for this symbol.",
    "TAKE_PROFIT_LIMIT": "Take profit limit orders are not supported for this symbol.",
    "LIMIT_MAKER": "Limit maker orders are not supported for this symbol.",
}
_ASSET_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter is written, and whether a request must have it."""

    legal: str
    mandatory: bool = False


SIGNED = {"timestamp": Parameter(LONG, True), "recvWindow": Parameter(DECIMAL), "signature": Parameter(ANY, True)}
ONE_SYMBOL = {"symbol": Parameter(SYMBOL, True)}
NAMED_ORDER = ONE_SYMBOL | {"orderId": Parameter(LONG), "origClientOrderId": Parameter(ID)}
NEW_ORDER = ONE_SYMBOL | {
    "side": Parameter(WORD, True),
    "type": Parameter(WORD, True),
    "timeInForce": Parameter(WORD),
    "quantity": Parameter(DECIMAL),
    "quoteOrderQty": Parameter(DECIMAL),
    "price": Parameter(DECIMAL),
    "newClientOrderId": Parameter(ID),
    "stopPrice": Parameter(DECIMAL),
    "newOrderRespType": Parameter(WORD),
    "selfTradePreventionMode": Parameter(WORD),
    "strategyId": Parameter(LONG),
    "strategyType": Parameter(LONG),
}


def read(sent: Sequence[tuple[str, str]], known: Mapping[str, Parameter]) -> dict[str, str]:
    """Return the parameters of a request by name.

    Raises
    ------
    RefusedError
        If one is there twice, empty, unknown, missing or not written as it must be.
    """
    params = dict(sent)
    if len(params) != len(sent):
        raise bad_request(-1101, "Duplicate values for a parameter detected.")
    for name, value in params.items():
        if not value and name in known:
            raise missing(name) if known[name].mandatory else bad_request(-1105, f"Parameter '{name}' was empty.")
    for name, parameter in known.items():
        if parameter.mandatory and name not in params:
            raise missing(name)
    if unread := len(params.keys() - known.keys()):
        read_ones = len(params) - unread
        raise bad_request(
            -1104, f"Not all sent parameters were read; read '{read_ones}' parameter(s) but was sent '{len(params)}'."
        )
    for name, value in params.items():
        if not re.match(known[name].legal, value):
            raise illegal(name, known[name].legal)
    return params


def new_order(params: Mapping[str, str], generated_id: str) -> NewOrder:
    """Return the order that a request asks for.

    Raises
    ------
    RefusedError
        If its parameters are not those that its type needs.
    """
    side, kind = params["side"], params["type"]
    if side not in ("BUY", "SELL"):
        raise bad_request(-1117, "Invalid side.")
    if kind in _OTHER_TYPES:
        raise rejected(_OTHER_TYPES[kind])
    if kind not in ORDER_TYPES:
        raise bad_request(-1116, "Invalid orderType.")
    if params.get("newOrderRespType", "ACK") not in ("ACK", "RESULT", "FULL"):
        raise bad_request(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    if "quoteOrderQty" in params:
        raise rejected("Quote order qty market orders are not support for this symbol.")
    needed = {"LIMIT": ["timeInForce", "quantity", "price"], "MARKET": ["quantity"]}.get(
        kind, ["timeInForce", "quantity", "price", "stopPrice"]
    )
    for name in needed:
        if name not in params:
            raise missing(name)
    for name in ("timeInForce", "price", "stopPrice"):
        if name in params and name not in needed:
            raise not_required(name)
    if params.get("timeInForce", "GTC") not in ("GTC", "IOC", "FOK"):
        raise bad_request(-1115, "Invalid timeInForce.")
    return NewOrder(
        client_order_id=params.get("newClientOrderId", generated_id),
        side=side,
        type=kind,
        quantity=_number(params, "quantity"),
        price=_number(params, "price") if "price" in params else None,
        stop_price=_number(params, "stopPrice") if "stopPrice" in params else None,
        time_in_force=params.get("timeInForce", "GTC"),
    )


def _number(params: Mapping[str, str], name: str) -> Decimal:
    number = Decimal(params[name])
    if -int(number.normalize().as_tuple().exponent) > _ASSET_DECIMALS:
        raise too_much_precision(name)
    return number
