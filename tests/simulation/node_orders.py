"""What Nautilus knows of a bot's orders, without Nautilus: each word is taken in a moment later, if it fits."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from adapters.live.broker import Execution, OrderRequest
from adapters.live.passing import Placed

_OVER = ("filled", "rejected", "cancelled")


class Machine(Protocol):
    """The process, as far as a node needs it."""

    def soon(self, step: Callable[..., None], *args: Any) -> None:
        """Take a step once everything that waits now was dealt with."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task of the process."""
        ...

    def wall(self) -> datetime:
        """Return the time."""
        ...


class Hearer(Protocol):
    """Who is told what came of orders."""

    def accepted(self, order_id: str) -> None:
        """Hear that the venue has an order."""
        ...

    def booked(self, order_id: str, execution: Execution, *, complete: bool) -> None:
        """Hear of an execution."""
        ...

    def ended(self, order_id: str, how: str, detail: str) -> None:
        """Hear that an order was rejected or cancelled."""
        ...

    def stayed(self, order_id: str, why: str) -> None:
        """Hear that an order could not be taken back."""
        ...


@dataclass(slots=True)
class NodeOrder:
    """An order as Nautilus knows it."""

    request: OrderRequest
    status: str = "initialized"
    venue_order_id: str | None = None
    before_cancel: str = "accepted"
    trades: set[str] = field(default_factory=set)
    filled: Decimal = Decimal(0)

    @property
    def is_closed(self) -> bool:
        return self.status in _OVER


class Orders:
    """See `adapters.live.passing.Node`: each word goes through a queue, and only what fits is applied and told."""

    def __init__(self, machine: Machine) -> None:
        self.known: dict[str, NodeOrder] = {}
        self.carrier: Hearer | None = None
        self._machine = machine

    def placed(self, order_id: str) -> Placed | None:
        order = self.known.get(order_id)
        return None if order is None or order.is_closed else Placed(order.request.quantity, order.venue_order_id)

    def open_orders(self) -> list[str]:
        return [name for name, each in self.known.items() if each.status in ("accepted", "pending", "partly")]

    def accepted(self, order_id: str, venue_order_id: str) -> None:
        self._machine.soon(self._accepted, order_id, venue_order_id)

    def filled(self, order_id: str, venue_order_id: str, execution: Execution) -> None:
        self._machine.soon(self._filled, order_id, venue_order_id, execution)

    def cancelled(self, order_id: str, venue_order_id: str) -> None:
        self._machine.soon(self._over, order_id, venue_order_id, "cancelled", "it was taken back")

    def rejected(self, order_id: str, why: str) -> None:
        self._machine.soon(self._over, order_id, None, "rejected", why)

    def cancel_rejected(self, order_id: str, why: str) -> None:
        self._machine.soon(self._stays, order_id, why)

    def _fitting(self, order_id: str, venue_order_id: str | None) -> NodeOrder | None:
        order = self.known.get(order_id)
        if order is None or order.is_closed:
            return None
        named = order.venue_order_id is not None and venue_order_id is not None
        # Nautilus takes no word of an order under another name than the one that it knows.
        return None if named and order.venue_order_id != venue_order_id else order

    def _accepted(self, order_id: str, venue_order_id: str) -> None:
        if (order := self._fitting(order_id, venue_order_id)) is not None:
            order.status, order.venue_order_id = "accepted", venue_order_id
            self._carrier.accepted(order_id)

    def _filled(self, order_id: str, venue_order_id: str, execution: Execution) -> None:
        order = self._fitting(order_id, venue_order_id)
        if order is None or execution.trade_id in order.trades:
            return
        if order.filled + execution.quantity > order.request.quantity:
            return
        order.trades.add(execution.trade_id)
        order.filled += execution.quantity
        order.venue_order_id = venue_order_id
        order.status = "filled" if order.filled == order.request.quantity else "partly"
        self._carrier.booked(order_id, execution, complete=order.is_closed)

    def _over(self, order_id: str, venue_order_id: str | None, how: str, detail: str) -> None:
        if (order := self._fitting(order_id, venue_order_id)) is not None:
            order.status = how
            self._carrier.ended(order_id, how, detail)

    def _stays(self, order_id: str, why: str) -> None:
        if (order := self.known.get(order_id)) is not None:
            if order.status == "pending":
                order.status = order.before_cancel
            self._carrier.stayed(order_id, why)

    @property
    def _carrier(self) -> Hearer:
        assert self.carrier is not None
        return self.carrier
