"""A source whose refusals are told to who watches: a bot waits for a person to act, a watching person is there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from adapters.live.source import Finding, LiveSource, Quote
from strategies.bar import Bar
from strategies.errors import VenueRefusedError


class TellingRefusals:
    """Another source as it is; `first` ends when the venue refuses something. See `LiveSource` for the rest."""

    def __init__(self, source: LiveSource) -> None:
        self.venue, self.spec, self.has_quotes = source.venue, source.spec, source.has_quotes
        self.patience = source.patience
        self._source = source
        self._refusal: VenueRefusedError | None = None
        self._refused = asyncio.Event()

    async def first(self) -> None:
        """Wait for the first refusal.

        Raises
        ------
        VenueRefusedError
            The refusal.
        """
        await self._refused.wait()
        if self._refusal is not None:
            raise self._refusal

    async def prepare(self) -> None:
        """Learn the instrument."""
        with self._told():
            await self._source.prepare()
        self.spec = self._source.spec

    async def closed_bars(self, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars."""
        with self._told():
            return await self._source.closed_bars(after, limit)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[Bar | Quote]]:
        """Return bars and quotes as they come."""
        with self._told():
            async with self._source.stream() as events:
                yield events

    def market_open(self, now: datetime) -> bool:
        """Say whether bars are to be expected."""
        return self._source.market_open(now)

    def next_close(self, after: datetime) -> datetime | None:
        """Return when the next bar closes."""
        return self._source.next_close(after)

    def clock_skew(self) -> float | None:
        """Return how far the venue's clock is ahead."""
        return self._source.clock_skew()

    async def check(self) -> list[Finding]:
        """Look at everything."""
        return await self._source.check()

    async def close(self) -> None:
        """Let go of the venue."""
        await self._source.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except VenueRefusedError as error:
            self._refusal = self._refusal or error
            self._refused.set()
            raise
