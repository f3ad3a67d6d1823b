"""The double of Yahoo itself: what yfinance makes of it, and what it refuses as Yahoo does."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.venues.yahoo.clocks import SteppedClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.staging import HOUR, MINUTE, QUIET, apple, at, staged

pytestmark = QUIET

NOW = at("2026-09-08 17:57:20")


@pytest.fixture
def double() -> Iterator[YahooDouble]:
    """A double that knows one share."""
    with YahooDouble(apple(), now=SteppedClock(NOW).now) as double:
        yield double


@pytest.fixture
def ticker(double: YahooDouble, tmp_path: Path) -> Iterator[Any]:
    """The share as yfinance's own users have it, asked of the double."""
    import yfinance
    from yfinance.cache import _CookieDBManager, _ISINDBManager, _TzDBManager
    from yfinance.data import YfData

    from adapters.yahoo.session import YahooSession

    yfinance.set_tz_cache_location(str(tmp_path))
    session = YahooSession(double.http_url)
    session.until, session.patience = float("inf"), 5.0
    YfData._instances.clear()
    yield yfinance.Ticker("AAPL", session=session)
    YfData._instances.clear()
    session.close()
    for manager in (_CookieDBManager, _ISINDBManager, _TzDBManager):
        manager.close_db()


async def test_yfinances_own_table_has_the_same_bars(double: YahooDouble, ticker: Any) -> None:
    table = ticker.history(start="2026-09-04", end="2026-09-05", interval="1h", auto_adjust=False)
    async with staged(apple(), HOUR, "2026-09-05 12:00:00") as (source, _, _clock):
        bars = await source.closed_bars(at("2026-09-03 22:00"), 100)

    theirs = [
        (row.Index.to_pydatetime().astimezone(UTC), round(row.Open, 4), round(row.Close, 4), row.Volume)
        for row in table.itertuples()
    ]
    assert len(theirs) == 7
    assert [(bar.time, bar.open, bar.close, bar.volume) for bar in bars] == theirs
    assert {"range": "1d", "interval": "1d"}.items() <= double.chart_requests[0].query.items(), "asks for the time zone"


def ask(double: YahooDouble, cookie: bool = True, crumb: bool = True, **query: Any) -> tuple[int, Any]:
    """Ask for a chart with nothing between."""
    from curl_cffi import requests

    with requests.Session() as session:
        if cookie:
            assert session.get(f"{double.http_url}/").status_code == 404
        if crumb:
            query["crumb"] = session.get(f"{double.http_url}/v1/test/getcrumb").text
        symbol = query.pop("symbol", "AAPL")
        response = session.get(f"{double.http_url}/v8/finance/chart/{symbol}", params=query)
        return response.status_code, response.json()


def seconds(text: str) -> int:
    return int(at(text).timestamp())


def test_a_chart_needs_cookie_and_crumb(double: YahooDouble) -> None:
    assert ask(double, cookie=False, crumb=False, range="1d")[0] == 401
    status, body = ask(double, crumb=False, range="1d")

    assert (status, body["finance"]["error"]["description"]) == (401, "Invalid Crumb")


REFUSED = {
    "another interval": (
        {"range": "1d", "interval": "45m"},
        400,
        "Invalid input - interval=45m is not supported. Valid intervals: "
        "[1m, 2m, 5m, 15m, 30m, 60m, 90m, 1h, 4h, 1d, 5d, 1wk, 1mo, 3mo]",
    ),
    "another range": ({"range": "9d"}, 400, "Invalid input - range=9d"),
    "an unknown symbol": ({"symbol": "NOPE", "range": "1d"}, 404, "No data found, symbol may be delisted"),
    "ten days of minutes": (
        {"interval": "1m", "period1": seconds("2026-08-29 00:00"), "period2": seconds("2026-09-08 00:00")},
        422,
        "1m data not available for startTime=1787961600 and endTime=1788825600. Only 8 days worth of 1m granularity "
        "data are allowed to be fetched per request.",
    ),
    "minutes of the spring": (
        {"interval": "1m", "period1": seconds("2026-05-01 00:00"), "period2": seconds("2026-05-02 00:00")},
        422,
        "1m data not available for startTime=1777593600 and endTime=1777680000. The requested range must be within "
        "the last 30 days.",
    ),
    "hours of three years ago": (
        {"interval": "1h", "period1": seconds("2023-05-01 00:00"), "period2": seconds("2023-05-02 00:00")},
        422,
        "1h data not available for startTime=1682899200 and endTime=1682985600. The requested range must be within "
        "the last 730 days.",
    ),
    "days of a weekend": (
        {"interval": "1d", "period1": seconds("2026-09-05 00:00"), "period2": seconds("2026-09-06 00:00")},
        400,
        "Data doesn't exist for startDate = 1788566400, endDate = 1788652800",
    ),
}


@pytest.mark.parametrize(("query", "status", "sentence"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_as_yahoo_does(double: YahooDouble, query: dict[str, Any], status: int, sentence: str) -> None:
    answered, body = ask(double, **query)

    assert (answered, body["chart"]["result"], body["chart"]["error"]["description"]) == (status, None, sentence)


def test_the_last_row_is_of_the_bar_that_forms_and_the_present_price_follows(double: YahooDouble) -> None:
    _, body = ask(double, interval="5m", period1=seconds("2026-09-08 17:40"), period2=seconds("2026-09-08 18:00"))
    result = body["chart"]["result"][0]

    stamps = [datetime.fromtimestamp(stamp, UTC) for stamp in result["timestamp"]]
    assert stamps == [*(at("2026-09-08 17:40") + number * 5 * MINUTE for number in range(4)), NOW]
    assert result["indicators"]["quote"][0]["volume"][-1] == 0
    assert result["meta"]["dataGranularity"] == "5m"


def test_an_hour_of_the_night_is_an_empty_chart(double: YahooDouble) -> None:
    status, body = ask(double, interval="5m", period1=seconds("2026-09-08 02:00"), period2=seconds("2026-09-08 03:00"))

    assert status == 200
    assert "timestamp" not in body["chart"]["result"][0]


def test_it_tells_its_time(double: YahooDouble) -> None:
    from curl_cffi import requests

    assert requests.get(f"{double.http_url}/").headers["Date"] == "Tue, 08 Sep 2026 17:57:20 GMT"
