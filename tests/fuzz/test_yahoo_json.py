"""Whatever bytes come where Yahoo should be: bars that can be, or one of our own errors."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import strategies as st

from adapters.feeds import Endpoints, FeedSettings
from adapters.yahoo.source import YahooSource
from strategies.errors import VenueLostError, VenueRefusedError
from tests.fuzz.answering import Answer, Answering
from tests.fuzz.budget import fuzz
from tests.fuzz.followed import followed
from tests.fuzz.sense import assert_bars, assert_spec
from tests.fuzz.spoiling import garbage, spoilt_json
from tests.venues.yahoo.answers import chart
from tests.venues.yahoo.clocks import SteppedClock
from tests.venues.yahoo.faults import Faults
from tests.venues.yahoo.listing import DAY, MINUTE
from tests.venues.yahoo.staging import HOUR, QUIET, at, bitcoin

pytestmark = QUIET

_NOW = at("2026-09-08 17:57:20")
_CHART = "GET /v8/finance/chart/BTC-USD"
_NAMES = {MINUTE: "1m", 30 * MINUTE: "15m", HOUR: "1h", DAY: "1d"}


def _chart(name: str, back: timedelta, later: timedelta = timedelta(0)) -> Any:
    now = _NOW + later
    return json.loads(json.dumps(chart(bitcoin(), Faults(), {"events": "split"}, name, _NOW - back, now, now)))


_INTRODUCTION = _chart("1d", 3 * DAY)
_SPLIT = {"1788220800": {"date": 1788220800, "numerator": 4.0, "denominator": 1.0, "splitRatio": "4:1"}}
_REFUSAL = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}
_HEADERS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"Age": "inf"}, {"Age": "9" * 400}, {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}, {"Date": "\udcff"},
    {"Date": "Mon, 01 Jan 0001 00:00:00 +2359"}, {"Retry-After": "²"}, {"Retry-After": "9" * 400},
)  # fmt: skip
_PAGES: dict[str, Sequence[Answer] | Answer] = {
    "GET /": Answer(b"", 404, {"Set-Cookie": "A3=1; Max-Age=99999"}),
    "GET /v1/test/getcrumb": Answer(b"crumb"),
}
# Wanting to be left alone for longer than anybody waits ends what goes on for ever otherwise.
_ENOUGH = Answer(b"Too Many Requests", 429, {"Retry-After": "3600"})


@st.composite
def answers(draw: st.DrawFn, interval: timedelta) -> list[Answer]:
    """Return an introduction and two charts, spoilt here and there, and what splits there were."""
    name, length = _NAMES[interval], max(interval, MINUTE)
    charts = [_INTRODUCTION, _chart(name, 8 * length), _chart(name, 8 * length, 3 * length)]
    if draw(st.integers(0, 3)) == 0:
        charts[1]["chart"]["result"][0]["events"] = {"splits": _SPLIT}
    told = []
    for number, good in enumerate(charts):
        status = draw(st.sampled_from((200,) * 12 + (400, 401, 404, 422, 500)))
        spoilt = draw(st.integers(0, 3)) == 0 if number == 0 else True
        body = _REFUSAL if status >= 400 else good
        content = draw(spoilt_json(body) | garbage) if spoilt else json.dumps(body).encode()
        headers = {"Date": format_datetime(_NOW, usegmt=True)} | draw(st.sampled_from(_HEADERS))
        told.append(Answer(content, status, _sendable(headers)))
    return told


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "surrogateescape").decode("latin-1") for name, value in headers.items()}


@pytest.fixture(scope="module")
def venue(loop: asyncio.Runner) -> Iterator[Answering]:
    server = loop.run(Answering().start())
    server.otherwise = _ENOUGH
    yield server
    loop.run(server.stop())


@fuzz(
    told=st.sampled_from(list(_NAMES)).flatmap(lambda length: st.tuples(st.just(length), answers(length))),
    since=st.sampled_from((None, None, _NOW - 5 * DAY)),
)
def test_no_chart_becomes_a_bar_that_cannot_be_or_ends_in_another_error(
    told: tuple[timedelta, list[Answer]], since: Any, venue: Answering, loop: asyncio.Runner
) -> None:
    interval, charts = told
    venue.answers = _PAGES | {_CHART: charts}

    async def trade() -> None:
        at = Endpoints(http=f"http://127.0.0.1:{venue.port}")
        settings = FeedSettings("BTC-USD", interval, Decimal(0), endpoints=at, goes_on_from=since)
        source = YahooSource(settings, SteppedClock(_NOW), patience=5.0)
        try:
            with suppress(VenueLostError, VenueRefusedError):
                await source.prepare()
            assert_spec(source.spec)
            given = await followed(source, interval)
            await source.check()
        finally:
            await source.close()
        assert_bars(given.bars, latest=_NOW + 2 * DAY)
        skew = source.clock_skew()
        assert skew is None or abs(skew) < 1e9

    loop.run(trade())
