"""Past bars of a venue, page after page, with patience for a venue that does not answer for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.live.source import LiveSource
from strategies.bar import Bar
from strategies.errors import VenueLostError

PAGE = 1000
"""So many bars are asked for at once, and lost at most if a download is killed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a question is repeated; pauses double from the first to the longest, in seconds."""

    tries: int = 8
    first: float = 1.0
    longest: float = 60.0
    # A venue that asks for more than this has banned the address: no program should sit that out unseen.
    most_asked: float = 600.0

    def pause(self, failed: int, asked: float | None) -> float | None:
        """Return how long to wait after so many failures in a row; None to give up."""
        if failed >= self.tries or (asked or 0.0) > self.most_asked:
            return None
        pause: float = max(min(self.first * 2.0 ** (failed - 1), self.longest), asked or 0.0)
        return pause


class Pages:
    """Asks a source for past bars; `told` hears of every failure that is waited out."""

    def __init__(
        self, source: LiveSource, interval: timedelta, patience: Patience, told: Callable[[str], None]
    ) -> None:
        self._source, self._interval, self._patience, self._told = source, interval, patience, told
        self._asked, self._answer = _NEVER, list[Bar]()

    async def prepare(self) -> None:
        """Learn the instrument.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If the venue stays away, or refuses.
        """
        await self._patiently(self._source.prepare)

    async def first_from(self, moment: datetime) -> Bar | None:
        """Return the first bar opened at a moment or later; None if there is none yet.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If the venue stays away, or refuses.
        """
        # On a day of 25 hours the bar before may come along.
        async for page in self.between(max(moment - self._interval, _EPOCH), _NEVER):
            for bar in page:
                if bar.time >= moment:
                    return bar
        return None

    async def between(self, after: datetime, end: datetime) -> AsyncIterator[list[Bar]]:
        """Yield the bars opened after a moment and before another, each once, in order.

        Raises
        ------
        VenueLostError, VenueRefusedError
            If the venue stays away, or refuses.
        """
        while after < end:
            found = [bar for bar in await self._opened_after(after) if bar.time > after]
            if page := [bar for bar in found if bar.time < end]:
                yield page
            if len(page) < len(found) or not found:
                return
            after = found[-1].time

    async def _opened_after(self, after: datetime) -> list[Bar]:
        """Return some bars behind a moment, from the last answer where it goes on from there."""
        if not (self._answer and self._asked <= after < self._answer[-1].time):
            self._answer = await self._patiently(lambda: self._source.closed_bars(after, PAGE))
            self._asked = after
        return self._answer

    async def _patiently[T](self, question: Callable[[], Awaitable[T]]) -> T:
        failed = 0
        while True:
            try:
                return await question()
            except VenueLostError as error:
                failed += 1
                pause = self._patience.pause(failed, error.retry_after)
                if pause is None:
                    raise
                self._told(f"{error}; asked again in {pause:.0f} s")
            await asyncio.sleep(pause)
