"""Following a source of bars for as long as the bot lives: every bar once, in order, none missing. No Nautilus."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from adapters.bars_file import fault_of
from adapters.live.line import Line
from adapters.live.reading import must_follow
from adapters.live.source import LiveSource, Quote
from strategies.bar import Bar
from strategies.errors import VenueError, VenueLostError

LOGGER = logging.getLogger("tradingbot.feed")

_WATCH_SECONDS = 5.0
# Enough for a month of minutes in pieces; a gap is filled page by page.
_PAGE = 1000


class Follower:
    """Hands a source's bars on, and reconnects when its stream ends.

    Parameters
    ----------
    source : LiveSource
        Where they come from.
    interval : timedelta
        Their length.
    line : Line
        Is told of outages, and which bars are late.
    retry : timedelta
        The pause before a lost connection is tried again.
    bar_came, quote_came : callable
        Take what arrives.
    """

    def __init__(
        self,
        source: LiveSource,
        interval: timedelta,
        line: Line,
        retry: timedelta,
        bar_came: Callable[[Bar], None],
        quote_came: Callable[[Quote], None],
    ) -> None:
        self._source, self._interval, self._line, self._retry = source, interval, line, retry
        self._bar_came, self._quote_came = bar_came, quote_came
        self._last: datetime | None = None
        self._heard = _now()

    async def history(self, count: int) -> list[Bar]:
        """Return the last `count` complete bars, however long it takes the venue to answer.

        A venue that answers with nothing at all is asked again: a bot must not take a hole for the past.
        """
        while True:
            try:
                bars = [bar for bar in await self._source.closed_bars(None, count) if not _is_none(bar)]
                if bars:
                    self._line.back()
                    self._last = bars[-1].time
                    return bars
                raise VenueLostError("it has no bars of the past")
            except VenueError as error:
                await self._rest(error)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            following = asyncio.create_task(self._follow())
            try:
                deaf = await self._until_deaf(following)
                if deaf is not None:
                    raise deaf
                await following
            except VenueError as error:
                await self._rest(error)
            finally:
                following.cancel()

    async def _follow(self) -> None:
        async with self._source.stream() as events:
            filled = await self._fill(until=None)
            self._line.back(f"{filled} {'bar was' if filled == 1 else 'bars were'} filled in" if filled else "")
            self._heard = _now()
            await self._take(events)
        raise VenueLostError("the stream ended")

    async def _take(self, events: AsyncIterator[Bar | Quote]) -> None:
        async for event in events:
            if isinstance(event, Quote):
                self._quote_came(event)
                continue
            self._heard = _now()
            if _is_none(event):
                # The next one shows the gap, and the venue may know better by then.
                continue
            if self._last is None or event.time > self._last + self._interval:
                await self._fill(until=event.time)
            self._hand_on(event)

    async def _fill(self, until: datetime | None) -> int:
        """Hand on the bars after the last one seen, before `until`; return how many."""
        filled = 0
        while self._last is not None:
            found = await self._source.closed_bars(self._last, _PAGE)
            for bar in found:
                if (until is None or bar.time < until) and bar.time > self._last:
                    self._line.mark_late(bar.time)
                    self._hand_on(bar)
                    filled += 1
            if len(found) < _PAGE:
                break
        return filled

    def _hand_on(self, bar: Bar) -> None:
        if self._last is None or bar.time > self._last:
            if self._last is not None:
                must_follow(bar.time, self._last, "the feed", _now())
            self._last = bar.time
            if not _is_none(bar):
                self._bar_came(bar)

    async def _until_deaf(self, following: "asyncio.Task[None]") -> VenueLostError | None:
        """Return when the task is done, or that bars stay away though the market is open and the stream stands."""
        while not following.done():
            await asyncio.wait([following], timeout=_WATCH_SECONDS)
            now = _now()
            if not self._source.market_open(now):
                self._heard = now
            elif self._line.is_up and (limit := self._longest_silence()) is not None and now - self._heard > limit:
                self._heard = now
                return VenueLostError(f"no bar for {limit.total_seconds():.0f} s")
        return None

    def _longest_silence(self) -> timedelta | None:
        patience = self._source.patience
        return None if patience is None else self._interval + patience

    async def _rest(self, error: VenueError) -> None:
        self._line.lost(str(error))
        LOGGER.debug("trying again later: %s", error)
        asked = error.retry_after if isinstance(error, VenueLostError) and error.retry_after is not None else 0.0
        await asyncio.sleep(max(self._retry.total_seconds(), asked))


def _is_none(bar: Bar) -> bool:
    """Say whether what a venue calls a bar is none, such as one with a price of zero; it is told and left out."""
    fault = fault_of(bar)
    if fault:
        LOGGER.warning("the bar of %s is none and is left out: %s", f"{bar.time:%Y-%m-%d %H:%M} UTC", fault)
    return bool(fault)


def _now() -> datetime:
    return datetime.now(UTC)
