"""When Yahoo's markets are open and bars close: nights, weekends, holidays, half days, and the clocks' changes."""

from datetime import date, datetime, timedelta

import pytest

from adapters.yahoo.hours import ExchangeDays, Hours, open_hours
from adapters.yahoo.market import ALWAYS, FOREX, FUTURES
from adapters.yahoo.timetable import Timetable
from tests.venues.yahoo.listing import DAY
from tests.venues.yahoo.staging import (
    HOUR,
    MINUTE,
    QUIET,
    apple,
    assert_true,
    at,
    bitcoin,
    next_bars,
    opens,
    sap,
    staged,
    streamed,
)

pytestmark = QUIET

NOW = at("2026-03-01 12:00")
_opened: dict[str, Hours] = {}


def table(name: str, interval: timedelta = MINUTE) -> Timetable:
    if name not in _opened:
        _opened[name] = open_hours(name, NOW)
    return Timetable(_opened[name], interval)


OPEN = {
    "New York in the morning": ("XNYS", "2026-03-02 14:30", True),
    "New York before the bell": ("XNYS", "2026-03-02 14:29", False),
    "New York at the bell": ("XNYS", "2026-03-02 21:00", False),
    "New York on Saturday": ("XNYS", "2026-02-28 16:00", False),
    "New York on Thanksgiving": ("XNYS", "2025-11-27 16:00", False),
    "New York the day after, at noon": ("XNYS", "2025-11-28 17:59", True),
    "New York the day after, past one": ("XNYS", "2025-11-28 18:00", False),
    "New York at Christmas": ("XNYS", "2025-12-25 16:00", False),
    "New York an hour earlier in summer": ("XNYS", "2026-03-09 13:30", True),
    "Frankfurt": ("XETR", "2026-03-02 08:00", True),
    "Frankfurt on Good Friday": ("XETR", "2026-04-03 10:00", False),
    "London on Boxing Day": ("XLON", "2025-12-26 10:00", False),
    "Tokyo": ("XTKS", "2026-03-02 00:00", True),
    "Tokyo at lunch": ("XTKS", "2026-03-02 03:00", False),
    "Tokyo after lunch": ("XTKS", "2026-03-02 03:30", True),
    "Hong Kong at New Year": ("XHKG", "2026-02-17 03:00", False),
    "currencies late on Sunday": (FOREX, "2026-03-01 22:00", True),
    "currencies on Sunday afternoon": (FOREX, "2026-03-01 21:59", False),
    "currencies on Friday until five in New York": (FOREX, "2026-02-27 21:59", True),
    "currencies on Friday night": (FOREX, "2026-02-27 22:00", False),
    "currencies on Saturday": (FOREX, "2026-02-28 12:00", False),
    "currencies at Christmas": (FOREX, "2025-12-25 12:00", False),
    "currencies on Sunday where New York has summer and London winter": (FOREX, "2026-03-08 21:00", True),
    "futures at midnight": (FUTURES, "2026-03-03 05:00", True),
    "futures in their daily hour of rest": (FUTURES, "2026-03-02 22:30", False),
    "futures late on Sunday": (FUTURES, "2026-03-01 23:00", True),
    "futures on Saturday": (FUTURES, "2026-02-28 12:00", False),
    "futures at Christmas": (FUTURES, "2025-12-25 12:00", False),
    "coins on Sunday": (ALWAYS, "2026-03-01 03:00", True),
}


@pytest.mark.parametrize(("name", "moment", "is_open"), OPEN.values(), ids=OPEN)
def test_a_market_is_open_when_it_is_traded(name: str, moment: str, is_open: bool) -> None:
    assert table(name).is_open(at(moment)) is is_open


CLOSES = {
    "within a session": ("XNYS", MINUTE, "2026-03-02 15:00:10", "2026-03-02 15:01"),
    "at a close the next one": ("XNYS", MINUTE, "2026-03-02 15:01", "2026-03-02 15:02"),
    "the hour that begins at half past": ("XNYS", HOUR, "2026-03-02 14:31", "2026-03-02 15:30"),
    "the last, short hour": ("XNYS", HOUR, "2026-03-02 20:31", "2026-03-02 21:00"),
    "the first of four hours": ("XNYS", 4 * HOUR, "2026-03-02 14:31", "2026-03-02 18:30"),
    "the rest of the day after four hours": ("XNYS", 4 * HOUR, "2026-03-02 18:30", "2026-03-02 21:00"),
    "over night": ("XNYS", 5 * MINUTE, "2026-03-02 21:00", "2026-03-03 14:35"),
    "over a weekend and into summer time": ("XNYS", HOUR, "2026-03-06 21:00", "2026-03-09 14:30"),
    "over Thanksgiving": ("XNYS", HOUR, "2025-11-26 21:00", "2025-11-28 15:30"),
    "on a half day": ("XNYS", HOUR, "2025-11-28 17:30", "2025-11-28 18:00"),
    "after a half day": ("XNYS", DAY, "2025-11-28 18:00", "2025-12-01 21:00"),
    "a day": ("XNYS", DAY, "2026-03-02 15:00", "2026-03-02 21:00"),
    "a day that is a half one": ("XNYS", DAY, "2025-12-24 15:00", "2025-12-24 18:00"),
    "a day in Frankfurt when the clocks change": ("XETR", DAY, "2026-03-27 16:30", "2026-03-30 15:30"),
    "no minutes at lunch": ("XTKS", MINUTE, "2026-03-02 02:30", "2026-03-02 03:31"),
    "an hour that lunch cuts short": ("XTKS", HOUR, "2026-03-02 02:10", "2026-03-02 03:00"),
    "currencies over a weekend": (FOREX, HOUR, "2026-02-27 22:00", "2026-03-01 23:00"),
    "a day of currencies is London's": (FOREX, DAY, "2026-03-02 10:00", "2026-03-03 00:00"),
    "a summer's day of currencies": (FOREX, DAY, "2026-06-02 10:00", "2026-06-02 23:00"),
    "Sunday's hours of currencies make no day": (FOREX, DAY, "2026-02-27 22:00", "2026-03-03 00:00"),
    "futures on Thanksgiving": (FUTURES, HOUR, "2025-11-27 17:30", "2025-11-27 18:00"),
    "futures after Thanksgiving": (FUTURES, HOUR, "2025-11-27 18:00", "2025-11-28 00:00"),
    "coins": (ALWAYS, 4 * HOUR, "2026-03-01 10:00", "2026-03-01 12:00"),
    "a day of coins": (ALWAYS, DAY, "2026-03-01 10:00", "2026-03-02 00:00"),
}


@pytest.mark.parametrize(("name", "interval", "after", "closes"), CLOSES.values(), ids=CLOSES)
def test_the_next_bar_closes_by_the_sessions(name: str, interval: timedelta, after: str, closes: str) -> None:
    assert table(name, interval).next_close(at(after)) == at(closes)


def test_beyond_its_calendar_an_exchange_keeps_its_usual_hours() -> None:
    hours = ExchangeDays("XBOM", NOW)

    assert hours.on(date(2031, 3, 3)) == (date(2031, 3, 3), at("2031-03-03 03:45"), at("2031-03-03 10:00"), (), True)
    assert hours.on(date(2031, 3, 2)) is None


def test_a_calendar_follows_a_bot_that_runs_for_years() -> None:
    hours = ExchangeDays("XNYS", at("2020-03-01 12:00"))

    assert hours.on(date(2026, 2, 16)) is None, "Washington's birthday"
    assert hours.on(date(2026, 2, 17)) is not None


@pytest.mark.parametrize(
    ("now", "live"),
    [
        ("2026-03-06 20:57:30", ["03-06 20:57", "03-06 20:58", "03-06 20:59", "03-09 13:30", "03-09 13:31"]),
        ("2025-11-28 17:58:30", ["11-28 17:58", "11-28 17:59", "12-01 14:30"]),
        ("2025-12-24 17:58:30", ["12-24 17:58", "12-24 17:59", "12-26 14:30"]),
        ("2026-10-30 19:58:30", ["10-30 19:58", "10-30 19:59", "11-02 14:30"]),
    ],
    ids=["into summer time", "a half day", "Christmas", "out of summer time"],
)
async def test_bars_come_from_one_session_into_the_next(now: str, live: list[str]) -> None:
    async with staged(apple(), MINUTE, now) as (source, double, _):
        assert opens(await streamed(source, len(live))) == live

    assert len(double.chart_requests) <= 2 + len(live) + 8


async def test_nothing_is_asked_for_while_the_market_is_closed() -> None:
    async with staged(apple(), MINUTE, "2026-09-04 21:30:00") as (source, double, _):
        await streamed(source, 1)

    closed = [asked for asked in double.chart_requests if at("2026-09-04 21:31") < asked.time < at("2026-09-08 13:30")]
    assert closed == []


@pytest.mark.parametrize("interval", [HOUR, 4 * HOUR, DAY])
async def test_a_half_day_ends_its_last_bar(interval: timedelta) -> None:
    async with staged(apple(), interval, "2025-11-28 18:20:00") as (source, _, _clock):
        bar = (await source.closed_bars(None, 1))[0]

    assert bar.time == {HOUR: at("2025-11-28 17:30"), 4 * HOUR: at("2025-11-28 14:30")}.get(
        interval, at("2025-11-28 14:30")
    )
    assert [round(price, 4) for price in apple().bar(bar.time, at("2025-11-28 18:00") - bar.time)[:4]] == [*bar[1:5]]


async def test_late_prices_make_late_bars_and_never_half_formed_ones() -> None:
    listing = sap()
    async with staged(listing, 5 * MINUTE, "2026-09-08 10:00:00") as (source, double, clock), source.stream() as events:
        assert opens(await source.closed_bars(None, 1)) == ["09-08 09:40"]
        for _ in range(12):
            bars = await next_bars(events, 1)
            assert 15 * MINUTE < clock.now() - (bars[0].time + 5 * MINUTE) < 18 * MINUTE
            assert_true(bars, listing, 5 * MINUTE)

    assert len(double.chart_requests) < 12 * 6


async def test_a_source_says_how_late_its_bars_may_be() -> None:
    async with staged(sap(), MINUTE, "2026-09-08 10:00:00") as (source, _, _clock):
        assert source.delay == 15 * MINUTE
    async with staged(apple(), DAY, "2026-09-08 10:00:00") as (source, _, _clock):
        assert source.delay == 15 * MINUTE
    async with staged(apple(), MINUTE, "2026-09-08 10:00:00") as (source, _, _clock):
        assert source.delay == timedelta(0)


async def test_a_market_that_never_closes_has_no_next_close() -> None:
    async with staged(bitcoin(), HOUR, "2026-09-06 10:00:00") as (source, _, _clock):
        await source.prepare()

        assert source.next_close(at("2026-09-06 10:00")) is None
        assert source.market_open(at("2026-09-06 10:00"))
        assert source.next_open(at("2026-09-06 10:00")) is None


async def test_before_anything_is_known_the_market_counts_as_open() -> None:
    async with staged(apple(), HOUR, "2026-09-06 10:00:00") as (source, double, _clock):
        assert source.market_open(at("2026-09-06 10:00"))
        assert source.next_close(at("2026-09-06 10:00")) is None
        assert double.requests == []


def test_times_that_a_table_gives_are_utc() -> None:
    found = table("XNYS").next_close(at("2026-03-02 15:00"))

    assert found is not None
    assert found.utcoffset() == timedelta(0)
    assert isinstance(found, datetime)
