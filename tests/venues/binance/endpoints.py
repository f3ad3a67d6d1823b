"""Which requests there are, what each costs, who may make it, and what it may say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.venues.binance import account_answers, market_answers, order_answers
from tests.venues.binance.parameters import (
    ANY,
    BOOLEAN,
    ID,
    LONG,
    NAMED_ORDER,
    NEW_ORDER,
    ONE_SYMBOL,
    SIGNED,
    SYMBOL,
    WORD,
    Parameter,
)
from tests.venues.binance.venue import Venue

type Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of request; `ws` is its method on the web-socket API, if it has one there."""

    method: str
    path: str
    weight: int | Callable[[Params], int]
    answer: Callable[[Venue, Params], Any]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    signed: bool = False
    trades: bool = False
    ws: str = ""

    def known(self) -> Mapping[str, Parameter]:
        """Return all parameters that it takes."""
        return {**self.parameters, **SIGNED} if self.signed else self.parameters

    def cost(self, params: Params) -> int:
        """Return the weight of a request."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def _ticker_weight(params: Params) -> int:
    return 2 if "symbol" in params else 4


def _page(*names: str) -> dict[str, Parameter]:
    return {name: Parameter(LONG) for name in ("startTime", "endTime", "limit", *names)}


_MAYBE_SYMBOL = {"symbol": Parameter(SYMBOL)}
_KLINES = ONE_SYMBOL | {"interval": Parameter(WORD, True), "timeZone": Parameter(ANY)} | _page()
_CANCEL = NAMED_ORDER | {"newClientOrderId": Parameter(ID), "cancelRestrictions": Parameter(WORD)}
_INFO = _MAYBE_SYMBOL | {
    "symbols": Parameter(ANY), "permissions": Parameter(ANY), "showPermissionSets": Parameter(BOOLEAN),
    "symbolStatus": Parameter(WORD),
}  # fmt: skip

ENDPOINTS = (
    Endpoint("GET", "/api/v3/ping", 1, market_answers.ping, ws="ping"),
    Endpoint("GET", "/api/v3/time", 1, market_answers.time, ws="time"),
    Endpoint("GET", "/api/v3/exchangeInfo", 20, market_answers.exchange_info, _INFO, ws="exchangeInfo"),
    Endpoint("GET", "/api/v3/klines", 2, market_answers.klines, _KLINES, ws="klines"),
    Endpoint("GET", "/api/v3/ticker/price", _ticker_weight, market_answers.price, _MAYBE_SYMBOL, ws="ticker.price"),
    Endpoint("GET", "/api/v3/ticker/bookTicker", _ticker_weight, market_answers.book, _MAYBE_SYMBOL, ws="ticker.book"),
    Endpoint("GET", "/api/v3/account", 20, account_answers.account, {"omitZeroBalances": Parameter(BOOLEAN)}, True,
             ws="account.status"),
    Endpoint("GET", "/api/v3/openOrders", lambda params: 6 if "symbol" in params else 80, order_answers.open_orders,
             _MAYBE_SYMBOL, True, ws="openOrders.status"),
    Endpoint("GET", "/api/v3/allOrders", 20, order_answers.all_orders, ONE_SYMBOL | _page("orderId"), True,
             ws="allOrders"),
    Endpoint("GET", "/api/v3/order", 4, order_answers.ask, NAMED_ORDER, True, ws="order.status"),
    Endpoint("POST", "/api/v3/order", 1, order_answers.place, NEW_ORDER, True, True, ws="order.place"),
    Endpoint("POST", "/api/v3/order/test", 1, order_answers.test, NEW_ORDER, True, True, ws="order.test"),
    Endpoint("DELETE", "/api/v3/order", 1, order_answers.cancel, _CANCEL, True, True, ws="order.cancel"),
    Endpoint("DELETE", "/api/v3/openOrders", 1, order_answers.cancel_all, ONE_SYMBOL, True, True,
             ws="openOrders.cancelAll"),
    Endpoint("GET", "/api/v3/myTrades", lambda params: 5 if "orderId" in params else 20, account_answers.my_trades,
             ONE_SYMBOL | _page("orderId", "fromId"), True, ws="myTrades"),
    Endpoint("GET", "/api/v3/rateLimit/order", 40, account_answers.order_counts, {}, True,
             ws="account.rateLimits.orders"),
    Endpoint("GET", "/sapi/v1/account/apiRestrictions", 1, account_answers.api_restrictions, {}, True),
    Endpoint("GET", "/sapi/v1/asset/tradeFee", 1, account_answers.trade_fee, _MAYBE_SYMBOL, True),
)  # fmt: skip

BY_REQUEST = {(each.method, each.path): each for each in ENDPOINTS}
BY_WS_METHOD = {each.ws: each for each in ENDPOINTS if each.ws}
PATHS = {each.path for each in ENDPOINTS}
