"""Bars of the past, page by page, never the one that is still forming."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from adapters.ibkr.codes import as_error
from adapters.ibkr.contracts import Listing
from adapters.ibkr.intervals import Length, latest_end, plain_bar
from adapters.ibkr.patience import Patience
from adapters.ibkr.session import Session
from adapters.live.reading import in_order
from strategies.bar import Bar

# A few pages without a bar are a halt or holidays; more of them are the time before the contract was listed.
_MOST_EMPTY_PAGES = 3


class Pacer:
    """Holds requests back before Interactive Brokers does: sixty in ten minutes are its limit."""

    def __init__(self, most: int = 55, seconds: float = 600.0) -> None:
        self._most, self._seconds = most, seconds
        self._sent: deque[float] = deque()

    def wait_needed(self, now: float) -> float:
        """Return how long to wait before the next request, and count it."""
        while self._sent and self._sent[0] <= now - self._seconds:
            self._sent.popleft()
        wait = self._sent[-self._most] + self._seconds - now if len(self._sent) >= self._most else 0.0
        self._sent.append(now + max(0.0, wait))
        return max(0.0, wait)


class History:
    """Asks for bars of one contract and length."""

    def __init__(self, session: Callable[[], Awaitable[Session]], length: Length, patience: Patience) -> None:
        self._session, self._length, self._patience = session, length, patience
        self._pacer = Pacer()
        self._surplus: list[Bar] = []
        self._surplus_after: datetime | None = None

    async def closed(self, listing: Listing, after: datetime | None, limit: int) -> list[Bar]:
        """Return complete bars; see `LiveSource.closed_bars`.

        Raises
        ------
        VenueLostError, VenueRefusedError
            As there.
        """
        if after is None:
            return (await self._back(listing, None, limit + 1))[-limit:]
        # What was fetched beyond an earlier limit is the beginning of what is wanted now.
        kept = self._surplus if self._surplus_after == after else []
        bars = kept if len(kept) > limit else await self._back(listing, after, None)
        bars = [bar for bar in bars if bar.time > after]
        bars, self._surplus = bars[:limit], bars[limit:]
        self._surplus_after = bars[-1].time if bars else None
        return bars

    async def newest(self, listing: Listing) -> list[Bar]:
        """Return the last few bars, the forming one included."""
        return await self.page(listing, None, self._length.look)

    async def page(self, listing: Listing, end: datetime | None, duration: str) -> list[Bar]:
        """Return what one request yields: bars up to `end`, or up to now, the forming one included."""
        await asyncio.sleep(self._pacer.wait_needed(time.monotonic()))
        session = await self._session()
        until = "" if end is None else f"{end:%Y%m%d-%H:%M:%S}"
        what = f"bars of {listing.spec.symbol}"
        answer = await session.ask(
            what,
            lambda client, number: client.reqHistoricalData(
                number, listing.contract, until, duration, self._length.size, listing.shows, not listing.is_forex, 2,
                False, [],
            ),
            self._patience.history,
        )  # fmt: skip
        if answer.trouble is not None and not answer.trouble.is_no_data:
            raise as_error(answer.trouble, what)
        bars = [plain_bar(raw.date, raw.open, raw.high, raw.low, raw.close, raw.volume) for raw in answer.items]
        return in_order(bars, "Interactive Brokers", datetime.fromtimestamp(session.now(), UTC))

    async def _back(self, listing: Listing, after: datetime | None, count: int | None) -> list[Bar]:
        """Return the bars from now back to `after`, or `count` of them: from page to page nothing can be missed."""
        bars = await self.page(listing, None, self._length.page)
        if bars and not await self._is_over(listing, bars[-1]):
            bars = bars[:-1]
        empty = 0
        end = bars[0].time if bars else datetime.now(UTC)
        while empty < _MOST_EMPTY_PAGES:
            if (after is not None and end <= after + self._length.interval) or (
                count is not None and len(bars) >= count
            ):
                break
            earlier = [bar for bar in await self.page(listing, end, self._length.page) if bar.time < end]
            empty = 0 if earlier else empty + 1
            bars = earlier + bars
            end = earlier[0].time if earlier else end - self._length.span
        return bars

    async def _is_over(self, listing: Listing, last: Bar) -> bool:
        """Say whether the last bar there is has ended, by the gateway's own clock: ours may be anywhere."""
        session = await self._session()
        now = datetime.now(UTC) + timedelta(seconds=await session.measure_skew())
        end, closes = latest_end(last.time, self._length.interval, listing.hours)
        grace = self._patience.grace_at_close if closes else self._patience.grace
        return now >= end + timedelta(seconds=grace)
