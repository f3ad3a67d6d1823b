"""Yahoo's bars at every interval: the past, where bars begin and end, and the first that come live."""

from datetime import date, timedelta

import pytest

from tests.venues.yahoo.listing import DAY, Listing, sessions
from tests.venues.yahoo.staging import HOUR, MINUTE, QUIET, apple, assert_true, at, bitcoin, opens, staged, streamed

pytestmark = QUIET

INTERVALS = {
    "1m": (MINUTE, ["09-08 17:55", "09-08 17:56"], ["09-08 17:57", "09-08 17:58", "09-08 17:59"]),
    "5m": (5 * MINUTE, ["09-08 17:45", "09-08 17:50"], ["09-08 17:55", "09-08 18:00", "09-08 18:05"]),
    "15m": (15 * MINUTE, ["09-08 17:15", "09-08 17:30"], ["09-08 17:45", "09-08 18:00", "09-08 18:15"]),
    "30m": (30 * MINUTE, ["09-08 16:30", "09-08 17:00"], ["09-08 17:30", "09-08 18:00", "09-08 18:30"]),
    "1h": (HOUR, ["09-08 15:30", "09-08 16:30"], ["09-08 17:30", "09-08 18:30", "09-08 19:30"]),
    "4h": (4 * HOUR, ["09-08 13:30", "09-08 17:30"], ["09-09 13:30", "09-09 17:30", "09-10 13:30"]),
    "1d": (DAY, ["09-03 13:30", "09-04 13:30"], ["09-08 13:30", "09-09 13:30", "09-10 13:30"]),
}


@pytest.mark.parametrize(("interval", "past", "live"), INTERVALS.values(), ids=INTERVALS)
async def test_the_past_ends_with_the_last_complete_bar_and_live_bars_follow_without_a_gap(
    interval: timedelta, past: list[str], live: list[str]
) -> None:
    listing = apple()
    # Four hours are asked after the close, where the second bar of the day, a short one, is complete.
    now = "2026-09-08 20:30:05" if interval == 4 * HOUR else "2026-09-08 17:57:20"
    async with staged(listing, interval, now) as (source, _, _clock):
        known = await source.closed_bars(None, 40)
        came = await streamed(source, 3)

    assert (len(known), opens(known[-2:]), opens(came)) == (40, past, live)
    assert_true(known + came, listing, interval)


@pytest.mark.parametrize(("interval", "_past", "_live"), INTERVALS.values(), ids=INTERVALS)
async def test_each_bar_costs_one_request_where_yahoo_answers_in_time(
    interval: timedelta, _past: list[str], _live: list[str]
) -> None:
    async with staged(bitcoin(), interval, "2026-09-08 17:57:20") as (source, double, _):
        await source.prepare()
        before = len(double.chart_requests)
        await streamed(source, 20)

    assert len(double.chart_requests) - before <= 1 + 20 + 2


@pytest.mark.parametrize(("interval", "_past", "_live"), INTERVALS.values(), ids=INTERVALS)
async def test_a_live_bar_comes_within_seconds_of_its_close(
    interval: timedelta, _past: list[str], _live: list[str]
) -> None:
    async with staged(bitcoin(), interval, "2026-09-08 17:57:20") as (source, _, clock), source.stream() as events:
        for _ in range(3):
            bar = await anext(events)
            assert timedelta(seconds=1) < clock.now() - (bar.time + interval) < timedelta(seconds=10)


async def test_four_hours_begin_at_the_sessions_opening_and_the_days_last_bar_is_short() -> None:
    listing = apple()
    async with staged(listing, 4 * HOUR, "2026-09-08 21:00:00") as (source, _, _clock):
        first, second = await source.closed_bars(None, 2)

    assert first[1:5] == tuple(round(price, 4) for price in listing.bar(at("2026-09-08 13:30"), 4 * HOUR)[:4])
    assert second[1:5] == tuple(round(price, 4) for price in listing.bar(at("2026-09-08 17:30"), 2.5 * HOUR)[:4])


async def test_four_hours_of_a_market_that_never_closes_begin_at_midnight_utc() -> None:
    async with staged(bitcoin(), 4 * HOUR, "2026-09-08 13:00:00") as (source, _, _clock):
        assert opens(await source.closed_bars(None, 4)) == ["09-07 20:00", "09-08 00:00", "09-08 04:00", "09-08 08:00"]


async def test_half_hours_begin_at_an_opening_that_is_on_a_quarter() -> None:
    # Bombay opens at 9:15, which is 3:45 in UTC.
    days = sessions("Asia/Kolkata", date(2026, 7, 1), date(2026, 9, 30), "09:15-15:30")
    listing = Listing("TCS.NS", days, "INR", "NSI", "Asia/Kolkata", level=3000)
    async with staged(listing, 30 * MINUTE, "2026-09-08 05:00:00") as (source, _, _clock):
        assert opens(await source.closed_bars(None, 2)) == ["09-08 03:45", "09-08 04:15"]


async def test_bars_after_a_moment_begin_with_the_next() -> None:
    async with staged(apple(), MINUTE, "2026-09-08 17:57:20") as (source, _, _clock):
        found = await source.closed_bars(at("2026-09-04 19:58"), 5)

    assert opens(found) == ["09-04 19:59", "09-08 13:30", "09-08 13:31", "09-08 13:32", "09-08 13:33"]


async def test_minutes_are_asked_for_week_by_week() -> None:
    listing = apple()
    async with staged(listing, MINUTE, "2026-09-08 17:57:20") as (source, double, _):
        found = await source.closed_bars(None, 5000)

    assert len(found) == 5000
    assert len({bar.time for bar in found}) == 5000
    assert [asked.status for asked in double.chart_requests] == [200] * 4
    assert_true(found[::100], listing, MINUTE)


@pytest.mark.parametrize(
    ("interval", "days"), [(MINUTE, 30), (5 * MINUTE, 60), (15 * MINUTE, 60), (HOUR, 730), (4 * HOUR, 730)]
)
async def test_more_bars_than_yahoo_keeps_are_served_as_far_as_it_goes(interval: timedelta, days: int) -> None:
    now = at("2026-09-08 17:57:20")
    async with staged(bitcoin(), interval, "2026-09-08 17:57:20") as (source, double, _):
        found = await source.closed_bars(None, 100_000)

    assert {asked.status for asked in double.chart_requests} == {200}
    reach = min(timedelta(days=days), now - at("2026-01-01 00:00"))
    assert reach - timedelta(hours=5) < now - found[0].time <= reach


async def test_days_reach_back_as_far_as_there_are_any() -> None:
    async with staged(apple(), DAY, "2026-09-08 17:57:20") as (source, double, _):
        found = await source.closed_bars(None, 5000)

    assert opens(found[:2]) == ["10-01 13:30", "10-02 13:30"]
    assert len(double.chart_requests) < 5


async def test_a_day_is_complete_a_quarter_of_an_hour_after_the_close() -> None:
    async with staged(apple(), DAY, "2026-09-08 20:14:00") as (source, _, clock):
        assert opens(await source.closed_bars(None, 1)) == ["09-04 13:30"]
        clock.set(at("2026-09-08 20:16:00"))
        assert opens(await source.closed_bars(None, 1)) == ["09-08 13:30"]


async def test_prices_are_rid_of_single_precision() -> None:
    async with staged(apple(), MINUTE, "2026-09-08 17:57:20") as (source, _, _clock):
        assert all(round(price, 2) == price for bar in await source.closed_bars(None, 50) for price in bar[1:5])


async def test_pence_become_pounds() -> None:
    listing = Listing("VOD.L", apple().sessions, "GBp", "LSE", "Europe/London", level=70)
    async with staged(listing, MINUTE, "2026-09-08 17:57:20") as (source, _, _clock):
        found = await source.closed_bars(None, 5)

    assert source.spec.quote == "GBP"
    assert source.spec.price_decimals == 6
    assert all(0.5 < bar.close < 0.9 for bar in found)
