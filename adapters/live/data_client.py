"""The Nautilus data client of all venues on the network: it puts what a source gives into a node."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.data.messages import (
    RequestBars,
    SubscribeBars,
    SubscribeQuoteTicks,
    UnsubscribeBars,
    UnsubscribeQuoteTicks,
)
from nautilus_trader.live.config import LiveDataClientConfig
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.factories import LiveDataClientFactory
from nautilus_trader.model.data import BarType, QuoteTick
from nautilus_trader.model.identifiers import ClientId, InstrumentId, Venue
from nautilus_trader.model.objects import Price, Quantity

from adapters.live.following import Follower
from adapters.live.line import Line
from adapters.live.source import LiveSource, Quote
from adapters.nautilus_types import instrument, nanoseconds, to_nautilus
from strategies.bar import Bar

# Between bars a stop is looked at this often: a busy book changes hundreds of times a second.
_QUOTE_SECONDS = 0.1
_MOST_HISTORY = 20_000


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """What a node follows; `goes_on_from` is the last bar that the bot has dealt with."""

    source: LiveSource
    interval: timedelta
    retry: timedelta
    commission: Decimal
    goes_on_from: datetime | None
    line: Line
    quote_came: Callable[[Quote], None]


def data_client_factory(feed: FollowedFeed) -> type[LiveDataClientFactory]:
    """Return a factory that gives the node a client which follows this feed."""

    class Factory(LiveDataClientFactory):
        @staticmethod
        def create(
            loop: asyncio.AbstractEventLoop,
            name: str,
            config: LiveDataClientConfig,
            msgbus: MessageBus,
            cache: Cache,
            clock: LiveClock,
        ) -> "FollowingDataClient":
            return FollowingDataClient(feed, loop, name, config, msgbus, cache, clock)

    return Factory


class FollowingDataClient(LiveMarketDataClient):
    """Hands on bars, each stamped with its close, and quotes."""

    def __init__(
        self,
        feed: FollowedFeed,
        loop: asyncio.AbstractEventLoop,
        name: str,
        config: LiveDataClientConfig,
        msgbus: MessageBus,
        cache: Cache,
        clock: LiveClock,
    ) -> None:
        self._feed, self._spec = feed, feed.source.spec
        self._follower = Follower(feed.source, feed.interval, feed.line, feed.retry, self._bar_came, self._quote_came)
        self._following: asyncio.Task[None] | None = None
        self._bar_type: BarType | None = None
        self._quoted: InstrumentId | None = None
        self._waiting: Quote | None = None
        self._next_quote = 0.0
        venue = feed.source.venue
        provider = InstrumentProvider()
        provider.add(instrument(self._spec, venue, feed.commission))
        super().__init__(loop, ClientId(name), Venue(venue), msgbus, cache, clock, provider, config)

    async def _connect(self) -> None:
        # The network is the follower's: a connection that fails here would leave a node that only looks alive.
        for known in self._instrument_provider.list_all():
            self._handle_data(known)

    async def _disconnect(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None

    async def _subscribe_bars(self, command: SubscribeBars) -> None:
        self._bar_type = command.bar_type
        self._following = self.create_task(self._follower.run())

    async def _unsubscribe_bars(self, command: UnsubscribeBars) -> None:
        await self._disconnect()

    async def _subscribe_quote_ticks(self, command: SubscribeQuoteTicks) -> None:
        self._quoted = command.instrument_id

    async def _unsubscribe_quote_ticks(self, command: UnsubscribeQuoteTicks) -> None:
        self._quoted = None

    async def _request_bars(self, request: RequestBars) -> None:
        bars = await self._follower.history(self._enough(request.limit)) if request.limit else []
        found = [self._nautilus(request.bar_type, bar) for bar in bars]
        # Without bounds: Nautilus holds the time of arrival against them, and may leave out all but the first few.
        self._handle_bars(request.bar_type, found, request.id, None, None, request.params)

    def _enough(self, limit: int) -> int:
        """Return how many bars it takes to warm up and to see all that closed while the bot was away."""
        if self._feed.goes_on_from is None:
            return limit
        away = (datetime.now(UTC) - self._feed.goes_on_from) // self._feed.interval
        return min(limit + max(0, away), max(limit, _MOST_HISTORY))

    def _bar_came(self, bar: Bar) -> None:
        if self._bar_type is not None:
            self._handle_data(self._nautilus(self._bar_type, bar))

    def _quote_came(self, quote: Quote) -> None:
        self._feed.quote_came(quote)
        if self._quoted is None:
            return
        if (wait := self._next_quote - self._loop.time()) <= 0:
            self._hand_on(quote)
        else:
            if self._waiting is None:
                self._loop.call_later(wait, self._hand_on_last)
            self._waiting = quote

    def _hand_on_last(self) -> None:
        quote, self._waiting = self._waiting, None
        if quote is not None:
            self._hand_on(quote)

    def _hand_on(self, quote: Quote) -> None:
        if self._quoted is None:
            return
        self._next_quote = self._loop.time() + _QUOTE_SECONDS
        decimals, size = self._spec.price_decimals, Quantity(0, self._spec.size_decimals)
        at = nanoseconds(quote.time)
        bid, ask = Price(quote.bid, decimals), Price(quote.ask, decimals)
        self._handle_data(QuoteTick(self._quoted, bid, ask, size, size, at, self._clock.timestamp_ns()))

    def _nautilus(self, kind: BarType, bar: Bar) -> object:
        made = to_nautilus(bar, kind, self._spec, self._feed.interval)
        arrived = max(made.ts_event, self._clock.timestamp_ns())
        return type(made)(kind, made.open, made.high, made.low, made.close, made.volume, made.ts_event, arrived)
