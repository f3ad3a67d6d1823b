"""Whatever bytes come where Binance should be: bars, quotes and orders that can be, or one of our own errors."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from adapters.binance.broker import BinanceBroker
from adapters.binance.source import BinanceSource
from adapters.feeds import BrokerSettings, Endpoints, FeedSettings
from adapters.live.broker import OrderPhase, OrderRequest
from strategies.errors import (
    OrderNotSentError,
    OrderRefusedError,
    OutcomeUnknownError,
    VenueLostError,
    VenueRefusedError,
)
from tests.fuzz.answering import Answer, Answering
from tests.fuzz.budget import fuzz
from tests.fuzz.followed import followed
from tests.fuzz.sense import assert_bars, assert_order, assert_spec
from tests.fuzz.spoiling import garbage, spoilt_json
from tests.venues.binance import Symbol

_MINUTE = timedelta(minutes=1)
_SYMBOL = Symbol.of("BTCUSDT")
_BEGIN = int((datetime.now(UTC) - timedelta(hours=1)).timestamp()) // 60 * 60_000
_ID = "0001-2601010000-B1-1"
_REQUEST = OrderRequest(_ID, "buy", Decimal("0.5"))


def _kline(number: int) -> list[Any]:
    opened = _BEGIN + number * 60_000
    return [opened, "100.10", "102.50", "99.90", "101.00", "3.25", opened + 59_999, "330.1", 7, "1.6", "165.0", "0"]


def _streamed(number: int) -> dict[str, Any]:
    opened, *prices = _kline(number)[:6]
    kline = {"t": opened, "T": opened + 59_999, "s": "BTCUSDT", "i": "1m", "f": 1, "L": 7, "n": 7, "x": True, "B": "0"}
    kline |= dict(zip("ohlcv", prices, strict=True))
    return {"stream": "btcusdt@kline_1m", "data": {"e": "kline", "E": opened + 60_000, "s": "BTCUSDT", "k": kline}}


_BOOK = {
    "stream": "btcusdt@bookTicker",
    "data": {"u": 9, "s": "BTCUSDT", "b": "100.9", "B": "1", "a": "101.1", "A": "2"},
}
_FILL = {"tradeId": 11, "qty": "0.5", "price": "101", "commission": "0.0005", "commissionAsset": "BTC"}
_ORDER = {
    "symbol": "BTCUSDT", "orderId": 7, "clientOrderId": _ID, "transactTime": _BEGIN, "price": "0", "origQty": "0.5",
    "executedQty": "0.5", "cummulativeQuoteQty": "50.5", "status": "FILLED", "type": "MARKET", "side": "BUY",
}  # fmt: skip
_RESTING = _ORDER | {"executedQty": "0", "status": "NEW"}
_TRADE = {"symbol": "BTCUSDT", "id": 11, "orderId": 7, "time": _BEGIN} | {
    name: _FILL[name] for name in ("qty", "price", "commission", "commissionAsset")
}
_ACCOUNT = {
    "canTrade": True, "uid": 35,
    "balances": [{"asset": "BTC", "free": "0.5", "locked": "0.1"}, {"asset": "USDT", "free": "900", "locked": "0"}],
}  # fmt: skip
_SUBSCRIBED = {"id": 1, "status": 200, "result": {"subscriptionId": 0}}
_REPORT = {
    "e": "executionReport", "E": _BEGIN, "s": "BTCUSDT", "c": _ID, "C": "", "x": "TRADE", "X": "FILLED", "r": "NONE",
    "i": 7, "l": "0.5", "z": "0.5", "L": "101", "n": "0.0005", "N": "BTC", "T": _BEGIN, "t": 11, "q": "0.5",
}  # fmt: skip
_GOOD: dict[str, Any] = {
    "GET /api/v3/time": {"serverTime": int(datetime.now(UTC).timestamp() * 1000)},
    "GET /api/v3/exchangeInfo": {"symbols": [_SYMBOL.info()]},
    "GET /api/v3/klines": [_kline(number) for number in range(6)],
    "GET /api/v3/account": _ACCOUNT,
    "GET /api/v3/openOrders": [_RESTING],
    "GET /api/v3/allOrders": [_ORDER],
    "GET /api/v3/order": _ORDER,
    "GET /api/v3/myTrades": [_TRADE],
    "POST /api/v3/order": _ORDER | {"fills": [_FILL]},
    "DELETE /api/v3/order": _ORDER | {"status": "CANCELED"},
    "GET /sapi/v1/account/apiRestrictions": {"ipRestrict": True, "enableSpotAndMarginTrading": True},
}
_REFUSAL = {"code": -2010, "msg": "Account has insufficient balance for requested action."}
_HEADERS = st.sampled_from(
    ({}, {}, {"Retry-After": "0"}, {"Retry-After": "²"}, {"Retry-After": "9" * 5000}, {"Retry-After": "-1"},
     {"X-MBX-USED-WEIGHT-1M": "9" * 5000}, {"X-MBX-USED-WEIGHT-1M": "²"}, {"X-MBX-USED-WEIGHT-1M": "NaN"})
)  # fmt: skip


@st.composite
def answers(draw: st.DrawFn, *paths: str) -> dict[str, Answer]:
    """Return a spoilt answer to one of these questions."""
    path = draw(st.sampled_from(paths))
    status = draw(st.sampled_from((200,) * 9 + (204, 400, 401, 418, 429, 500, 503)))
    good = _REFUSAL if status >= 400 else _GOOD[path]
    return {path: Answer(draw(spoilt_json(good) | garbage), status, draw(_HEADERS))}


def messages(*good: Any) -> st.SearchStrategy[list[bytes]]:
    """Return messages in their order, of which some are spoilt."""
    return st.tuples(*(spoilt_json(each, most=2) for each in good)).map(list) | st.lists(garbage, max_size=3)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


_ANSWERS = {path: Answer(_json(good)) for path, good in _GOOD.items()}


@pytest.fixture(scope="module")
def venue(loop: asyncio.Runner) -> Iterator[Answering]:
    server = loop.run(Answering().start())
    yield server
    loop.run(server.stop())


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINANCE_API_KEY", "key")
    monkeypatch.setenv("BINANCE_API_SECRET", "secret")


def _endpoints(venue: Answering) -> Endpoints:
    return Endpoints(http=f"http://127.0.0.1:{venue.port}", ws=f"ws://127.0.0.1:{venue.port}")


def _broker(venue: Answering) -> BinanceBroker:
    return BinanceBroker(BrokerSettings("0001", "BTCUSDT", Decimal("0.001"), endpoints=_endpoints(venue)))


@fuzz(
    told=answers("GET /api/v3/klines", "GET /api/v3/klines", "GET /api/v3/exchangeInfo", "GET /api/v3/time"),
    streamed=messages(_streamed(6), _BOOK, _streamed(7)),
)
def test_no_answer_about_the_market_becomes_a_bar_or_a_step_that_cannot_be(
    told: dict[str, Answer], streamed: list[bytes], venue: Answering, loop: asyncio.Runner
) -> None:
    venue.answers, venue.messages = _ANSWERS | told, streamed

    async def trade() -> None:
        source = BinanceSource(FeedSettings("BTCUSDT", _MINUTE, Decimal("0.001"), endpoints=_endpoints(venue)))
        try:
            with suppress(VenueLostError, VenueRefusedError):
                await source.prepare()
            assert_spec(source.spec)
            given = await followed(source, _MINUTE)
            await source.check()
        finally:
            await source.close()
        assert_bars(given.bars, latest=datetime.now(UTC) + timedelta(days=3660))
        for quote in given.quotes:
            assert 0 < quote.bid <= quote.ask < Decimal("1e30"), quote

    loop.run(trade())


@fuzz(told=answers("POST /api/v3/order"))
def test_no_answer_to_an_order_is_taken_for_less_than_unknown_or_for_executions_that_cannot_be(
    told: dict[str, Answer], venue: Answering, loop: asyncio.Runner
) -> None:
    venue.answers = _ANSWERS | told

    async def submit() -> None:
        broker = _broker(venue)
        try:
            state = await broker.submit(_REQUEST)
        except OutcomeUnknownError:
            return
        except (OrderRefusedError, OrderNotSentError):
            assert told["POST /api/v3/order"].status >= 400, "nothing was refused"
            return
        finally:
            await broker.close()
        assert state.client_order_id == _ID
        assert_order(state)
        if state.phase is OrderPhase.FILLED:
            assert state.executions

    loop.run(submit())


@fuzz(
    told=answers(
        "GET /api/v3/order",
        "GET /api/v3/myTrades",
        "DELETE /api/v3/order",
        "GET /api/v3/account",
        "GET /api/v3/openOrders",
        "GET /api/v3/allOrders",
        "GET /sapi/v1/account/apiRestrictions",
    )
)
def test_no_answer_about_orders_or_the_account_ends_in_another_error_or_in_amounts_that_cannot_be(
    told: dict[str, Answer], venue: Answering, loop: asyncio.Runner
) -> None:
    venue.answers, venue.messages = _ANSWERS | told, [_json(_SUBSCRIBED)]

    async def ask() -> None:
        broker = _broker(venue)
        try:
            with suppress(VenueLostError, VenueRefusedError):
                await broker.prepare(broker._spec)
            for asking in (broker.ask, broker.cancel):
                with suppress(VenueLostError if asking == broker.ask else OutcomeUnknownError):
                    state = await asking(_ID)
                    if state is not None:
                        assert state.client_order_id == _ID
                        assert_order(state)
            with suppress(VenueLostError, VenueRefusedError):
                holdings = await broker.holdings()
                for free, total in (
                    (holdings.base_free, holdings.base_total), (holdings.quote_free, holdings.quote_total),
                ):  # fmt: skip
                    assert total.is_finite(), holdings
                    assert 0 <= free <= total, holdings
                assert all(type(each) is str and each for each in (*holdings.open_orders, *holdings.recent_orders))
            await broker.check()
        finally:
            await broker.close()

    loop.run(ask())


@fuzz(
    told=answers("GET /api/v3/order", "GET /api/v3/myTrades"),
    streamed=st.tuples(
        st.just(_json(_SUBSCRIBED)) | spoilt_json(_SUBSCRIBED),
        spoilt_json({"event": _REPORT}, most=2),
        spoilt_json({"event": _REPORT | {"x": "CANCELED", "X": "CANCELED", "C": _ID}}, most=2),
    ).map(list),
)
def test_no_report_of_an_order_becomes_an_execution_that_cannot_be_or_ends_in_another_error(
    told: dict[str, Answer], streamed: list[bytes], venue: Answering, loop: asyncio.Runner
) -> None:
    venue.answers, venue.messages = _ANSWERS | told, streamed

    async def follow() -> None:
        broker = _broker(venue)
        try:
            async with broker.reports() as states:
                async for state in states:
                    assert_order(state)
        except (VenueLostError, VenueRefusedError):
            pass
        finally:
            await broker.close()

    loop.run(follow())
