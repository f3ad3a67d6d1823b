"""The port of real orders at the simulated exchange, as one process of the bot has it: with a network in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from adapters.instrument import InstrumentSpec
from adapters.live.broker import Holdings, OrderRequest, OrderState
from adapters.live.source import Finding
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
)
from tests.simulation.exchange import Placed
from tests.simulation.network import Network

_WINDOW_SECONDS = 5.0
"""A request that arrives later than this after it left is dead."""
_TOLD_AFTER_SECONDS = 1.5
"""The longest time after which the exchange tells of an order that it has."""
_PATIENCE_SECONDS = 10.0

SUBMITS = (
    "refused", "not sent", "not sent, silence asked for", "no answer, executed", "no answer, not executed",
    "5xx, executed", "5xx, not executed", "no answer, late", "5xx, late", "a wrong clock, then 5xx, late", "slow",
    "told late",
)  # fmt: skip
CANCELS = (
    "refused though it rests", "5xx, taken back", "5xx, not taken back", "no answer, late", "not sent", "filled first",
    "filled in part first",
)  # fmt: skip
ASKS = ("unreachable", "busy", "slow", "no such order yet")


class SimulatedBroker:
    """See `adapters.live.broker.LiveBroker`; everything that it does passes through the process' own guard."""

    account: str | None = "simulated"
    real_money = True
    remembers: timedelta | None = None
    absent_is_final_after = timedelta(seconds=7)

    def __init__(self, network: Network, alive: Callable[[], None], crash: Callable[[str], None]) -> None:
        self._network, self._alive, self._crash = network, alive, crash
        self._closed = False

    async def prepare(self, spec: InstrumentSpec) -> None:
        """Answer, if there is a way."""
        await self._ask_something("prepare")

    async def submit(self, order: OrderRequest) -> OrderState:
        """Send an order; see the port."""
        network = self._network
        self._alive()
        self._crash("before an order is sent")
        way = network.trouble("submit", network.rates.submit, SUBMITS)
        if way in ("not sent", "not sent, silence asked for"):
            network.tries()
            raise OrderNotSentError("unreachable", "no way", 20.0 if "silence" in way else None)
        if way == "a wrong clock, then 5xx, late":
            # Refused for its time and sent anew with the right one, as `adapters.binance.rest` does.
            await asyncio.sleep(network.dice.uniform(2.0, 12.0))
            self._alive()
        network.sends(order)
        answer = network.deliver(order, way, _WINDOW_SECONDS, _TOLD_AFTER_SECONDS)
        self._crash("after an order is sent")
        if way is None or way in ("slow", "refused", "told late"):
            await asyncio.sleep(network.latency() * (20 if way == "slow" else 1))
            return _answered(await answer)
        await asyncio.sleep(_PATIENCE_SECONDS if "no answer" in way else network.latency())
        raise OutcomeUnknownError(way)

    async def cancel(self, client_order_id: str) -> OrderState | None:
        """Take an order back; see the port."""
        network = self._network
        self._alive()
        self._crash("before a cancellation is sent")
        way = network.trouble("cancel", network.rates.cancel, CANCELS)
        network.cancels(client_order_id, way, _WINDOW_SECONDS)
        self._crash("after a cancellation is sent")
        if way == "not sent":
            raise OutcomeUnknownError("no way")
        await asyncio.sleep(_PATIENCE_SECONDS if way == "no answer, late" else network.latency())
        if way is not None and ("5xx" in way or "no answer" in way):
            raise OutcomeUnknownError(way)
        try:
            return await self.ask(client_order_id)
        except VenueLostError as error:
            raise OutcomeUnknownError(str(error)) from None

    async def ask(self, client_order_id: str) -> OrderState | None:
        """Return what the exchange tells of an order; see the port."""
        await self._ask_something(f"ask for {client_order_id}")
        found = self._network.exchange.find(client_order_id)
        return None if found is None or found.seen_from > self._network.now() else found.state()

    @asynccontextmanager
    async def reports(self) -> AsyncIterator[AsyncIterator[OrderState]]:
        """Follow the account's orders; see the port."""
        await self._ask_something("subscribe")
        queue: asyncio.Queue[OrderState | None] = asyncio.Queue()
        self._network.listeners.append(queue)
        try:
            yield self._told(queue)
        finally:
            if queue in self._network.listeners:
                self._network.listeners.remove(queue)

    async def holdings(self) -> Holdings:
        """Return what the account has."""
        await self._ask_something("holdings")
        return self._network.exchange.holdings()

    async def check(self) -> list[Finding]:
        """Find nothing."""
        return []

    async def close(self) -> None:
        """Let go of nothing: what is on its way stays there."""

    async def _ask_something(self, what: str) -> None:
        network = self._network
        self._alive()
        network.asks(what)
        way = network.trouble("ask", network.rates.ask, ASKS)
        await asyncio.sleep(network.latency() * (30 if way == "slow" else 1))
        self._alive()
        if way == "unreachable":
            raise VenueLostError(f"{what}: unreachable")
        if way == "busy":
            raise VenueLostError(f"{what}: busy", 10.0)

    async def _told(self, queue: "asyncio.Queue[OrderState | None]") -> AsyncIterator[OrderState]:
        while True:
            state = await queue.get()
            self._alive()
            if state is None:
                raise VenueLostError("the stream of reports broke off")
            yield state


def _answered(placed: Placed | OrderRefusedError) -> OrderState:
    if isinstance(placed, OrderRefusedError):
        raise placed
    return placed.state()
