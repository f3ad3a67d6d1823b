"""What Yahoo does wrong, and what becomes of the bars: none twice, none half formed, none made up, no storms."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from strategies.errors import VenueLostError, VenueRefusedError
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import DAY
from tests.venues.yahoo.staging import (
    HOUR,
    IMPATIENT,
    MINUTE,
    QUIET,
    apple,
    assert_true,
    at,
    bitcoin,
    next_bars,
    opens,
    raised,
    sap,
    staged,
    streamed,
    until,
)

pytestmark = QUIET

NOW = "2026-09-08 17:57:20"
FIVE = ["09-08 17:57", "09-08 17:58", "09-08 17:59", "09-08 18:00", "09-08 18:01"]

PASSING: dict[str, Callable[[YahooDouble], None]] = {
    "one status 500": lambda double: double.faults.fail(1),
    "two status 503": lambda double: double.faults.fail(2, 503),
    "an empty answer": lambda double: double.faults.answer_nothing(1),
    "a web page": lambda double: double.faults.answer_a_page(1),
    "a connection that breaks off": lambda double: double.faults.reset(1),
    "no answer at all": lambda double: double.faults.hang(1),
    "a known symbol denied": lambda double: double.faults.not_found(2),
    "asked too often, once": lambda double: double.faults.rate_limit(1),
    "asked too often, ten seconds": lambda double: double.faults.rate_limit(1, retry_after=10),
    "a crumb that is taken no more": lambda double: double.expire_crumb(),
    "cookies that are taken no more": lambda double: double.expire_cookies(),
    "each row twice": lambda double: setattr(double.faults, "doubles_rows", True),
    "rows from before and after hours": lambda double: setattr(double.faults, "leaks_extended_hours", True),
    "a bar late by three answers": lambda double: double.faults.hide(at("2026-09-08 17:58"), 3),
    "an answer that stands still": lambda double: double.faults.freeze(at("2026-09-08 17:57:48"), 4),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_trouble_that_passes_leaves_no_trace_in_the_bars(fault: Callable[[YahooDouble], None]) -> None:
    listing = apple()
    async with staged(listing, MINUTE, NOW, patience=IMPATIENT) as (source, double, _):
        await source.prepare()
        came = await streamed(source, 5, before=lambda: fault(double))

    assert opens(came) == FIVE
    assert_true(came, listing, MINUTE)
    assert len(double.chart_requests) <= 2 + 5 * 6


async def test_what_is_traded_after_hours_makes_no_bars() -> None:
    async with staged(apple(), MINUTE, "2026-09-08 19:58:30") as (source, double, _):
        double.faults.leaks_extended_hours = True
        known = await source.closed_bars(at("2026-09-04 19:58"), 2)
        came = await streamed(source, 3)

    assert opens(known) == ["09-04 19:59", "09-08 13:30"]
    assert opens(came) == ["09-08 19:58", "09-08 19:59", "09-09 13:30"]


async def test_late_bars_come_as_soon_as_they_are_there() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, clock), source.stream() as events:
        double.faults.hide(at("2026-09-08 17:57"), 3)
        bar = await next_bars(events, 1)

    assert opens(bar) == ["09-08 17:57"]
    assert clock.now() - at("2026-09-08 17:58") < timedelta(seconds=25)


LASTING: dict[str, Callable[[YahooDouble], None]] = {
    "status 500": lambda double: double.faults.fail(99),
    "empty answers": lambda double: double.faults.answer_nothing(99),
    "web pages": lambda double: double.faults.answer_a_page(99),
    "connections that break off": lambda double: double.faults.reset(99),
    "asked too often": lambda double: double.faults.rate_limit(99),
    "asked too often for an hour": lambda double: double.faults.rate_limit(99, retry_after=3600),
}


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING)
async def test_trouble_that_lasts_ends_the_stream_after_few_requests(
    fault: Callable[[YahooDouble], None], request: pytest.FixtureRequest
) -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _), source.stream() as events:
        fault(double)
        before = len(double.requests)
        error = await raised(anext(events))

    assert isinstance(error, VenueLostError)
    # Three questions; curl asks twice over a connection that has broken off.
    assert len(double.requests) - before <= (6 if "break" in request.node.callspec.id else 3)


async def test_a_stream_that_ended_is_taken_up_again_without_a_hole() -> None:
    listing = apple()
    async with staged(listing, MINUTE, NOW) as (source, double, clock):
        async with source.stream() as events:
            first = await next_bars(events, 2)
            double.faults.fail(3)
            await raised(anext(events))
        await clock.sleep(600)
        async with source.stream() as events:
            missed = await source.closed_bars(first[-1].time, 1000)
            then = await next_bars(events, 2)

    times = [bar.time for bar in first + missed + then]
    assert times == [times[0] + number * MINUTE for number in range(len(times))]
    assert_true(first + missed + then, listing, MINUTE)


async def test_taking_up_costs_one_request() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        known = await source.closed_bars(None, 10)
        before = len(double.chart_requests)
        async with source.stream():
            await source.closed_bars(known[-1].time, 1000)

    assert len(double.chart_requests) - before == 1


async def test_silence_that_yahoo_asks_for_is_kept() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, clock):
        await source.prepare()
        double.faults.rate_limit(1, retry_after=120)
        first = await raised(source.closed_bars(None, 10))
        asked = len(double.requests)
        second = await raised(source.closed_bars(None, 10))
        assert len(double.requests) == asked
        await clock.sleep(121)
        assert len(await source.closed_bars(None, 10)) == 10

    assert isinstance(first, VenueLostError)
    assert first.retry_after == 120
    assert isinstance(second, VenueLostError)
    assert str(second) == "Yahoo asked for silence: 120 s are left"


async def test_a_question_ends_in_time_though_yahoo_never_answers() -> None:
    async with staged(apple(), MINUTE, NOW, patience=IMPATIENT) as (source, double, _):
        double.faults.hang(9)
        began = time.monotonic()
        error = await raised(source.prepare())

    assert isinstance(error, VenueLostError)
    assert time.monotonic() - began < 5


async def test_pages_of_cookies_that_are_blocked_leave_time_for_the_chart() -> None:
    async with staged(apple(), MINUTE, NOW, patience=IMPATIENT) as (source, double, _):
        double.faults.hangs_pages = True
        began = time.monotonic()
        error = await raised(source.prepare())

    assert time.monotonic() - began < 2 * IMPATIENT + 0.5
    assert isinstance(error, VenueLostError)
    assert [asked.status for asked in double.chart_requests][:1] == [401], "this double wants a cookie"


async def test_a_long_silence_is_told_at_once() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, clock), source.stream() as events:
        double.faults.rate_limit(9, retry_after=3600)
        error = await raised(anext(events))

    assert isinstance(error, VenueLostError)
    assert error.retry_after == 3600
    assert clock.now() < at("2026-09-08 17:58:10")


async def test_nobody_waits_for_yahoo_when_the_bot_stops() -> None:
    async with staged(apple(), MINUTE, NOW, patience=IMPATIENT) as (source, double, _):
        await source.prepare()
        double.faults.hang(9)
        asking = asyncio.create_task(source.closed_bars(None, 10))
        await until(lambda: len(double.faults.failures) == 8)
        asking.cancel()
        began = time.monotonic()
        await source.close()
        await source.close()
        took = time.monotonic() - began

    assert took < 0.2


async def test_where_nobody_listens_the_sentence_says_so() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        double.stop()
        error = await raised(source.prepare())

    assert isinstance(error, VenueLostError)
    assert str(error).startswith("Yahoo does not answer: ")


async def test_a_minute_without_trades_has_no_bar_and_holds_up_no_other() -> None:
    listing = apple()
    listing.silence = {at("2026-09-08 17:58"), at("2026-09-08 17:59")}
    async with staged(listing, MINUTE, NOW) as (source, double, _):
        came = await streamed(source, 3)
        past = await source.closed_bars(None, 5)

    assert opens(came) == ["09-08 17:57", "09-08 18:00", "09-08 18:01"]
    assert opens(past) == ["09-08 17:55", "09-08 17:56", "09-08 17:57", "09-08 18:00", "09-08 18:01"]
    assert len(double.chart_requests) <= 3 + 5 * 6


async def test_the_last_bar_before_a_long_silence_comes_within_a_minute() -> None:
    listing = apple()
    listing.silence = {at("2026-09-08 17:58") + number * MINUTE for number in range(30)}
    async with staged(listing, MINUTE, NOW) as (source, _, clock), source.stream() as events:
        bar = await next_bars(events, 1)

    assert opens(bar) == ["09-08 17:57"]
    assert timedelta(seconds=40) <= clock.now() - at("2026-09-08 17:58") < timedelta(seconds=50)


async def test_a_silent_symbol_is_not_asked_for_ever_more_often() -> None:
    listing = apple()
    listing.silence = {at("2026-09-08 17:58") + number * MINUTE for number in range(60)}
    async with staged(listing, MINUTE, NOW) as (source, double, _):
        await streamed(source, 2)

    assert len(double.chart_requests) <= 60 * 6


async def test_a_day_that_never_comes_costs_few_requests() -> None:
    listing = apple()
    async with staged(listing, DAY, "2026-09-08 17:57:20") as (source, double, clock), source.stream() as events:
        double.faults.hide(at("2026-09-08 20:00"), 10**6)
        waiting = asyncio.ensure_future(anext(events))
        await until(lambda: clock.now() >= at("2026-09-09 13:00"))
        waiting.cancel()

    assert len(double.chart_requests) < 90


async def test_four_hours_wait_for_the_hour_that_is_late() -> None:
    listing = bitcoin()
    async with staged(listing, 4 * HOUR, "2026-09-08 11:59:30") as (source, double, clock), source.stream() as events:
        double.faults.hide(at("2026-09-08 11:00"), 6)
        bar = await next_bars(events, 1)

    assert opens(bar) == ["09-08 08:00"]
    assert_true(bar, listing, 4 * HOUR)
    assert clock.now() < at("2026-09-08 12:04:00")


async def test_other_bars_than_were_asked_for_are_not_taken() -> None:
    async with staged(apple(), 15 * MINUTE, NOW) as (source, double, _):
        double.faults.lies_about_granularity = True
        error = await raised(source.closed_bars(None, 10))

    assert isinstance(error, VenueLostError)
    assert str(error) == "Yahoo answers with bars of 1h where 15m were asked for"


@pytest.mark.parametrize("skew", [timedelta(minutes=-10), timedelta(minutes=10)])
async def test_a_clock_that_is_wrong_neither_hurries_nor_delays_bars(skew: timedelta) -> None:
    # Yahoo lives by the right time, and so does the double; the bot's own clock is off by ten minutes.
    listing = apple()
    async with staged(listing, MINUTE, NOW) as (source, double, clock):
        double.now = lambda: clock.now() + skew
        known = await source.closed_bars(None, 5)
        came = await streamed(source, 3)

    assert source.clock_skew() == pytest.approx(skew.total_seconds(), abs=1.5)
    assert known[-1].time + MINUTE == came[0].time
    assert_true(known + came, listing, MINUTE)
    assert timedelta(seconds=1) < clock.now() + skew - (came[-1].time + MINUTE) < timedelta(seconds=10)


async def test_half_formed_bars_of_late_prices_are_never_taken_for_the_past() -> None:
    listing = sap()
    for second in range(0, 300, 20):
        async with staged(listing, 5 * MINUTE, f"2026-09-08 10:{second // 60:02}:{second % 60:02}") as (source, _, _c):
            assert_true(await source.closed_bars(None, 3), listing, 5 * MINUTE)


async def test_an_unknown_symbol_is_refused_in_one_line() -> None:
    async with staged(apple(), MINUTE, NOW, symbol="AAPLE") as (source, _, _clock):
        error = await raised(source.prepare())

    assert isinstance(error, VenueRefusedError)
    assert str(error) == "Yahoo does not know the symbol 'AAPLE': No data found, symbol may be delisted"
