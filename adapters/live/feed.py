"""A source on the network as a feed of the bot. No Nautilus until a node needs the client."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.feeds import FeedSettings
from adapters.instrument import InstrumentSpec
from adapters.live.line import Line
from adapters.live.source import LiveSource, Quote

if TYPE_CHECKING:
    from adapters.pacing import Lockstep


class LiveFeed:
    """A feed whose bars close by the wall clock."""

    real_time = True

    def __init__(self, settings: FeedSettings, source: LiveSource) -> None:
        self.source = source
        self._quote: Quote | None = None
        self._settings = settings

    @property
    def spec(self) -> InstrumentSpec:
        """The instrument: a guess until `prepare`."""
        return self.source.spec

    @property
    def venue(self) -> str:
        """Nautilus' name of the venue."""
        return self.source.venue

    @property
    def has_quotes(self) -> bool:
        """Whether there are prices between bars."""
        return self.source.has_quotes

    async def prepare(self) -> None:
        """Learn the instrument from the venue."""
        await self.source.prepare()

    def market_open(self, now: datetime) -> bool:
        """Say whether bars are to be expected."""
        return self.source.market_open(now)

    def clock_skew(self) -> float | None:
        """Return by how many seconds the venue's clock is ahead of ours."""
        return self.source.clock_skew()

    def last_quote(self) -> Quote | None:
        """Return the best prices that came last."""
        return self._quote

    def data_client(self, lockstep: "Lockstep", ended: Callable[[], None], line: Line) -> tuple[Any, type[Any]]:
        """Return Nautilus' configuration and factory of the client; a market on the network never ends."""
        from nautilus_trader.live.config import LiveDataClientConfig

        from adapters.live.data_client import FollowedFeed, data_client_factory

        settings = self._settings
        feed = FollowedFeed(
            source=self.source,
            interval=settings.interval,
            retry=settings.retry_interval,
            commission=settings.commission,
            goes_on_from=settings.goes_on_from,
            line=line,
            quote_came=self._quote_came,
        )
        return LiveDataClientConfig(), data_client_factory(feed)

    async def close(self) -> None:
        """Let go of the venue."""
        await self.source.close()

    def _quote_came(self, quote: Quote) -> None:
        self._quote = quote
