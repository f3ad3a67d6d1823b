"""A double of Yahoo with a source before it, both on one clock, as the tests stage them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.feeds import Endpoints, FeedSettings
from adapters.yahoo.source import YahooSource
from strategies.bar import Bar
from tests.venues.yahoo.clocks import SteppedClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import DAY, Listing, sessions

# Not ours: libraries that have not yet followed pandas and numpy.
QUIET = [
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:exchange_calendars.*"),
]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IMPATIENT = 1.0
_DEADLINE = 30.0

NEW_YORK_CLOSED = {
    date(2025, 11, 27), date(2025, 12, 25), date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 4, 3),
    date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3), date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25),
}  # fmt: skip
NEW_YORK_SHORT = dict.fromkeys((date(2025, 11, 28), date(2025, 12, 24), date(2026, 11, 27)), "09:30-13:00")


def at(text: str) -> datetime:
    """Return a moment in UTC: 2026-09-08 13:40:30."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def apple(first: date = date(2025, 10, 1), last: date = date(2026, 12, 31)) -> Listing:
    """Return a share at New York, 9:30 to 16:00."""
    return Listing(
        "AAPL", sessions("America/New_York", first, last, closed=NEW_YORK_CLOSED, short=NEW_YORK_SHORT), level=180
    )


def sap() -> Listing:
    """Return a share at Frankfurt, 9:00 to 17:30, whose prices come 15 minutes late."""
    days = sessions("Europe/Berlin", date(2026, 8, 1), date(2026, 12, 23), "09:00-17:30")
    return Listing("SAP.DE", days, "EUR", "GER", "Europe/Berlin", level=150, delay=15 * MINUTE)


def bitcoin() -> Listing:
    """Return a crypto currency, traded day and night."""
    days = sessions("UTC", date(2026, 1, 1), date(2026, 12, 31), "00:00-24:00", weekdays=range(7))
    return Listing("BTC-USD", days, "USD", "CCC", "UTC", "CRYPTOCURRENCY", level=60_000)


@asynccontextmanager
async def staged(
    listing: Listing, interval: timedelta, now: str, *, symbol: str = "", **settings: Any
) -> AsyncIterator[tuple[YahooSource, YahooDouble, SteppedClock]]:
    """Start a double at a moment, and a source that asks it."""
    clock = SteppedClock(at(now))
    options = {name: settings.pop(name) for name in ("holds_position", "patience") if name in settings}
    with YahooDouble(listing, now=clock.now) as double:
        feed = FeedSettings(
            symbol or listing.symbol, interval, Decimal(0), endpoints=Endpoints(http=double.http_url), **settings
        )
        source = YahooSource(feed, clock, **options)
        try:
            yield source, double, clock
        finally:
            await source.close()


async def next_bars(events: AsyncIterator[Any], count: int) -> list[Bar]:
    """Return the next bars of a stream."""
    found: list[Bar] = []
    async with asyncio.timeout(_DEADLINE):
        while len(found) < count:
            found.append(await anext(events))
    return found


async def streamed(source: YahooSource, count: int, before: Callable[[], Any] | None = None) -> list[Bar]:
    """Return the first bars of a new stream; `before` is called once it stands."""
    async with source.stream() as events:
        if before is not None:
            before()
        return await next_bars(events, count)


async def until(condition: Callable[[], bool]) -> None:
    """Return once something is so.

    Raises
    ------
    AssertionError
        If it is not within the deadline.
    """
    for _ in range(int(_DEADLINE * 1000)):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to be so")


async def raised(waiting: Awaitable[Any]) -> Exception:
    """Return what an operation raises."""
    try:
        async with asyncio.timeout(_DEADLINE):
            await waiting
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def opens(bars: list[Bar]) -> list[str]:
    """Return when bars opened, as text in UTC."""
    return [f"{bar.time:%m-%d %H:%M}" for bar in bars]


def assert_true(bars: list[Bar], listing: Listing, interval: timedelta) -> None:
    """Assert that bars have the prices that were really paid while they lasted, none of a half-formed bar."""
    for bar in bars:
        session = next(each for each in listing.sessions if each[0] <= bar.time < each[1])
        length = min(interval, session[1] - bar.time) if interval < DAY else session[1] - session[0]
        opened, high, low, close, volume = listing.bar(bar.time, length)
        close_to = [round(price, 4) for price in (opened, high, low, close)]
        assert [*bar[1:5], bar.volume] == [*close_to, volume], f"the bar of {bar.time}"
