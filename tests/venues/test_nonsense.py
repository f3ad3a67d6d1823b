"""What the doubles never say: answers that are none, told as what they are. Each was found by tests/fuzz."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.binance.broker import BinanceBroker
from adapters.binance.source import BinanceSource
from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.ibkr.hours import Hours, parse_hours
from adapters.ibkr.source import IbkrSource
from adapters.live.broker import OrderRequest
from adapters.yahoo.chart import read_chart
from strategies.errors import OutcomeUnknownError, VenueLostError, VenueRefusedError
from tests.fuzz.answering import Answer, Answering
from tests.fuzz.gateway import Frame, Gateway
from tests.fuzz.test_tws_frames import GOOD
from tests.venues.test_ibkr_ledger import executed, ledger
from tests.venues.tws.scene import PATIENCE
from tests.venues.tws.wire import frame
from tests.venues.yahoo.staging import MINUTE, QUIET, apple, staged

pytestmark = QUIET
ID = "0001-2601010000-B1-1"
ORDER = OrderRequest(ID, "buy", Decimal("0.5"))
NO_JSON = {
    "a page": b"<html>Be right back</html>",
    "nothing": b"",
    "no text": b"\x80\xff",
    "half": b'{"orderId": 7',
    "too deep": b"[" * 5000 + b"]" * 5000,
    "a list": b"[]",
    "a number": b"1e999",
}


@pytest.fixture
async def venue(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Answering]:
    monkeypatch.setenv("BINANCE_API_KEY", "key")
    monkeypatch.setenv("BINANCE_API_SECRET", "secret")
    server = await Answering().start()
    yield server
    await server.stop()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    server = await Gateway().start()
    server.answers = GOOD
    yield server
    await server.stop()


def endpoints(venue: Answering) -> Endpoints:
    return Endpoints(http=f"http://127.0.0.1:{venue.port}", ws=f"ws://127.0.0.1:{venue.port}")


@pytest.fixture
async def broker(venue: Answering) -> AsyncIterator[BinanceBroker]:
    made = BinanceBroker(BrokerSettings("0001", "BTCUSDT", Decimal("0.001"), endpoints=endpoints(venue)))
    yield made
    await made.close()


@pytest.fixture
async def source(venue: Answering) -> AsyncIterator[BinanceSource]:
    made = BinanceSource(FeedSettings("BTCUSDT", timedelta(minutes=1), Decimal(0), endpoints=endpoints(venue)))
    yield made
    await made.close()


async def all_of(stream: AbstractAsyncContextManager[AsyncIterator[Any]]) -> list[Any]:
    """Return what a stream brings before it ends."""
    async with stream as events:
        return [event async for event in events]


# --- Binance -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_an_order_that_is_answered_with_nonsense_may_be_there(
    venue: Answering, broker: BinanceBroker, body: bytes
) -> None:
    venue.answers = {"POST /api/v3/order": Answer(body)}
    with pytest.raises(OutcomeUnknownError):
        await broker.submit(ORDER)


async def test_an_answer_about_another_order_leaves_an_orders_fate_unknown(
    venue: Answering, broker: BinanceBroker
) -> None:
    told = b'{"clientOrderId": "other", "orderId": 7, "transactTime": 1767571200000, "status": "NEW"}'
    venue.answers = {"POST /api/v3/order": Answer(told)}
    with pytest.raises(OutcomeUnknownError, match="it is about other"):
        await broker.submit(ORDER)


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_nonsense_in_answer_to_a_question_is_as_good_as_no_answer(
    venue: Answering, broker: BinanceBroker, source: BinanceSource, body: bytes
) -> None:
    venue.otherwise = Answer(body)
    for asking in (broker.ask(ID), broker.holdings(), source.prepare()):
        with pytest.raises(VenueLostError):
            await asking
    if body != NO_JSON["a list"]:
        with pytest.raises(VenueLostError):
            await source.closed_bars(datetime.now(UTC), 5)


async def test_trades_that_are_refused_are_as_good_as_no_answer(venue: Answering, broker: BinanceBroker) -> None:
    order = b'{"clientOrderId": "%s", "orderId": 7, "status": "FILLED", "executedQty": "1"}' % ID.encode()
    venue.answers = {"GET /api/v3/order": Answer(order), "GET /api/v3/myTrades": Answer(b"", 400)}
    with pytest.raises(VenueLostError):
        await broker.ask(ID)


@pytest.mark.parametrize(
    "message", [*NO_JSON.values(), b'{"stream": 7}', b'{"stream": "x@bookTicker", "data": {"b": "2", "a": "1"}}']
)
async def test_nonsense_in_a_stream_ends_it(venue: Answering, source: BinanceSource, message: bytes) -> None:
    venue.messages = [message]
    with pytest.raises(VenueLostError):
        await all_of(source.stream())


@pytest.mark.parametrize("message", NO_JSON.values(), ids=NO_JSON)
async def test_nonsense_among_reports_ends_them(venue: Answering, broker: BinanceBroker, message: bytes) -> None:
    for messages in ([message], [b'{"status": 200}', message]):
        venue.messages = messages
        with pytest.raises(VenueLostError):
            await all_of(broker.reports())


async def test_a_time_that_is_thousands_of_years_away_is_not_gone_by(venue: Answering, source: BinanceSource) -> None:
    venue.answers = {"GET /api/v3/time": Answer(b'{"serverTime": 100000000000000}')}
    with pytest.raises(VenueLostError, match="years from this machine's"):
        await source.prepare()
    assert source.clock_skew() is None


@pytest.mark.parametrize("told", ["²", "9" * 5000])
async def test_headers_that_are_no_numbers_are_passed_over(venue: Answering, source: BinanceSource, told: str) -> None:
    headers = {"Retry-After": told, "X-MBX-USED-WEIGHT-1M": told}
    venue.otherwise = Answer(b'{"code": -1003, "msg": "Too many\\nrequests"}', 503, headers)
    with pytest.raises(VenueLostError, match="Too many requests") as lost:
        await source.prepare()
    assert lost.value.retry_after is None


# --- Yahoo -------------------------------------------------------------------------------------------------------


def chart(**quote: list[Any]) -> Any:
    good = {"open": [1.0, 2.0], "high": [1.5, 2.5], "low": [0.5, 1.5], "close": [1.0, 2.0], "volume": [5, 6]}
    meta = {"symbol": "AAPL", "currency": "USD"}
    columns = {"timestamp": [1_788_890_000, 1_788_890_060], "indicators": {"quote": [good | quote]}}
    return {"chart": {"result": [{"meta": meta, **columns}]}}


@pytest.mark.parametrize("odd", [{"low": [0, 1.5]}, {"close": [-1.0, 2]}, {"open": [1e999, 2]}, {"volume": [-5, 6]}])
def test_a_row_of_yahoos_that_cannot_be_is_left_out_before_it_spoils_a_longer_bar(odd: dict[str, list[Any]]) -> None:
    assert [row.open for row in read_chart(chart()).rows] == [1.0, 2.0]
    assert [row.open for row in read_chart(chart(**odd)).rows] == [2.0]


@pytest.mark.parametrize(
    "result", [[[]], [{"meta": {"regularMarketTime": 10**20}}], [{"meta": {"priceHint": 1e999}}], [{"meta": []}]]
)
def test_a_chart_that_cannot_be_read_is_as_good_as_none(result: list[Any]) -> None:
    with pytest.raises(VenueLostError, match="Yahoo's chart cannot be read"):
        read_chart({"chart": {"result": result}})


def test_words_of_yahoos_that_could_steer_a_terminal_are_none() -> None:
    told = chart()
    told["chart"]["result"][0]["meta"] |= {"currency": "\x1b[2J", "exchangeName": {"a": 1}, "symbol": "x" * 5000}
    meta = read_chart(told).meta
    assert (meta.currency, meta.exchange, meta.symbol) == ("", "", "")


@pytest.mark.parametrize("headers", [{"Age": "inf"}, {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}])
async def test_a_clock_of_yahoos_that_cannot_be_is_not_gone_by(
    monkeypatch: pytest.MonkeyPatch, headers: Mapping[str, str]
) -> None:
    async with staged(apple(), MINUTE, "2026-09-08 17:57:20") as (source, _, _clock):
        await source.prepare()
        measure = source._wire._measure

        def measured(response: Any, sent: float) -> None:
            response.headers.update(headers)
            measure(response, sent)

        monkeypatch.setattr(source._wire, "_measure", measured)
        assert await source.closed_bars(None, 3)
        assert abs(source.clock_skew() or 0.0) < 10


async def test_prices_of_tomorrow_do_not_complete_the_bar_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(apple(), MINUTE, "2026-09-08 17:57:20") as (source, double, clock):
        await source.prepare()
        ahead = clock.now() + timedelta(days=300)
        rows = double.listings["AAPL"].rows

        def with_one_more(*args: Any) -> list[Any]:
            return [*rows(*args), (int(ahead.timestamp()), (1.0, 1.0, 1.0, 1.0, 1))]

        monkeypatch.setattr(double.listings["AAPL"], "rows", with_one_more)
        with pytest.raises(VenueLostError, match="which is to come"):
            await source.closed_bars(None, 3)


# --- Interactive Brokers -----------------------------------------------------------------------------------------


async def asked(gateway: Gateway, told: Mapping[str, tuple[Frame, ...]]) -> None:
    """Prepare a source and ask it for bars."""
    gateway.answers = GOOD | dict(told)
    at = Endpoints(host="127.0.0.1", port=gateway.port)
    source = IbkrSource(FeedSettings("AAPL", MINUTE, Decimal(0), endpoints=at, client_id=77), PATIENCE)
    try:
        await source.prepare()
        await source.closed_bars(None, 3)
    finally:
        await source.close()


@pytest.mark.parametrize(
    "greeting", [frame("x", "y"), frame("9" * 5000, ""), b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 40]
)
async def test_who_does_not_speak_as_tws_does_is_told_at_once_and_without_a_traceback(
    gateway: Gateway, greeting: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.greeting = greeting
    with pytest.raises(VenueLostError, match=r"does not speak as TWS does|sends what is no message"):
        await asked(gateway, {})
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("length", [2**24, 2**31, 2**32 - 1])
async def test_a_length_that_no_message_has_ends_the_connection_instead_of_making_it_deaf(
    gateway: Gateway, length: int
) -> None:
    with pytest.raises(VenueLostError, match="sends what is no message"):
        await asked(gateway, {"reqContractDetails": (Frame(("10", "1"), length),)})


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("reqContractDetails", Frame(("52", "1", "many")), id="a number that is none"),
        pytest.param("reqContractDetails", Frame(("52", "1")), id="a field lacks"),
        pytest.param("reqContractDetails", Frame((*GOOD["reqContractDetails"][0].fields[:13], "0.0")), id="cut short"),
    ],
)
async def test_a_message_that_cannot_be_read_ends_the_question_at_once(
    gateway: Gateway, question: str, told: Frame
) -> None:
    async with asyncio.timeout(PATIENCE.answer / 2):
        with pytest.raises(VenueLostError, match="could not be read here"):
            await asked(gateway, {question: (told,)})


@pytest.mark.parametrize("kind", ["", "9" * 5000, "١٢", "-1", "x"])
async def test_a_message_of_an_unknown_kind_is_passed_over(gateway: Gateway, kind: str) -> None:
    await asked(gateway, {"reqContractDetails": (Frame((kind,)), Frame(()), *GOOD["reqContractDetails"])})


@pytest.mark.parametrize("tick", ["0", "nan", "inf", "-0.01", "1e-300"])
async def test_a_price_step_that_cannot_be_is_not_gone_by(gateway: Gateway, tick: str) -> None:
    details = list(GOOD["reqContractDetails"][0].fields)
    details[13] = tick
    with pytest.raises(VenueLostError, match="contract AAPL"):
        await asked(gateway, {"reqContractDetails": (Frame(tuple(details)), *GOOD["reqContractDetails"][1:])})


@pytest.mark.parametrize("date", ["x", "20261399", "9" * 400, "-1", ""])
async def test_a_bar_that_does_not_say_when_it_opened_is_no_answer(gateway: Gateway, date: str) -> None:
    fields = list(GOOD["reqHistoricalData"][0].fields)
    fields[5] = date
    with pytest.raises(VenueLostError, match=r"cannot be read|where none can be"):
        await asked(gateway, {"reqHistoricalData": (Frame(tuple(fields)),)})


async def test_a_time_of_the_gateway_that_is_none_is_no_answer(gateway: Gateway) -> None:
    for told in ("0", str(10**12)):
        with pytest.raises(VenueLostError, match="the time of the gateway"):
            await asked(gateway, {"reqCurrentTime": (Frame(("49", "1", told)),)})


@pytest.mark.parametrize("odd", [{"quantity": 0}, {"quantity": -3}, {"price": "0"}, {"price": "-1"}])
def test_an_execution_of_nothing_or_for_nothing_is_not_booked(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="are no execution"):
        ledger(executed(**odd))


async def test_hours_that_python_does_not_have_are_refused_in_words(gateway: Gateway) -> None:
    details = list(GOOD["reqContractDetails"][0].fields)
    hours = next(place for place, field in enumerate(details) if ":0000-" in field)
    details[hours] = details[hours + 1] = "99991231:0000-99991231:2400"
    with pytest.raises(VenueRefusedError, match="the trading hours of AAPL"):
        await asked(gateway, {"reqContractDetails": (Frame(tuple(details)), *GOOD["reqContractDetails"][1:])})


def test_a_session_that_ends_before_it_begins_is_none() -> None:
    assert parse_hours("20260105:1600-20260105:0930", "UTC").sessions == ()


def test_hours_of_a_few_days_that_are_over_are_not_looked_through_second_by_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = parse_hours("20260105:0930-20260105:1600", "UTC")
    looks: list[datetime] = []
    shift = Hours._shift

    def looked(self: Hours, time: datetime) -> timedelta:
        looks.append(time)
        return shift(self, time)

    monkeypatch.setattr(Hours, "_shift", looked)
    assert list(hours.from_time_on(datetime(2026, 3, 1, tzinfo=UTC))) == []
    assert len(looks) < 10
