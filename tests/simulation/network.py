"""Between the bot and the exchange: what is sent arrives, or not, or late; what is told is lost, doubled, or late."""

import asyncio
from random import Random

from adapters.live.broker import OrderRequest, OrderState
from strategies.errors import OrderRefusedError
from tests.simulation.clock import VirtualLoop
from tests.simulation.exchange import Exchange, Placed
from tests.simulation.faults import Faults
from tests.simulation.invariants import Invariants
from tests.simulation.plan import Rates
from tests.simulation.trace import Trace

type Answer = "asyncio.Future[Placed | OrderRefusedError]"

_REPORTS = ("lost", "twice", "late", "stream breaks off")


class Network:
    """One for the whole run: what is in the air survives the process that sent it."""

    def __init__(
        self, loop: VirtualLoop, exchange: Exchange, faults: Faults, rates: Rates, held: Invariants, trace: Trace
    ) -> None:
        self.exchange, self.faults, self.rates = exchange, faults, rates
        self.listeners: list[asyncio.Queue[OrderState | None]] = []
        self.unreachable = False
        self._stubborn_until: dict[str, float] = {}
        self.dice: Random = faults.dice("network")
        self._loop, self._held, self._trace = loop, held, trace
        exchange.report = self._report

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return self._loop.time()

    def latency(self) -> float:
        """Return how long a request takes to arrive, or an answer."""
        return self.dice.uniform(0.01, 0.3)

    def trouble(self, kind: str, rate: float, ways: tuple[str, ...]) -> str | None:
        """Return what goes wrong with a request; all of them do while the exchange cannot be reached."""
        way = self.faults.pick(kind, rate, ways)
        if self.unreachable:
            way = {"submit": "not sent", "cancel": "not sent"}.get(kind, "unreachable")
        if way is not None:
            self._trace.note(self.now(), "fault", f"{kind}: {way}")
        return way

    # -- orders --------------------------------------------------------------------------------------------------

    def sends(self, order: OrderRequest) -> None:
        """Note an order that is about to leave."""
        self._trace.note(self.now(), "sends", _words(order))
        self._held.order_leaves(order)

    def tries(self) -> None:
        """Note that something could not leave."""
        self._held.cancel_leaves()

    def deliver(self, order: OrderRequest, way: str | None, window: float, told_after: float) -> Answer:
        """Let an order arrive as the way in which it goes wrong will have it; return the exchange's answer to come."""
        answer: Answer = self._loop.create_future()
        if way is not None and "not executed" in way:
            self._held.order_landed(order)
            return answer
        delay = self.dice.uniform(window / 2, window) if way is not None and "late" in way else self.latency()
        if way == "told late":
            delay = self.latency()
        if way == "refused":
            self._held.order_landed(order)
            answer.set_result(OrderRefusedError("-2010", "This action is disabled on this account."))
            return answer
        self._loop.call_later(delay, self._arrives, order, answer, told_after if way is not None else 0.0)
        return answer

    def _arrives(self, order: OrderRequest, answer: Answer, told_after: float) -> None:
        self._held.order_landed(order, taken=True)
        result: Placed | OrderRefusedError
        try:
            result = self.exchange.place(order, self.now() + self.dice.uniform(0.0, told_after))
            self._trace.note(self.now(), "exchange", f"takes {order.client_order_id}")
        except OrderRefusedError as error:
            result = error
            self._trace.note(self.now(), "exchange", f"refuses {order.client_order_id}: {error}")
            self._held.order_over(order.client_order_id)
            self._held.order_refused(order, error)
        if not answer.done():
            answer.set_result(result)

    def cancels(self, order_id: str, way: str | None, window: float) -> None:
        """Let the wish to take an order back arrive."""
        self._trace.note(self.now(), "cancels", order_id)
        self._held.cancel_leaves()
        if way in ("refused though it rests", "5xx, not taken back", "not sent") or self._is_stubborn(order_id):
            return
        delay = self.dice.uniform(window / 2, window) if way == "no answer, late" else 0.005
        self._loop.call_later(delay, self._cancel_arrives, order_id, way)

    def _is_stubborn(self, order_id: str) -> bool:
        """Say whether the exchange does not let go of an order for now, however often it is asked."""
        if order_id not in self._stubborn_until:
            stubborn = self.faults.pick("stubborn", self.rates.cancel * 0.1, ("for a while",)) is not None
            self._stubborn_until[order_id] = self.now() + (self.dice.uniform(20.0, 300.0) if stubborn else 0.0)
        return not self.faults.calm and self.now() < self._stubborn_until[order_id]

    def _cancel_arrives(self, order_id: str, way: str | None) -> None:
        order = self.exchange.find(order_id)
        if order is not None and way in ("filled first", "filled in part first"):
            self.exchange.force(order, whole=way == "filled first")
        try:
            self.exchange.cancel(order_id)
            self._trace.note(self.now(), "exchange", f"takes back {order_id}")
        except OrderRefusedError as error:
            self._trace.note(self.now(), "exchange", f"does not take back {order_id}: {error}")

    def asks(self, what: str) -> None:
        """Note a question."""
        self._trace.note(self.now(), "asks", what)
        self._held.asks()

    # -- reports -------------------------------------------------------------------------------------------------

    def break_off(self) -> None:
        """Let every stream of reports break off."""
        for queue in self.listeners:
            queue.put_nowait(None)
        self.listeners.clear()

    def _report(self, state: OrderState) -> None:
        way = self.faults.pick("reports", self.rates.reports, _REPORTS)
        if way == "stream breaks off":
            self.break_off()
        if way in ("lost", "stream breaks off") or self.unreachable:
            return
        for _ in range(2 if way == "twice" else 1):
            delay = self.dice.uniform(0.5, 40.0) if way == "late" else self.latency()
            self._loop.call_later(delay, self._tell, tuple(self.listeners), state)

    def _tell(self, listeners: tuple["asyncio.Queue[OrderState | None]", ...], state: OrderState) -> None:
        for queue in listeners:
            if queue in self.listeners:
                queue.put_nowait(state)


def _words(order: OrderRequest) -> str:
    at = "" if order.stop_price is None else f" stop {order.stop_price} limit {order.limit_price}"
    return f"{order.client_order_id} {order.side} {order.quantity}{at}"
