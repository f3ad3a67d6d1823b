"""Binance's bars over its wire: warm-up, boundaries, the first live bars, of every length that a document may name."""

import asyncio
from datetime import timedelta

import pytest

from adapters.binance.source import BinanceSource
from adapters.feeds import Endpoints, FeedSettings
from adapters.live.source import Quote
from bots.config.market import SECONDS
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError
from tests.venues.binance import BinanceDouble, Fees
from tests.venues.test_binance_bots import coming

PAST = 40


def source_of(double: BinanceDouble, interval: str, symbol: str = "BTCUSDT") -> BinanceSource:
    at = Endpoints(http=double.http_url, ws=double.ws_url)
    return BinanceSource(FeedSettings(symbol, timedelta(seconds=SECONDS[interval]), Fees().taker, endpoints=at))


async def live_bars(source: BinanceSource, double: BinanceDouble, count: int) -> list[Bar]:
    """Return the next bars of the stream, each pushed once the one before has come."""
    found: list[Bar] = []
    async with asyncio.timeout(20), source.stream() as events:
        for _ in range(count):
            await asyncio.to_thread(double.push)
            async for event in events:
                if not isinstance(event, Quote):
                    found.append(event)
                    break
    return found


@pytest.mark.parametrize("interval", SECONDS)
async def test_the_past_ends_where_the_live_bars_begin(interval: str) -> None:
    length = timedelta(seconds=SECONDS[interval])
    bars = coming(PAST + 5, length, PAST)
    with BinanceDouble(bars, past=PAST, interval=interval) as double:
        source = source_of(double, interval)
        await source.prepare()
        past = await source.closed_bars(None, 30)
        live = await live_bars(source, double, 3)
        await source.close()
    assert past == bars[PAST - 30 : PAST]
    assert live == bars[PAST : PAST + 3]
    assert all(bar.time.timestamp() % SECONDS[interval] == 0 for bar in past + live)


async def test_a_long_past_is_fetched_page_by_page_without_a_seam() -> None:
    bars = coming(2600, timedelta(minutes=1), 2599)
    with BinanceDouble(bars, past=2599, interval="1m") as double:
        source = source_of(double, "1m")
        assert await source.closed_bars(None, 2500) == bars[99:2599]
        assert await source.closed_bars(bars[9].time, 2100) == bars[10:2110]
        assert await source.closed_bars(bars[2590].time, 1000) == bars[2591:2599]
        await source.close()
        assert all(int(each.params["limit"]) <= 1000 for each in double.requested("GET", "/api/v3/klines"))


async def test_a_moment_between_two_bars_loses_neither() -> None:
    bars = coming(50, timedelta(minutes=1), PAST)
    with BinanceDouble(bars, past=PAST, interval="1m") as double:
        source = source_of(double, "1m")
        assert await source.closed_bars(bars[9].time - timedelta(microseconds=1000), 2) == bars[9:11]
        await source.close()


async def test_the_symbols_steps_are_the_exchanges_and_its_clock_is_measured() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST) as double:
        double.skew_clock(2.5)
        source = source_of(double, "1m")
        await source.prepare()
        await source.close()
    assert (source.spec.price_step, source.spec.min_notional) == (double.symbol.tick, double.symbol.min_notional)
    assert source.clock_skew() == pytest.approx(2.5, abs=0.2)


async def test_an_unknown_symbol_is_not_worth_another_try() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST) as double:
        source = source_of(double, "1m", "NOSUCHUSDT")
        with pytest.raises(VenueRefusedError, match="Invalid symbol"):
            await source.prepare()
        await source.close()


async def test_a_ban_is_kept_to_without_asking_again() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST) as double:
        double.misbehave.slow_down("GET /api/v3/klines", 77, 418)
        source = source_of(double, "1m")
        for _ in range(5):
            with pytest.raises(VenueLostError) as lost:
                await source.closed_bars(None, 5)
            assert lost.value.retry_after == pytest.approx(77, abs=1)
        await source.close()
        assert len(double.requested("GET", "/api/v3/klines")) == 1


async def test_a_stream_that_is_cut_ends_with_its_reason() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST) as double:
        source = source_of(double, "1m")

        async def follow() -> None:
            async with asyncio.timeout(10), source.stream() as events:
                await asyncio.to_thread(double.drop_streams)
                async for _ in events:
                    pass

        with pytest.raises(VenueLostError, match="broke off"):
            await follow()
        await source.close()


async def test_a_venue_in_maintenance_is_lost_and_not_refused() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST) as double, double.maintenance():
        source = source_of(double, "1m")
        with pytest.raises(VenueLostError, match="503"):
            await source.prepare()
        with pytest.raises(VenueLostError):
            async with source.stream():
                pass
        await source.close()


async def test_a_check_of_a_venue_that_is_well_finds_everything_good() -> None:
    with BinanceDouble(coming(50, timedelta(minutes=1), PAST), past=PAST, pulse_seconds=0.01) as double:
        source = source_of(double, "1m")
        found = await source.check()
        await source.close()
    assert [each.what for each in found] == ["reachable", "time", "symbol", "bars", "stream"]
    assert all(each.good for each in found)
