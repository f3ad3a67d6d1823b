"""Following one contract's bars over a connection, subscribing again where it breaks, asking where it is mute."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from adapters.ibkr.codes import SUBSCRIPTION_ENDED, Trouble, as_error
from adapters.ibkr.contracts import Listing
from adapters.ibkr.forming import Forming
from adapters.ibkr.history import History
from adapters.ibkr.inbox import Update
from adapters.ibkr.intervals import Length, plain_bar
from adapters.ibkr.news import Gone, Restored
from adapters.ibkr.patience import Patience
from adapters.ibkr.session import Session
from adapters.live.reading import in_order
from strategies.bar import Bar
from strategies.errors import VenueLostError

LOGGER = logging.getLogger("tradingbot.ibkr")

_SETTLING_TRIES = 3
_SUBSCRIBING_TRIES = 6


class Following:
    """A subscription to bars that update as they form; `begin` it, take `bars`, and `end` it."""

    def __init__(
        self, session: Session, listing: Listing, length: Length, history: History, patience: Patience
    ) -> None:
        self._session, self._listing, self._length = session, listing, length
        self._history, self._patience = history, patience
        self._forming = Forming(length.interval, listing.hours, patience)
        self._number = 0
        self._queue: asyncio.Queue[Update] = asyncio.Queue()

    async def begin(self) -> list[Bar]:
        """Subscribe; return bars that closed while there was no subscription, none at the first time.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If that cannot be had.
        """
        self._session.require_upstream()
        what = f"bars of {self._listing.spec.symbol} as they form"
        listing, length = self._listing, self._length

        def subscribe(client: Any, number: int) -> None:
            self._number = number
            self._queue = self._session.follow(number)
            client.reqHistoricalData(
                number, listing.contract, "", length.look, length.size, listing.shows, not listing.is_forex, 2, True, []
            )

        answer = await self._session.ask(what, subscribe, self._patience.history)
        if answer.trouble is not None:
            raise as_error(answer.trouble, what)
        bars = [plain_bar(raw.date, raw.open, raw.high, raw.low, raw.close, raw.volume) for raw in answer.items]
        return self._forming.take_batch(in_order(bars, "Interactive Brokers", self._now()), self._now())

    async def bars(self) -> AsyncIterator[Bar]:
        """Yield bars as they close, until VenueLostError says why no more come."""
        while True:
            for bar in await self._next():
                yield bar

    def relist(self, listing: Listing) -> None:
        """Go on by newer trading hours."""
        self._listing = listing
        self._forming.hours = listing.hours

    def end(self) -> None:
        """Take the subscription back, if there is one and still somebody to tell."""
        number, self._number = self._number, 0
        if number:
            self._session.unfollow(number)
            with suppress(VenueLostError):
                self._session.send(lambda client: client.cancelHistoricalData(number))

    async def _next(self) -> list[Bar]:
        # Without Interactive Brokers behind the gateway no bar can be told to be over.
        over_at = self._forming.over_at if self._session.has_upstream else None
        wait = None if over_at is None else max(0.0, (over_at - self._now()).total_seconds())
        try:
            async with asyncio.timeout(wait):
                update = await self._queue.get()
        except TimeoutError:
            return await self._settle()
        if isinstance(update, Gone):
            raise VenueLostError(update.reason)
        if isinstance(update, Trouble):
            return await self._after(update)
        if isinstance(update, Restored):
            return await self._again("the connection was restored")
        bar = plain_bar(update.date, update.open, update.high, update.low, update.close, update.volume)
        in_order([bar], "Interactive Brokers", self._now())
        return self._forming.take(bar, self._now())

    async def _after(self, trouble: Trouble) -> list[Bar]:
        error = as_error(trouble, f"bars of {self._listing.spec.symbol}")
        lost = error if isinstance(error, VenueLostError) else None
        if lost is None or lost.retry_after is not None or trouble.code not in SUBSCRIPTION_ENDED:
            raise VenueLostError(str(error), lost.retry_after if lost else None)
        return await self._again(str(error))

    async def _again(self, why: str) -> list[Bar]:
        """Subscribe anew on the same socket: what closed meanwhile comes with the first answer."""
        LOGGER.info("subscribing to %s again: %s", self._listing.spec.symbol, why)
        for tried in range(1, _SUBSCRIBING_TRIES + 1):
            self.end()
            try:
                return await self.begin()
            except VenueLostError as error:
                self._session.require()
                if error.retry_after is not None or tried == _SUBSCRIBING_TRIES:
                    raise
                await asyncio.sleep(self._patience.retry)
        raise AssertionError("unreachable")

    async def _settle(self) -> list[Bar]:
        """Ask for the bar that is over though no next one began: what was streamed of it may lack its end."""
        for _ in range(_SETTLING_TRIES):
            if not self._session.has_upstream:
                return []
            newest = await self._history.newest(self._listing)
            if told := self._forming.settle(newest, self._now()):
                return told
            await asyncio.sleep(self._patience.retry)
        return self._forming.give_up_settling()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._session.now(), UTC)
