"""The port of live bars at the simulated market: streams that break off, fall silent, skip bars or bring them late."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.instrument import InstrumentSpec
from adapters.live.source import Finding, Quote
from strategies.bar import Bar
from strategies.errors import VenueLostError
from tests.simulation.clock import VirtualLoop
from tests.simulation.market import Market
from tests.simulation.network import Network

_FEED = ("breaks off", "skips a bar", "a bar is late", "a bar comes twice", "falls silent")

type Told = Bar | Quote | None


class Wire:
    """Tells every subscriber of the market, as far as faults allow; one for the whole run."""

    def __init__(self, loop: VirtualLoop, network: Network) -> None:
        self.queues: list[asyncio.Queue[Told]] = []
        self._loop, self._network = loop, network
        self._silent: set[int] = set()

    def bar(self, bar: Bar) -> None:
        """Tell of a bar that closed."""
        network = self._network
        way = network.faults.pick("feed", network.rates.feed, _FEED)
        if way == "breaks off" or network.unreachable:
            self.break_off()
        if way == "falls silent":
            self._silent = {id(queue) for queue in self.queues}
        if way in ("breaks off", "skips a bar", "falls silent"):
            return
        for _ in range(2 if way == "a bar comes twice" else 1):
            delay = network.dice.uniform(20.0, 50.0) if way == "a bar is late" else network.latency()
            self._loop.call_later(delay, self._tell, bar)

    def quote(self, quote: Quote) -> None:
        """Tell of a price."""
        self._tell(quote)

    def break_off(self) -> None:
        """Let every stream break off."""
        queues, self.queues = self.queues, []
        for queue in queues:
            queue.put_nowait(None)

    def _tell(self, told: Told) -> None:
        for queue in self.queues:
            if id(queue) not in self._silent:
                queue.put_nowait(told)

    def listen(self, queue: "asyncio.Queue[Told]") -> None:
        """Add a subscriber."""
        self._silent.discard(id(queue))
        self.queues.append(queue)


class SimulatedSource:
    """See `adapters.live.source.LiveSource`."""

    venue = "SIMULATED"
    has_quotes = True
    patience: timedelta | None = timedelta(seconds=30)

    def __init__(
        self, spec: InstrumentSpec, market: Market, wire: Wire, network: Network, alive: Callable[[], None]
    ) -> None:
        self.spec = spec
        self._market, self._wire, self._network, self._alive = market, wire, network, alive

    async def prepare(self) -> None:
        """Know everything already."""

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars; see the port."""
        network = self._network
        await asyncio.sleep(network.latency())
        self._alive()
        if network.trouble("bars", network.rates.feed, ("unreachable", "empty")) is not None:
            raise VenueLostError("no bars")
        bars = self._market.bars
        if after is None:
            return bars[-limit:]
        return [bar for bar in bars[-limit:] if bar.time > after]

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Follow bars and prices; see the port."""
        await asyncio.sleep(self._network.latency())
        self._alive()
        if self._network.unreachable:
            raise VenueLostError("no stream")
        queue: asyncio.Queue[Told] = asyncio.Queue()
        self._wire.listen(queue)
        try:
            yield self._events(queue)
        finally:
            if queue in self._wire.queues:
                self._wire.queues.remove(queue)

    async def _events(self, queue: "asyncio.Queue[Told]") -> AsyncIterator[Bar | Quote]:
        while True:
            told = await queue.get()
            self._alive()
            if told is None:
                raise VenueLostError("the stream broke off")
            yield told

    def market_open(self, now: datetime) -> bool:
        """Say that the market never closes."""
        return True

    def next_close(self, after: datetime) -> datetime | None:
        """Say that bars close at every interval's end."""
        return None

    def clock_skew(self) -> float | None:
        """Know nothing of clocks."""
        return None

    async def check(self) -> list[Finding]:
        """Find nothing."""
        return []

    async def close(self) -> None:
        """Let go of nothing."""
