"""What Yahoo's source knows before and after it has asked, what `check` is told, and what it costs to load."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.feeds import Endpoints, FeedSettings
from adapters.registry import open_source
from adapters.yahoo import clock as clocks
from adapters.yahoo.chart import Meta
from adapters.yahoo.hours import ExchangeDays
from adapters.yahoo.market import _EXCHANGES, market_guessed, market_told
from adapters.yahoo.source import YahooSource
from adapters.yahoo.source import source as open_yahoo
from strategies.errors import VenueRefusedError
from tests.venues.yahoo.clocks import FastClock, SteppedClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.listing import DAY, Listing
from tests.venues.yahoo.staging import HOUR, MINUTE, QUIET, apple, at, bitcoin, next_bars, raised, sap, staged

pytestmark = QUIET

NOW = "2026-09-08 17:57:20"
PAIRS = {
    "AAPL": ("AAPL", "USD"),
    "BRK-B": ("BRK-B", "USD"),
    "EURUSD=X": ("EUR", "USD"),
    "JPY=X": ("USD", "JPY"),
    "BTC-EUR": ("BTC", "EUR"),
    "^GSPC": ("^GSPC", "USD"),
}
MARKETS = {
    "AAPL": "XNYS", "BRK-B": "XNYS", "SAP.DE": "XETR", "7203.T": "XTKS", "VOD.L": "XLON", "MC.PA": "XPAR",
    "ASML.AS": "XAMS", "ENI.MI": "XMIL", "NESN.SW": "XSWX", "SHOP.TO": "XTSE", "0700.HK": "XHKG", "BHP.AX": "XASX",
    "^GSPC": "XNYS", "EURUSD=X": "forex", "BTC-USD": "always", "ES=F": "futures",
}  # fmt: skip


def settings(symbol: str, **more: object) -> FeedSettings:
    return FeedSettings(symbol, MINUTE, Decimal(0), **more)  # type: ignore[arg-type]


def meta(**told: object) -> Meta:
    known = {
        "symbol": "X", "currency": "USD", "exchange": "NMS", "timezone": "America/New_York", "kind": "EQUITY",
        "price_hint": 2, "last_trade": None, "granularity": "1d",
    }  # fmt: skip
    return Meta(**(known | told))  # type: ignore[arg-type]


@pytest.mark.parametrize(("symbol", "pair"), PAIRS.items())
def test_a_symbol_says_what_is_bought_with_what(symbol: str, pair: tuple[str, str]) -> None:
    spec = open_yahoo(settings(symbol)).spec

    assert (spec.base, spec.quote) == pair


@pytest.mark.parametrize(("symbol", "hours"), MARKETS.items())
def test_a_symbol_says_where_it_is_traded(symbol: str, hours: str) -> None:
    assert market_guessed(symbol).hours == hours


def test_yahoo_knows_better_where_a_symbol_is_traded() -> None:
    assert market_told(meta(exchange="GER")).hours == "XETR"
    assert market_told(meta(exchange="CCC", kind="CRYPTOCURRENCY")).hours == "always"
    assert market_told(meta(exchange="OSA", kind="INDEX", timezone="Asia/Tokyo")).hours == "XTKS"
    assert market_told(meta(exchange="", kind="INDEX", timezone="Europe/Berlin")).hours == "XETR"


def test_an_exchange_of_unknown_hours_is_refused() -> None:
    with pytest.raises(VenueRefusedError, match="X is traded on an exchange whose hours this version does not know"):
        market_told(meta(exchange="LIM", timezone="America/Lima"))


@pytest.mark.slow
@pytest.mark.parametrize("mic", sorted({mic for _, mic, _, _ in _EXCHANGES}))
def test_each_exchange_has_a_calendar(mic: str) -> None:
    hours = ExchangeDays(mic, at(NOW))

    assert any(hours.on((at(NOW) + number * DAY).date()) for number in range(7))


async def test_a_share_of_frankfurt_is_priced_in_euro() -> None:
    async with staged(sap(), MINUTE, NOW) as (source, _, _clock):
        await source.prepare()

    spec = source.spec
    assert (spec.base, spec.quote, spec.price_step, spec.size_step) == (
        "SAP.DE", "EUR", Decimal("0.01"), Decimal("0.000001"),
    )  # fmt: skip


async def test_the_documents_steps_win() -> None:
    steps: dict[str, Any] = {"price_step": Decimal("0.05"), "size_step": Decimal(1), "min_notional": Decimal(25)}
    async with staged(apple(), MINUTE, NOW, **steps) as (source, _, _clock):
        await source.prepare()

    assert (source.spec.price_step, source.spec.size_step, source.spec.min_notional) == (
        Decimal("0.05"), Decimal(1), Decimal(25),
    )  # fmt: skip


async def test_currencies_have_finer_prices() -> None:
    listing = Listing("EURUSD=X", apple().sessions, "USD", "CCY", "Europe/London", "CURRENCY", 4, level=1.1)
    async with staged(listing, HOUR, NOW) as (source, _, _clock):
        await source.prepare()

    assert (source.spec.price_step, source.spec.price_decimals) == (Decimal("0.0001"), 6)


async def test_a_fund_with_one_price_a_day_has_no_hours() -> None:
    listing = Listing("VTSAX", apple().sessions, kind="MUTUALFUND", exchange="NAS")
    async with staged(listing, HOUR, NOW) as (source, _, _clock):
        error = await raised(source.prepare())

    assert isinstance(error, VenueRefusedError)
    assert str(error) == "VTSAX is a fund with one price a day: set data.interval to 1d"


async def test_preparing_costs_one_question() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        await source.prepare()

    assert [asked.path for asked in double.requests] == ["/", "/v1/test/getcrumb", "/v8/finance/chart/AAPL"]


async def test_an_index_is_asked_for_by_its_own_name() -> None:
    listing = Listing("^GSPC", apple().sessions, exchange="SNP", kind="INDEX", level=6000)
    async with staged(listing, HOUR, NOW) as (source, _, _clock):
        assert len(await source.closed_bars(None, 5)) == 5


async def test_check_finds_all_well() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        found = await source.check()

    assert all(finding.good for finding in found)
    assert [(finding.what, finding.detail) for finding in found] == [
        ("reachable", double.http_url),
        ("time", "Yahoo's clock agrees with this machine's"),
        ("symbol", "AAPL in USD, price step 0.01"),
        ("market", "the American exchanges: open now"),
        ("bars", "the newest complete bar opened at 2026-09-08 17:56 UTC, 1 min ago"),
    ]


async def test_check_says_when_the_market_opens() -> None:
    async with staged(apple(), MINUTE, "2026-09-05 12:00:00") as (source, _, _clock):
        found = {finding.what: finding.detail for finding in await source.check()}

    assert found["market"] == "the American exchanges: closed, opens at 2026-09-08 13:30 UTC"


async def test_check_warns_of_late_prices() -> None:
    async with staged(sap(), MINUTE, "2026-09-08 10:00:00") as (source, _, _clock):
        found = {finding.what: finding for finding in await source.check()}

    assert found["delay"].warning
    assert found["delay"].detail == "Yahoo's prices of the exchange XETR are up to 15 min late, and so is every bar"


async def test_check_finds_a_clock_that_is_wrong() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, clock):
        double.now = lambda: clock.now() + timedelta(minutes=3)
        found = {finding.what: finding for finding in await source.check()}

    assert not found["time"].good
    assert found["time"].detail == "Yahoo's clock is 180 s ahead of this machine's"


async def test_check_tells_of_an_unknown_symbol() -> None:
    async with staged(apple(), MINUTE, NOW, symbol="NOPE") as (source, _, _clock):
        found = await source.check()

    assert [(finding.what, finding.good) for finding in found] == [("reachable", True), ("symbol", False)]


async def test_check_tells_of_a_rate_limit() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        double.faults.rate_limit(1)
        found = await source.check()

    assert [(finding.what, finding.good) for finding in found] == [("reachable", False)]
    assert "asked too often" in found[0].detail


async def test_check_tells_of_an_address_where_nobody_is() -> None:
    async with staged(apple(), MINUTE, NOW) as (source, double, _):
        double.stop()
        found = await source.check()

    assert [(finding.what, finding.good) for finding in found] == [("reachable", False)]


async def test_the_registry_opens_it_without_a_connection() -> None:
    with YahooDouble(apple()) as double:
        source = open_source("yahoo", settings("AAPL"))
        await source.close()

    assert double.requests == []
    assert (source.venue, source.has_quotes) == ("YAHOO", False)


async def test_another_clock_can_be_put_in_place_of_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SteppedClock(at(NOW))
    monkeypatch.setattr(clocks, "DEFAULT", clock)

    source = open_yahoo(settings("AAPL"))

    assert source._clock is clock


async def test_bars_come_while_time_runs() -> None:
    listing = bitcoin()
    clock = FastClock(at(NOW), speed=60)
    with YahooDouble(listing, now=clock.now) as double:
        source = YahooSource(settings("BTC-USD", endpoints=Endpoints(http=double.http_url)), clock)
        try:
            known = await source.closed_bars(None, 5)
            async with source.stream() as events:
                came = await next_bars(events, 3)
        finally:
            await source.close()

    times = [bar.time for bar in known + came]
    assert times == [times[0] + number * MINUTE for number in range(8)]


def test_loading_the_source_loads_nothing_large() -> None:
    probe = (
        "import adapters.yahoo.source, sys;"
        "print(sorted({'pandas', 'numpy', 'yfinance', 'curl_cffi', 'exchange_calendars', 'nautilus_trader'}"
        " & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr
