"""Interactive Brokers' bars: the port of live bars over the gateway's connection."""

import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from adapters.feeds import FeedSettings
from adapters.ibkr import checking
from adapters.ibkr.address import address
from adapters.ibkr.client_id import client_id_for
from adapters.ibkr.contracts import Listing, guess, look_up
from adapters.ibkr.following import Following
from adapters.ibkr.gateway import Gateway, shared_gateway
from adapters.ibkr.history import History
from adapters.ibkr.intervals import length_of, next_close
from adapters.ibkr.patience import Patience
from adapters.ibkr.session import Session
from adapters.live.source import Finding, Quote
from strategies.bar import Bar
from strategies.errors import VenueError

LOGGER = logging.getLogger("tradingbot.ibkr")

VENUE = "IBKR"
# Hours are told for about a week and change with holidays and early closes.
_HOURS_LAST = timedelta(hours=6)


def source(settings: FeedSettings) -> "IbkrSource":
    """Return the source of one symbol's bars; it connects when it is first asked for something."""
    return IbkrSource(settings)


class IbkrSource:
    """See `adapters.live.source.LiveSource`."""

    venue = VENUE
    has_quotes = False
    patience: timedelta | None = None

    def __init__(self, settings: FeedSettings, patience: Patience = Patience()) -> None:  # noqa: B008
        self.spec = guess(settings.symbol)
        self._settings, self._patience = settings, patience
        self._length = length_of(settings.interval)
        client_id = settings.client_id if settings.client_id is not None else _client_id(settings)
        self._address = address(settings.endpoints, client_id)
        self._history = History(self._session, self._length, patience)
        self._gateway: Gateway | None = None
        self._listing: Listing | None = None
        self._skew: float | None = None

    async def prepare(self) -> None:
        """Learn the contract, its steps and hours, and the gateway's time; see the port."""
        self._skew = await (await self._session()).measure_skew()
        self._listing = None
        await self._known()

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars; see the port."""
        return await self._history.closed(await self._known(), after, limit)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Follow bars as they form and hand on those that are complete; see the port."""
        listing = await self._known()
        following = Following(await self._session(), listing, self._length, self._history, self._patience)
        try:
            await following.begin()
            yield self._watched(following)
        finally:
            following.end()

    def market_open(self, now: datetime) -> bool:
        """Say whether the contract is traded at this moment, by its own calendar; yes while that is not known."""
        return self._listing is None or self._listing.hours.is_open(now)

    def next_close(self, after: datetime) -> datetime | None:
        """Return when the next bar closes, by the contract's calendar."""
        return None if self._listing is None else next_close(after, self._settings.interval, self._listing.hours)

    def clock_skew(self) -> float | None:
        """Return how far the gateway's clock is ahead of ours, to half a second."""
        return self._skew

    async def check(self) -> list[Finding]:
        """Look at gateway, account, time, data farms, contract, hours and permissions."""
        try:
            session = await self._session()
        except VenueError as error:
            return checking.unreachable(error, self._address)
        found = [*checking.reached(session, self._address), *checking.farms(session)]
        try:
            await self.prepare()
            found += checking.contract(await self._known(), datetime.now(UTC))
        except VenueError as error:
            return [*found, Finding("symbol", False, str(error))]
        return [*found, *await checking.bars(lambda: self.closed_bars(None, 2), self._subscribe_once)]

    async def close(self) -> None:
        """Let go of the connection; the bot's broker may still use it."""
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            await gateway.release(self)

    async def _session(self) -> Session:
        if self._gateway is None:
            self._gateway = shared_gateway(self._address, self._patience, self)
        return await self._gateway.session()

    async def _known(self) -> Listing:
        """Return the contract; its hours are asked for anew now and then, and kept if there is no answer."""
        listing = self._listing
        if listing is not None and datetime.now(UTC) - listing.told_at < _HOURS_LAST:
            return listing
        try:
            session = await self._session()
            session.require_upstream()
            fresh = await look_up(session, self._settings.symbol, self._settings)
        except VenueError as error:
            if listing is None:
                raise
            LOGGER.info("the trading hours of %s stay as they were: %s", self._settings.symbol, error)
            return listing
        self._listing, self.spec = fresh, fresh.spec
        return fresh

    async def _subscribe_once(self) -> None:
        async with self.stream():
            pass

    async def _watched(self, following: Following) -> AsyncIterator[Bar | Quote]:
        async for bar in following.bars():
            yield bar
            following.relist(await self._known())


def _client_id(settings: FeedSettings) -> int:
    """Return a client id for bars without a bot: one process is told from another, nothing is to be found again."""
    if settings.bot is not None:
        return client_id_for(settings.bot)
    return client_id_for(f"{settings.symbol} {settings.interval} {socket.gethostname()} {os.getpid()}")
