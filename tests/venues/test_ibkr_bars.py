"""Bars from Interactive Brokers: what is asked for, what comes, and from which of it bars are made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.ibkr.history import Pacer
from adapters.ibkr.source import IbkrSource, source
from adapters.registry import open_source
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError
from tests.venues.tws.double import TwsDouble
from tests.venues.tws.instruments import stock, with_hours
from tests.venues.tws.scene import (
    MINUTE,
    PATIENCE,
    Watched,
    a_source,
    bar,
    feed_settings,
    follow_bars,
    minutes,
    this_minute,
    until,
    watching,
)

HMDS = "Historical Market Data Service error message:"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@asynccontextmanager
async def staged(past: list[Bar], symbol: str = "AAPL", size: str = "1 min") -> AsyncIterator[TwsDouble]:
    """Have a double with a past; at the end nothing may have come to it that it could not understand."""
    with TwsDouble() as double:
        double.past(symbol, size, past)
        # No minute may end while a test looks at it.
        double.be_at(this_minute() + timedelta(seconds=20))
        yield double
        assert double.complaints == []


async def test_a_stock_is_learnt_from_the_gateway() -> None:
    async with staged([]) as double, a_source(double) as aapl:
        assert (aapl.spec.base, aapl.spec.quote) == ("AAPL", "USD")
        assert (aapl.spec.price_step, aapl.spec.size_step, aapl.spec.min_quantity) == (
            Decimal("0.01"),
            Decimal(1),
            Decimal(1),
        )
        assert aapl.spec.price_decimals == 4, "prints are finer than orders"
        assert aapl.clock_skew() is not None
        asked = double.received("reqContractDetails")[-1]
        assert (asked["symbol"], asked["sec_type"], asked["exchange"], asked["currency"]) == (
            "AAPL",
            "STK",
            "SMART",
            "USD",
        )


async def test_the_gateways_clock_is_compared_with_ours() -> None:
    async with staged([]) as double:
        double.be_at(datetime.now(UTC) + timedelta(seconds=90))
        async with a_source(double) as aapl:
            assert 89 < (aapl.clock_skew() or 0) < 91


async def test_a_pair_of_currencies_is_learnt_from_the_gateway() -> None:
    async with staged([]) as double, a_source(double, "EUR.USD") as pair:
        assert (pair.spec.base, pair.spec.quote) == ("EUR", "USD")
        assert (pair.spec.price_step, pair.spec.price_decimals) == (Decimal("0.00005"), 6)
        asked = double.received("reqContractDetails")[-1]
        assert (asked["symbol"], asked["sec_type"], asked["exchange"]) == ("EUR", "CASH", "IDEALPRO")


async def test_a_class_of_shares_is_asked_for_as_interactive_brokers_writes_it() -> None:
    async with staged([]) as double:
        double.list_instrument(stock("BRK B", 72063691, "BERKSHIRE HATHAWAY INC-CL B", primary="NYSE"))
        async with a_source(double, "BRK.B") as share:
            assert (share.spec.symbol, share.spec.quote) == ("BRK.B", "USD")


async def test_an_unknown_symbol_is_refused() -> None:
    async with staged([]) as double:
        with pytest.raises(VenueRefusedError, match=r"the contract NOSUCH: .* look up the symbol") as refused:
            async with a_source(double, "NOSUCH"):
                pass
    assert refused.value.code == "200"


async def test_a_symbol_of_several_companies_is_refused() -> None:
    async with staged([]) as double:
        double.list_instrument(stock("TWIN", 1, "TWIN DISC", primary="NASDAQ"))
        double.list_instrument(stock("TWIN", 2, "TWINS LTD", primary="NYSE"))
        with pytest.raises(VenueRefusedError, match=r"several.*TWIN DISC \(NASDAQ\), TWINS LTD \(NYSE\)"):
            async with a_source(double, "TWIN"):
                pass


async def test_a_document_may_have_coarser_steps_and_never_finer_ones() -> None:
    async with staged([]) as double:
        coarse = IbkrSource(replace(feed_settings(double), size_step=Decimal(10)), PATIENCE)
        fine = IbkrSource(replace(feed_settings(double), price_step=Decimal("0.001")), PATIENCE)
        try:
            await coarse.prepare()
            assert coarse.spec.size_step == 10
            with pytest.raises(VenueRefusedError, match=r"data.price_step 0.001 of AAPL is no multiple"):
                await fine.prepare()
        finally:
            await coarse.close()
            await fine.close()


def test_an_interval_that_there_is_not_is_refused_before_anybody_is_asked() -> None:
    with TwsDouble() as double, pytest.raises(VenueRefusedError, match="no bars of 0:03:00"):
        source(feed_settings(double, interval=timedelta(minutes=3)))


async def test_the_registry_finds_it_and_nothing_connects_before_it_is_asked_to() -> None:
    async with staged([]) as double:
        made = open_source("ibkr", feed_settings(double))
        await asyncio.sleep(0.05)
        assert (made.venue, made.has_quotes, made.spec.symbol) == ("IBKR", False, "AAPL")
        assert made.market_open(datetime.now(UTC))
        await made.close()
        await made.close()
        assert double.received() == []


async def test_warming_up_with_the_last_bars_never_has_the_forming_one() -> None:
    now = this_minute()
    async with staged(minutes(now - 9 * MINUTE, 10)) as double, a_source(double) as aapl:
        bars = await aapl.closed_bars(None, 4)

    assert [each.time for each in bars] == [now - back * MINUTE for back in (4, 3, 2, 1)]
    assert bars[-1] == bar(now - MINUTE, 108.0)


async def test_the_last_bar_is_closed_once_its_end_has_passed_by_a_grace() -> None:
    now = this_minute()
    async with staged(minutes(now - 5 * MINUTE, 5)) as double:
        double.set_clock(lambda: now.timestamp() + 30)
        async with a_source(double) as aapl:
            assert (await aapl.closed_bars(None, 1))[0].time == now - MINUTE


@pytest.mark.parametrize(
    ("interval", "size", "duration"),
    [
        (MINUTE, "1 min", "5 D"), (5 * MINUTE, "5 mins", "1 W"), (15 * MINUTE, "15 mins", "1 W"),
        (30 * MINUTE, "30 mins", "1 M"), (HOUR, "1 hour", "1 M"), (4 * HOUR, "4 hours", "1 M"),
    ],
)  # fmt: skip
async def test_every_length_of_bars(interval: timedelta, size: str, duration: str) -> None:
    began = datetime(2026, 1, 5, tzinfo=UTC)
    async with staged(minutes(began, 20, interval), size=size) as double, a_source(double, interval=interval) as aapl:
        bars = await aapl.closed_bars(None, 5)
        asked = double.received("reqHistoricalData")[0]

    assert [each.time for each in bars] == [began + number * interval for number in range(15, 20)]
    assert (asked["size"], asked["duration"], asked["shows"], asked["rth"], asked["format"]) == (
        size, duration, "TRADES", "1", "2",
    )  # fmt: skip


async def test_days_are_known_by_their_day() -> None:
    began = datetime(2026, 1, 5, tzinfo=UTC)
    async with staged(minutes(began, 5, DAY), size="1 day") as double, a_source(double, interval=DAY) as aapl:
        assert [each.time for each in await aapl.closed_bars(None, 2)] == [began + 3 * DAY, began + 4 * DAY]


async def test_todays_bar_is_forming_until_the_session_has_ended() -> None:
    today = datetime(2026, 1, 6, tzinfo=UTC)
    hours = "20260105:0930-20260105:1600;20260106:0930-20260106:1600;20260109:0930-20260109:1600"
    async with staged(minutes(today - DAY, 2, DAY), size="1 day") as double:
        double.list_instrument(with_hours(stock("AAPL", 265598, "APPLE INC"), hours))
        for hour, last in ((20, today - DAY), (22, today)):
            double.set_clock(lambda hour=hour: today.replace(hour=hour).timestamp())  # type: ignore[misc]
            async with a_source(double, interval=DAY) as aapl:
                assert (await aapl.closed_bars(None, 1))[0].time == last


async def test_bars_of_currencies_are_middles_at_all_hours() -> None:
    now = this_minute()
    async with staged(minutes(now - 3 * MINUTE, 4), "EUR.USD") as double, a_source(double, "EUR.USD") as pair:
        bars = await pair.closed_bars(None, 2)
        asked = double.received("reqHistoricalData")[0]

    assert [each.volume for each in bars] == [0, 0]
    assert (asked["shows"], asked["rth"]) == ("MIDPOINT", "0")


async def test_a_long_past_comes_page_by_page_without_a_gap() -> None:
    now = this_minute()
    past = minutes(now - 20_000 * MINUTE, 20_001)
    async with staged(past) as double, a_source(double) as aapl:
        bars = await aapl.closed_bars(None, 18_000)
        pages = double.received("reqHistoricalData")

    assert bars == past[-18_001:-1]
    assert [page["end"] for page in pages] == [
        "", *(f"{now - 7200 * number * MINUTE + MINUTE:%Y%m%d-%H:%M:%S}" for number in (1, 2))
    ]  # fmt: skip


async def test_a_past_that_begins_late_is_all_that_there_is() -> None:
    past = minutes(this_minute() - 50 * MINUTE, 51)
    async with staged(past) as double, a_source(double) as aapl:
        assert await aapl.closed_bars(None, 1000) == past[:-1]


async def test_a_weekend_between_two_pages() -> None:
    now = this_minute()
    past = [*minutes(now - 12 * DAY, 30), *minutes(now - 10 * MINUTE, 11)]
    async with staged(past) as double, a_source(double) as aapl:
        assert await aapl.closed_bars(None, 35) == past[-36:-1]


async def test_a_gap_is_filled_from_its_beginning_in_pieces() -> None:
    now = this_minute()
    past = minutes(now - 2500 * MINUTE, 2501)
    async with staged(past) as double, a_source(double) as aapl:
        after, found = past[99].time, []
        while piece := await aapl.closed_bars(after, 1000):
            found += piece
            after = piece[-1].time
        asked = len(double.received("reqHistoricalData"))

    assert found == past[100:-1]
    assert asked <= 3, "what was fetched is kept for the next piece"


async def test_nothing_closed_since() -> None:
    now = this_minute()
    async with staged(minutes(now - 9 * MINUTE, 10)) as double, a_source(double) as aapl:
        assert await aapl.closed_bars(now - MINUTE, 1000) == []


async def test_no_data_is_no_bars() -> None:
    async with staged([]) as double, a_source(double) as aapl:
        assert await aapl.closed_bars(None, 10) == []


@pytest.mark.parametrize(
    ("code", "text", "kind", "retry_after"),
    [
        (162, f"{HMDS}Historical data request pacing violation", VenueLostError, 60.0),
        (162, f"{HMDS}No market data permissions for NASDAQ STK", VenueRefusedError, None),
        (10197, "No market data during competing live session", VenueLostError, 60.0),
        (354, "Requested market data is not subscribed.", VenueRefusedError, None),
        (321, "Error validating request", VenueRefusedError, None),
    ],
)
async def test_bars_that_may_not_be_had(code: int, text: str, kind: type[Exception], retry_after: float | None) -> None:
    async with staged(minutes(this_minute(), 1)) as double, a_source(double) as aapl:
        double.misbehaving.history_troubles.append((code, text))
        with pytest.raises(kind) as raised:
            await aapl.closed_bars(None, 10)

    assert getattr(raised.value, "retry_after", None) == retry_after


async def test_bars_are_yielded_as_they_close_faster_than_time() -> None:
    now = this_minute()
    async with staged(minutes(now - 3 * MINUTE, 4)) as double, a_source(double) as aapl:
        watched = Watched()
        async with watching(follow_bars(aapl, watched)):
            await until(lambda: watched.begun)
            double.play("AAPL", "1 min", minutes(now, 100), seconds_each=0.01)
            await until(lambda: len(watched.bars) >= 99, "99 bars")

    assert watched.bars == minutes(now, 100)[:99]


async def test_bars_whose_market_lies_in_the_past_of_this_machine() -> None:
    then = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
    async with staged(minutes(then - 3 * MINUTE, 4)) as double, a_source(double) as aapl:
        watched = Watched()
        async with watching(follow_bars(aapl, watched)):
            await until(lambda: watched.begun)
            double.play("AAPL", "1 min", minutes(then, 60), seconds_each=0.02)
            await until(lambda: len(watched.bars) >= 59, "59 bars")

    assert watched.bars == minutes(then, 60)[:59]


async def test_the_first_bar_of_a_session_may_be_short() -> None:
    opened = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    session = [bar(opened, 100), *minutes(opened + 30 * MINUTE, 3, HOUR)]
    before = minutes(opened - DAY, 2, HOUR)
    async with staged(before, size="1 hour") as double, a_source(double, interval=HOUR) as aapl:
        watched = Watched()
        async with watching(follow_bars(aapl, watched)):
            await until(lambda: watched.begun)
            double.play("AAPL", "1 hour", session, seconds_each=0.05)
            await until(lambda: len(watched.bars) >= 4, "the last bar of the day before, and three")

    assert watched.times[1:] == [opened, opened + 30 * MINUTE, opened + 90 * MINUTE]


async def test_a_bar_that_is_over_but_not_in_the_past_yet_is_told_as_it_was_streamed() -> None:
    now = this_minute()
    async with staged(minutes(now - 3 * MINUTE, 4)) as double:
        double.set_clock(lambda: now.timestamp() + 61)
        double.misbehaving.lag_history = True
        async with a_source(double) as aapl:
            watched = Watched()
            async with watching(follow_bars(aapl, watched)):
                await until(lambda: watched.begun)
                double.show("AAPL", "1 min", bar(now + MINUTE, 120))
                assert watched.bars == [] or watched.times == [now]
                double.set_clock(lambda: now.timestamp() + 121)
                await until(lambda: now in watched.times, "the bar before")


async def test_the_market_is_open_by_the_contracts_calendar() -> None:
    async with staged([]) as double:
        hours = "20260105:0930-20260105:1600;20260106:0930-20260106:1600;20260109:0930-20260109:1600"
        double.list_instrument(with_hours(stock("AAPL", 265598, "APPLE INC"), "20260105:0400-20260105:2000", hours))
        async with a_source(double) as aapl:
            assert aapl.market_open(datetime(2026, 1, 5, 15, tzinfo=UTC))
            assert not aapl.market_open(datetime(2026, 1, 5, 13, tzinfo=UTC)), "regular hours only"
            evening = datetime(2026, 1, 5, 23, tzinfo=UTC)
            assert aapl.next_close(evening) == datetime(2026, 1, 6, 14, 31, tzinfo=UTC)


def test_requests_are_held_back_before_interactive_brokers_does() -> None:
    pacer = Pacer(most=3, seconds=10.0)

    assert [pacer.wait_needed(now) for now in (0.0, 1.0, 2.0)] == [0, 0, 0]
    assert pacer.wait_needed(3.0) == 7.0
    assert pacer.wait_needed(3.0) == 8.0, "behind the one that waits already"
    assert pacer.wait_needed(60.0) == 0.0
