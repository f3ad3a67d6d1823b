"""A Nautilus data client for markets without a network: the mock market, or a replayed file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.data.messages import RequestBars, SubscribeBars, UnsubscribeBars
from nautilus_trader.live.config import LiveDataClientConfig
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.factories import LiveDataClientFactory
from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import ClientId, Venue

from adapters.nautilus_types import instrument, nanoseconds, to_nautilus
from adapters.pacing import Lockstep
from adapters.source import VENUE, BarSource
from strategies.bar import Bar


@dataclass(frozen=True, slots=True)
class SimulatedFeed:
    """How a simulated market is played.

    `speed` 1 is real time, 60 makes a minute a second, 0 is as fast as the bot can follow. `goes_on_from` is the last
    bar that the bot has dealt with: a simulated market waits for it. With `real_time` the market does not wait: its
    bars close when the wall clock says so.
    """

    source: BarSource
    interval: timedelta
    speed: float
    commission: Decimal
    goes_on_from: datetime | None
    real_time: bool
    lockstep: Lockstep
    ended: Callable[[], None]


def data_client_factory(feed: SimulatedFeed) -> type[LiveDataClientFactory]:
    """Return a factory that gives the node a client which plays this feed."""

    class Factory(LiveDataClientFactory):
        @staticmethod
        def create(
            loop: asyncio.AbstractEventLoop,
            name: str,
            config: LiveDataClientConfig,
            msgbus: MessageBus,
            cache: Cache,
            clock: LiveClock,
        ) -> SimulatedDataClient:
            return SimulatedDataClient(feed, loop, name, config, msgbus, cache, clock)

    return Factory


class SimulatedDataClient(LiveMarketDataClient):
    """Plays bars at the chosen speed, each stamped with its close."""

    def __init__(
        self,
        feed: SimulatedFeed,
        loop: asyncio.AbstractEventLoop,
        name: str,
        config: LiveDataClientConfig,
        msgbus: MessageBus,
        cache: Cache,
        clock: LiveClock,
    ) -> None:
        self._feed = feed
        self._told_until = feed.goes_on_from
        self._playing: asyncio.Task[None] | None = None
        provider = InstrumentProvider()
        provider.add(instrument(feed.source.spec, VENUE, feed.commission))
        super().__init__(loop, ClientId(name), Venue(VENUE), msgbus, cache, clock, provider, config)

    async def _connect(self) -> None:
        for known in self._instrument_provider.list_all():
            self._handle_data(known)

    async def _disconnect(self) -> None:
        self._stop_playing()

    async def _subscribe_bars(self, command: SubscribeBars) -> None:
        self._playing = self.create_task(self._play(command.bar_type))

    async def _unsubscribe_bars(self, command: UnsubscribeBars) -> None:
        self._stop_playing()

    async def _request_bars(self, request: RequestBars) -> None:
        until = self._last_closed() if self._feed.real_time else self._feed.goes_on_from
        bars = self._feed.source.history(until, request.limit) if request.limit else []
        if bars:
            self._told_until = bars[-1].time
        found = [self._nautilus(request.bar_type, bar) for bar in bars]
        # Without bounds: Nautilus holds the time of arrival against them, and may leave out all but the first few.
        self._handle_bars(request.bar_type, found, request.id, None, None, request.params)

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None

    async def _play(self, kind: BarType) -> None:
        feed = self._feed
        start = self._told_until
        if feed.real_time and start is None:
            start = self._last_closed()
        begun, played = self._loop.time(), 0
        for bar in feed.source.after(start):
            await feed.lockstep.wait()
            if feed.real_time:
                await asyncio.sleep(max(0.0, (bar.time + feed.interval - datetime.now(UTC)).total_seconds()))
            elif feed.speed:
                # Measured from the beginning, so that pauses do not add up.
                played += 1
                due = begun + played * feed.interval.total_seconds() / feed.speed
                await asyncio.sleep(max(0.0, due - self._loop.time()))
            # Again: the bot may have begun to stop meanwhile.
            await feed.lockstep.wait()
            feed.lockstep.begin()
            self._handle_data(self._nautilus(kind, bar))
        await feed.lockstep.wait()
        feed.ended()

    def _last_closed(self) -> datetime:
        now = datetime.now(UTC).timestamp()
        length = self._feed.interval.total_seconds()
        return datetime.fromtimestamp(now // length * length, UTC) - self._feed.interval

    def _nautilus(self, kind: BarType, bar: Bar) -> object:
        made = to_nautilus(bar, kind, self._feed.source.spec, self._feed.interval)
        if not self._feed.real_time:
            return made
        arrived = max(made.ts_event, nanoseconds(datetime.now(UTC)))
        return type(made)(kind, made.open, made.high, made.low, made.close, made.volume, made.ts_event, arrived)
