"""A source and a broker that do what a test has written down, and keep what they were asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.live.broker import Holdings, OrderRequest, OrderState
from adapters.live.source import Finding, Quote
from strategies.bar import Bar
from strategies.errors import VenueLostError

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def bar(number: int) -> Bar:
    """Return the bar of that number."""
    return Bar(BEGIN + number * MINUTE, 100.0 + number, 101.0 + number, 99.0 + number, 100.5 + number, 5.0)


class ScriptedSource:
    """Streams one list of events after another, each ended by a lost connection; the past is `known`."""

    venue = "SCRIPTED"
    has_quotes = True
    patience: timedelta | None = timedelta(seconds=30)

    def __init__(self, streams: Sequence[Sequence[Bar | Quote]], known: list[Bar]) -> None:
        self.spec: InstrumentSpec = simulated_instrument("BTCUSDT", price_step=None, size_step=None, min_notional=None)
        self.known = known
        self.asked: list[tuple[datetime | None, int]] = []
        self.entered = 0
        self.open = True
        self.faults: list[Exception] = []
        self.before_stream: list[Callable[[], None]] = []
        self._streams = [list(each) for each in streams]

    async def prepare(self) -> None:
        """Know everything."""

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        self.asked.append((after, limit))
        if self.faults:
            raise self.faults.pop(0)
        if after is None:
            return self.known[-limit:]
        return [each for each in self.known if each.time > after][:limit]

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        self.entered += 1
        if self.before_stream:
            self.before_stream.pop(0)()
        yield self._events()

    async def _events(self) -> AsyncIterator[Bar | Quote]:
        if not self._streams:
            await asyncio.Event().wait()
        for event in self._streams.pop(0):
            yield event
        raise VenueLostError("the wire was cut")

    def market_open(self, now: datetime) -> bool:
        return self.open

    def next_close(self, after: datetime) -> datetime | None:
        return None

    def clock_skew(self) -> float | None:
        return 0.0

    async def check(self) -> list[Finding]:
        return []

    async def close(self) -> None:
        return


class ScriptedBroker:
    """Answers each question with the next of the answers written down for it; an exception is raised."""

    account: str | None = "scripted"
    real_money = False
    remembers: timedelta | None = None
    absent_is_final_after = timedelta(seconds=5)

    def __init__(
        self,
        *,
        submits: Sequence[OrderState | Exception] = (),
        asks: Sequence[OrderState | Exception | None] = (),
        cancels: Sequence[OrderState | Exception | None] = (),
    ) -> None:
        self.submitted: list[OrderRequest] = []
        self.asked: list[str] = []
        self.cancelled: list[str] = []
        self._submits, self._asks, self._cancels = list(submits), list(asks), list(cancels)

    async def prepare(self, spec: InstrumentSpec) -> None:
        return

    async def submit(self, order: OrderRequest) -> OrderState:
        self.submitted.append(order)
        return _given(self._submits.pop(0))

    async def ask(self, client_order_id: str) -> OrderState | None:
        self.asked.append(client_order_id)
        return _given(self._asks.pop(0) if len(self._asks) > 1 else self._asks[0])

    async def cancel(self, client_order_id: str) -> OrderState | None:
        self.cancelled.append(client_order_id)
        return _given(self._cancels.pop(0))

    @asynccontextmanager
    async def reports(self) -> AsyncIterator[AsyncIterator[OrderState]]:
        yield _nothing()

    async def holdings(self) -> Holdings:
        return Holdings(Decimal(0), Decimal(0), Decimal(0), Decimal(0))

    async def check(self) -> list[Finding]:
        return []

    async def close(self) -> None:
        return


def _given[T](answer: T | Exception) -> T:
    if isinstance(answer, Exception):
        raise answer
    return answer


async def _nothing() -> AsyncIterator[OrderState]:
    await asyncio.Event().wait()
    yield  # type: ignore[misc]
