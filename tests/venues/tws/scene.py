"""What tests of Interactive Brokers begin with: settings, bars, short patience, and waiting for something to happen."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.ibkr.broker import IbkrBroker
from adapters.ibkr.patience import Patience
from adapters.ibkr.source import IbkrSource
from adapters.live.broker import OrderState
from adapters.live.source import LiveSource
from strategies.bar import Bar
from strategies.errors import VenueError, VenueLostError
from tests.venues.tws.double import TwsDouble

MINUTE = timedelta(minutes=1)
PATIENCE = Patience(
    connect=1.0,
    answer=1.0,
    history=1.0,
    idle=0.5,
    heartbeat=0.5,
    grace=0.2,
    grace_at_close=0.4,
    retry=0.1,
    outage=1.5,
    id_held=1.5,
    commission=0.3,
    reason=0.2,
    executions=0.6,
    absent=1.0,
)
CLIENT_ID = 77


def this_minute() -> datetime:
    """Return when the minute began that we are in."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def bar(opened: datetime, close: float = 100.0, volume: float = 10.0) -> Bar:
    """Return a bar of some extent around its close."""
    return Bar(opened, close - 0.5, close + 1.0, close - 1.0, close, volume)


def minutes(first: datetime, number: int, step: timedelta = MINUTE) -> list[Bar]:
    """Return bars one after the other, each with a close of its own."""
    return [bar(first + position * step, 100.0 + position) for position in range(number)]


def feed_settings(
    double: TwsDouble, symbol: str = "AAPL", interval: timedelta = MINUTE, client_id: int | None = CLIENT_ID
) -> FeedSettings:
    """Return what a document would say about bars from the double."""
    at = Endpoints(host="127.0.0.1", port=double.port)
    return FeedSettings(symbol, interval, Decimal("0.001"), endpoints=at, client_id=client_id)


def broker_settings(
    double: TwsDouble, symbol: str = "AAPL", account: str | None = None, client_id: int | None = CLIENT_ID
) -> BrokerSettings:
    """Return what a document would say about orders to the double."""
    at = Endpoints(host="127.0.0.1", port=double.port)
    return BrokerSettings("bot", symbol, Decimal("0.001"), endpoints=at, account=account, client_id=client_id)


@asynccontextmanager
async def a_source(
    double: TwsDouble, symbol: str = "AAPL", interval: timedelta = MINUTE, patience: Patience = PATIENCE
) -> AsyncIterator[IbkrSource]:
    """Have a source of bars that has prepared itself, and end it."""
    source = IbkrSource(feed_settings(double, symbol, interval), patience)
    try:
        await source.prepare()
        yield source
    finally:
        await source.close()


@asynccontextmanager
async def a_broker(
    double: TwsDouble, symbol: str = "AAPL", patience: Patience = PATIENCE, client_id: int = CLIENT_ID
) -> AsyncIterator[IbkrBroker]:
    """Have a broker that has prepared itself, and end it."""
    broker = IbkrBroker(broker_settings(double, symbol, client_id=client_id), patience)
    try:
        await broker.prepare(broker._desk.fees.spec)
        yield broker
    finally:
        await broker.close()


class Watched:
    """What came of following something: reconnecting at once, as the bot does after a pause."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.states: list[OrderState] = []
        self.lost: list[str] = []
        self.lost_at: list[float] = []
        self.begun = 0

    @property
    def times(self) -> list[datetime]:
        """When the bars opened, in the order in which they came."""
        return [each.time for each in self.bars]

    def executed(self) -> dict[str, Decimal]:
        """Return how much was executed by all that was reported, each execution counted once, by its order."""
        seen: dict[tuple[str, str], Decimal] = {}
        for state in self.states:
            for done in state.executions:
                seen[state.client_order_id, done.trade_id] = done.quantity
        total: dict[str, Decimal] = {}
        for (ref, _), quantity in seen.items():
            total[ref] = total.get(ref, Decimal(0)) + quantity
        return total

    def _fell(self, error: VenueError) -> None:
        self.lost.append(str(error))
        self.lost_at.append(time.monotonic())


async def follow_bars(source: LiveSource, watched: Watched, last: datetime | None = None) -> None:
    """Follow a source as the bot does: after each beginning, and behind each gap, the past is asked for."""
    while True:
        try:
            async with source.stream() as events:
                watched.begun += 1
                if last is not None:
                    for each in await source.closed_bars(last, 1000):
                        watched.bars.append(each)
                        last = each.time
                async for event in events:
                    assert isinstance(event, Bar)
                    if last is None or event.time > last:
                        watched.bars.append(event)
                        last = event.time
        except VenueLostError as error:
            watched._fell(error)
        await asyncio.sleep(0.1)


async def follow_orders(broker: IbkrBroker, watched: Watched) -> None:
    """Follow a broker's reports as the bot does."""
    while True:
        try:
            async with broker.reports() as states:
                watched.begun += 1
                async for state in states:
                    watched.states.append(state)
        except VenueLostError as error:
            watched._fell(error)
        await asyncio.sleep(0.1)


@asynccontextmanager
async def watching(*following: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let coroutines run meanwhile; one that fails ends the test."""
    tasks = [asyncio.create_task(each) for each in following]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(come: Callable[[], object], what: str = "", seconds: float = 10.0) -> None:
    """Wait for a condition; fail with what was last seen of it when it does not come."""
    deadline = time.monotonic() + seconds
    while not (seen := come()):
        assert time.monotonic() < deadline, f"{what or 'it'} did not come within {seconds} s; last seen: {seen!r}"
        await asyncio.sleep(0.01)


def no_more_than_once(times: Iterable[datetime]) -> bool:
    """Say whether times only ever go forward."""
    listed = list(times)
    return all(before < after for before, after in pairwise(listed))
