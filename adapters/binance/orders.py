"""Between Binance's orders, trades and execution reports and the port's own values. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.instrument import InstrumentSpec
from adapters.live.broker import Execution, OrderPhase, OrderRequest, OrderState
from adapters.live.reading import above_zero, finite, moment, named

_SMALLEST = Decimal("0.00000001")
_OPEN = {"NEW", "PENDING_NEW", "PARTIALLY_FILLED", "PENDING_CANCEL"}
_ENDED = {"CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"}


@dataclass(frozen=True, slots=True)
class Fees:
    """How fees are told: in base or quote as charged; in a third coin by the document's own `rate`."""

    base: str
    quote: str
    rate: Decimal

    def of(self, amount: Decimal, coin: str, value: Decimal) -> tuple[Decimal, str]:
        """Return a fee and its currency; `value` is that of the execution, in the quote currency."""
        if coin in (self.base, self.quote):
            return amount, coin
        return ((value * self.rate).quantize(_SMALLEST) if amount else Decimal(0)), self.quote


def fees_of(spec: InstrumentSpec, rate: Decimal) -> Fees:
    """Return how the fees of an instrument are told."""
    return Fees(spec.base, spec.quote, rate)


def parameters(order: OrderRequest, spec: InstrumentSpec) -> dict[str, Any]:
    """Return the parameters under which an order is sent."""
    sent: dict[str, Any] = {
        "symbol": spec.symbol,
        "side": order.side.upper(),
        "quantity": f"{order.quantity:f}",
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
    }
    if order.stop_price is None:
        return sent | {"type": "MARKET"}
    limit = order.stop_price if order.limit_price is None else order.limit_price
    return sent | {
        "type": "STOP_LOSS_LIMIT",
        "timeInForce": "GTC",
        "stopPrice": f"{order.stop_price:f}",
        "price": f"{limit:f}",
    }


def phase_of(status: str) -> OrderPhase:
    """Return how far an order with that status has come.

    Raises
    ------
    ValueError
        If there is no such status: what it means to the order would be a guess.
    """
    if status == "FILLED":
        return OrderPhase.FILLED
    if status not in _OPEN | _ENDED:
        raise ValueError(f"{status!a:.40} is no status of an order")
    return OrderPhase.OPEN if status in _OPEN else OrderPhase.ENDED


def from_placed(told: Mapping[str, Any], fees: Fees) -> OrderState:
    """Return the state in the answer to an order just sent, whose fills have no time of their own."""
    at = _time(told["transactTime"])
    found = tuple(
        _execution(str(fill["tradeId"]), fill["qty"], fill["price"], fill["commission"], fill["commissionAsset"],
                   at, fees)
        for fill in told.get("fills", ())
    )  # fmt: skip
    status = told.get("status", "NEW")
    _be_all(found, told, status)
    return OrderState(named(told["clientOrderId"]), str(told["orderId"]), phase_of(status), found, status)


def from_asked(order: Mapping[str, Any], trades: Iterable[Mapping[str, Any]], fees: Fees) -> OrderState:
    """Return the state of an order that was asked for, with its trades."""
    found = tuple(
        _execution(str(trade["id"]), trade["qty"], trade["price"], trade["commission"], trade["commissionAsset"],
                   _time(trade["time"]), fees)
        for trade in trades
    )  # fmt: skip
    status = order["status"]
    _be_all(found, order, status)
    return OrderState(named(order["clientOrderId"]), str(order["orderId"]), phase_of(status), found, status)


def from_report(event: Mapping[str, Any], fees: Fees) -> OrderState:
    """Return the state in an execution report of the user data stream; only its own execution is in it."""
    # A cancellation has an id of its own, and names the order's in C.
    order_id = event["C"] if event["x"] == "CANCELED" and event.get("C") else event["c"]
    found: tuple[Execution, ...] = ()
    if event["x"] == "TRADE":
        found = (
            _execution(str(event["t"]), event["l"], event["L"], event["n"] or "0", event["N"] or fees.quote,
                       _time(event["T"]), fees),
        )  # fmt: skip
    reason = event.get("r", "NONE")
    detail = event["X"] if reason == "NONE" else f"{event['X']}: {reason}"
    return OrderState(named(order_id), str(event["i"]), phase_of(event["X"]), found, detail)


def filled_in_all(event: Mapping[str, Any]) -> Decimal:
    """Return how much of its order has been filled by the time of an execution report."""
    return finite(event["z"])


def _be_all(found: tuple[Execution, ...], told: Mapping[str, Any], status: str) -> None:
    """Refuse an answer that ends an order and lacks some of its executions, or has one twice."""
    quantity = sum((each.quantity for each in found), Decimal(0))
    whole = finite(told.get("executedQty", quantity))
    twice = len({each.trade_id for each in found}) < len(found)
    if twice or (phase_of(status) is not OrderPhase.OPEN and quantity != whole):
        raise ValueError(f"executions of {quantity} are told of an order of which {whole} was executed")
    if status == "FILLED" and not quantity:
        raise ValueError("an order is told to be filled by no execution")


def _execution(trade_id: str, quantity: str, price: str, fee: str, coin: str, time: datetime, fees: Fees) -> Execution:
    amount, at = above_zero(quantity), above_zero(price)
    commission, currency = fees.of(finite(fee), named(coin), amount * at)
    return Execution(trade_id, amount, at, commission, currency, time)


def _time(at_ms: int) -> datetime:
    return moment(at_ms / 1000)
