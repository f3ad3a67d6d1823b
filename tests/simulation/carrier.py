"""What carries between trader and broker, without Nautilus: as short and dull as `strategies/strategy.py`.

It does, method by method, what RuleStrategy does.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.live.broker import Execution, OrderRequest
from adapters.live.passing import Passing
from strategies.bar import Bar
from strategies.desk import Cancel, Desk, Hooks, Order
from tests.simulation.market import INTERVAL
from tests.simulation.node_orders import Machine, NodeOrder, Orders

_LATE = timedelta(seconds=30)


class Carrier:
    """Carries bars and words to the trader, and what it answers to the broker; decides nothing."""

    def __init__(self, desk: Desk, hooks: Hooks, orders: Orders, passing: Passing, machine: Machine) -> None:
        self._desk, self._hooks, self._orders, self._passing, self._machine = desk, hooks, orders, passing, machine
        self._in_flight: set[str] = set()
        self._resting: set[str] = set()
        self._leaving_venue: set[str] = set()
        self._dead = False

    @property
    def orders_in_flight(self) -> bool:
        return bool(self._in_flight or self._leaving_venue)

    def catch_up(self, past: Sequence[Bar]) -> None:
        self._guard(self._catch_up, past)

    def bar(self, bar: Bar) -> None:
        self._guard(self._deal_with, bar)

    def quote(self, price: float) -> None:
        self._guard(lambda: self._send(self._desk.on_price(price, self._now())))

    def submitted(self, order_id: str) -> None:
        self._guard(self._desk.on_submitted, order_id)

    def accepted(self, order_id: str) -> None:
        self._guard(self._desk.on_accepted, order_id)

    def booked(self, order_id: str, execution: Execution, *, complete: bool) -> None:
        self._guard(self._book, order_id, execution, complete)

    def ended(self, order_id: str, how: str, detail: str) -> None:
        self._guard(self._end, order_id, how, detail)

    def stayed(self, order_id: str, why: str) -> None:
        self._guard(self._stayed, order_id, why)

    def close_all(self) -> None:
        self._guard(lambda: self._send(self._desk.close_all()))

    def obey_halt(self) -> bool:
        orders: list[Order | Cancel] = []

        def obey() -> None:
            orders.extend(self._desk.obey_halt())
            self._send(orders)

        self._guard(obey)
        return bool(orders)

    def look_at_clock(self) -> None:
        self._guard(lambda: self._send(self._desk.on_time(self._now(), market_open=True)))

    def adopt(self, order: Order) -> None:
        """Take over an order of an earlier run, under its own id as the venue's, as RuleStrategy does."""
        known_as = order.client_order_id
        self._orders.known[known_as] = NodeOrder(_request(order), "accepted", known_as)
        (self._in_flight if order.stop_price is None else self._resting).add(known_as)

    # -- inside --------------------------------------------------------------------------------------------------

    def _guard(self, step: Callable[..., None], *args: Any) -> None:
        if self._dead:
            return
        try:
            step(*args)
        except Exception as error:
            self._dead = True
            self._hooks.failed(error)

    def _catch_up(self, past: Sequence[Bar]) -> None:
        known = self._desk.bar_time
        missed = [bar for bar in past if known is not None and bar.time > known]
        self._desk.warm_up(past[: len(past) - len(missed)])
        market_price = missed[-1].close if missed else None
        for order_id in [known for known in self._desk.unresolved() if known not in self._in_flight | self._resting]:
            self._send(self._desk.on_never_arrived(order_id, self._now(), market_price=market_price))
        for bar in missed:
            self._send(self._desk.on_bar(bar, market_price=market_price))

    def _deal_with(self, bar: Bar) -> None:
        seen = self._desk.last_bar
        late = self._hooks.is_late(bar.time) or self._machine.wall() - (bar.time + INTERVAL) > _LATE
        if seen is None or bar.time > seen.time:
            self._send(self._desk.on_bar(bar, market_price=bar.close if late else None))

    def _send(self, orders: Sequence[Order | Cancel]) -> None:
        for order in orders:
            if isinstance(order, Cancel):
                self._take_back(order.client_order_id)
                continue
            (self._in_flight if order.stop_price is None else self._resting).add(order.client_order_id)
            self._orders.known[order.client_order_id] = NodeOrder(_request(order))
            self._machine.soon(self._submit, order.client_order_id)

    def _submit(self, order_id: str) -> None:
        order = self._orders.known[order_id]
        order.status = "submitted"
        self.submitted(order_id)
        self._machine.spawn(self._passing.submit(order.request))

    def _take_back(self, order_id: str) -> None:
        order = self._orders.known.get(order_id)
        if order is None or order.is_closed:
            return
        self._leaving_venue.add(order_id)
        # Nautilus does not send the same wish twice while it waits for an answer.
        if order.status != "pending":
            if order.status != "initialized":
                order.before_cancel, order.status = order.status, "pending"
            self._machine.soon(lambda: self._machine.spawn(self._passing.cancel(order_id)))

    def _book(self, order_id: str, execution: Execution, complete: bool) -> None:
        self._send(self._desk.on_execution(
            execution.trade_id, order_id, execution.quantity, execution.price, execution.commission,
            execution.commission_currency, execution.time, complete,
        ))  # fmt: skip
        if complete:
            self._finish(order_id)

    def _end(self, order_id: str, how: str, detail: str) -> None:
        over = self._desk.on_rejected if how == "rejected" else self._desk.on_cancelled
        self._send(over(order_id, detail, self._now()))
        self._finish(order_id)

    def _stayed(self, order_id: str, why: str) -> None:
        self._send(self._desk.on_cancel_refused(order_id, why, self._now()))
        self._leaving_venue.discard(order_id)
        self._hooks.order_finished(order_id)

    def _finish(self, order_id: str) -> None:
        self._in_flight.discard(order_id)
        self._resting.discard(order_id)
        self._leaving_venue.discard(order_id)
        self._hooks.order_finished(order_id)

    def _now(self) -> datetime:
        return self._machine.wall().replace(microsecond=0)


def _request(order: Order) -> OrderRequest:
    return OrderRequest(order.client_order_id, order.side, order.quantity, order.stop_price, order.limit_price)
