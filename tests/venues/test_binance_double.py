"""The double of Binance on its wire: what it answers, what it refuses, and in which words."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tests.made_bars import made_bars
from tests.process.running import ROOT
from tests.venues.binance import BinanceDouble, Fees, Rhythm
from tests.venues.binance.client import Client

D = Decimal
PAST = 20
BARS = made_bars(40)
QUICK = Rhythm(ping_seconds=0.25, pong_seconds=0.3)


@pytest.fixture
def double() -> Iterator[BinanceDouble]:
    """A market of made bars at this moment, some of them to be played."""
    with BinanceDouble(BARS, past=PAST, present=True, balances={"USDT": 10_000, "BTC": 10}) as double:
        yield double


@pytest.fixture
def client(double: BinanceDouble) -> Client:
    """A client with good keys."""
    return Client(double.port)


@asynccontextmanager
async def socket(url: str, **options: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, **options) as opened:
        yield opened


def held(double: BinanceDouble, asset: str) -> tuple[Any, Any]:
    """Return what is free and what is locked."""
    return double.balances[asset]


async def heard(opened: aiohttp.ClientWebSocketResponse, is_it: Callable[[Any], Any], seconds: float = 5.0) -> Any:
    """Return the next message of a kind."""
    async with asyncio.timeout(seconds):
        while True:
            message = await opened.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, f"{message.type!r} {message.data} {message.extra}"
            told = json.loads(message.data)
            if is_it(told):
                return told


async def closed(opened: aiohttp.ClientWebSocketResponse, seconds: float = 5.0) -> int | None:
    """Return with which code the server has closed."""
    async with asyncio.timeout(seconds):
        while (await opened.receive()).type not in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE):
            pass
    return opened.close_code


class TestQuestions:
    def test_the_symbol_its_filters_and_the_limits_are_told(self, client: Client) -> None:
        info = client.get("/api/v3/exchangeInfo", symbol="BTCUSDT")
        (symbol,) = info.body["symbols"]
        assert (symbol["baseAsset"], symbol["quoteAsset"], symbol["status"]) == ("BTC", "USDT", "TRADING")
        filters = {each["filterType"]: each for each in symbol["filters"]}
        assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
        assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
        assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
        assert {each["rateLimitType"] for each in info.body["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS"}

    @pytest.mark.parametrize("path", ["exchangeInfo", "klines", "ticker/price", "ticker/bookTicker"])
    def test_another_symbol_is_none(self, client: Client, path: str) -> None:
        params = {"interval": "1m"} if path == "klines" else {}
        answer = client.get(f"/api/v3/{path}", symbol="DOGEUSDT", **params)
        assert answer.refused == (400, -1121)
        assert answer.message == "Invalid symbol."

    def test_klines_are_the_bars_with_the_forming_one_at_the_end(self, double: BinanceDouble, client: Client) -> None:
        rows = client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m").body
        assert len(rows) == PAST + 1
        assert [float(row[4]) for row in rows[:-1]] == [bar.close for bar in double.bars[:PAST]]
        assert [row[0] for row in rows] == [int(bar.time.timestamp() * 1000) for bar in double.bars[: PAST + 1]]
        assert all(row[6] == row[0] + 59_999 for row in rows)
        double.push(2)
        rows = client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=3).body
        assert [float(row[4]) for row in rows[:-1]] == [bar.close for bar in double.bars[PAST : PAST + 2]]

    def test_more_than_a_thousand_klines_are_never_told_at_once(self) -> None:
        with BinanceDouble(made_bars(1300), past=1200, present=True) as double:
            rows = Client(double.port).get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1500).body
        assert len(rows) == 1000

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"interval": "7m"}, -1120), ({"interval": "1s"}, -1120), ({"interval": "1m", "limit": "x"}, -1100),
            ({"interval": "1m", "limit": 0}, -1130), ({"interval": "1m", "count": 5}, -1104), ({}, -1102),
        ],
    )  # fmt: skip
    def test_a_question_that_is_wrong_is_refused(self, client: Client, params: dict[str, Any], code: int) -> None:
        assert client.get("/api/v3/klines", symbol="BTCUSDT", **params).refused == (400, code)

    def test_prices_are_those_of_the_market(self, double: BinanceDouble, client: Client) -> None:
        double.jump(101.5)
        assert client.get("/api/v3/ticker/price", symbol="BTCUSDT").body["price"] == "101.50000000"
        book = client.get("/api/v3/ticker/bookTicker", symbol="BTCUSDT").body
        assert book["bidPrice"] == book["askPrice"] == "101.50000000"

    def test_what_is_not_there_is_not_found(self, double: BinanceDouble, client: Client) -> None:
        assert client.get("/api/v3/nothing").status == 404
        assert client.send("PUT", "/api/v3/order").status == 405
        double.without_sapi()
        assert client.signed("GET", "/sapi/v1/account/apiRestrictions").status == 404

    def test_each_question_weighs_what_it_weighs_at_the_exchange(self, double: BinanceDouble, client: Client) -> None:
        asked: list[tuple[str, str, dict[str, Any], int]] = [
            ("GET", "/api/v3/time", {}, 1), ("GET", "/api/v3/exchangeInfo", {}, 20),
            ("GET", "/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
            ("GET", "/api/v3/ticker/price", {"symbol": "BTCUSDT"}, 2), ("GET", "/api/v3/ticker/price", {}, 4),
        ]  # fmt: skip
        signed: list[tuple[str, str, dict[str, Any], int]] = [
            ("GET", "/api/v3/account", {}, 20), ("GET", "/api/v3/openOrders", {"symbol": "BTCUSDT"}, 6),
            ("GET", "/api/v3/openOrders", {}, 80), ("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT"}, 20),
            ("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "orderId": 1}, 5),
            ("GET", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": 1}, 4),
            ("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": 1}, 1),
        ]  # fmt: skip
        total = 0
        for method, path, params, weight in asked:
            answer = client.get(path, **params)
            total += weight
            assert (method, answer.headers["X-MBX-USED-WEIGHT-1M"]) == ("GET", str(total)), path
        for method, path, params, weight in signed:
            answer = client.signed(method, path, **params)
            total += weight
            assert answer.headers["X-MBX-USED-WEIGHT-1M"] == str(total), path
        assert double.weights == {"127.0.0.1": total}
        assert [each.weight for each in double.requests] == [each[3] for each in asked + signed]
        wallet = client.signed("GET", "/sapi/v1/account/apiRestrictions")
        assert wallet.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "1"
        assert double.weights == {"127.0.0.1": total}


class TestProof:
    def test_good_keys_are_shown_the_account(self, double: BinanceDouble, client: Client) -> None:
        told = client.signed("GET", "/api/v3/account", omitZeroBalances="true").body
        assert told["canTrade"] is True
        assert {each["asset"]: each["free"] for each in told["balances"]} == {
            "USDT": "10000.00000000",
            "BTC": "10.00000000",
        }
        rights = client.signed("GET", "/sapi/v1/account/apiRestrictions").body
        assert (rights["enableWithdrawals"], rights["enableSpotAndMarginTrading"]) == (False, True)
        assert (
            client.signed("GET", "/sapi/v1/asset/tradeFee", symbol="BTCUSDT").body[0]["takerCommission"] == "0.00100000"
        )

    def test_a_signature_may_be_over_the_body_as_well(self, client: Client, double: BinanceDouble) -> None:
        answer = client.signed(
            "POST", "/api/v3/order", in_body=True, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1"
        )
        assert answer.status == 200
        assert double.position() == D("10.999")

    @pytest.mark.parametrize(
        ("shown", "refused"),
        [
            ({"key": None}, (401, -2014)),
            ({"key": "short"}, (401, -2014)),
            ({"key": "A" * 64}, (401, -2015)),
            ({"secret": "wrong"}, (400, -1022)),
        ],
    )
    def test_bad_keys_are_refused(self, double: BinanceDouble, shown: dict[str, Any], refused: tuple[int, int]) -> None:
        assert Client(double.port, **shown).signed("GET", "/api/v3/account").refused == refused

    def test_not_a_letter_may_differ_from_what_was_signed(self, client: Client) -> None:
        stamp = int(time.time() * 1000)
        query = f"symbol=BTCUSDT&timestamp={stamp}"
        good = client.send("GET", "/api/v3/openOrders", f"{query}&signature={client.signature(query)}")
        other = f"timestamp={stamp}&symbol=BTCUSDT"
        bad = client.send("GET", "/api/v3/openOrders", f"{other}&signature={client.signature(query)}")
        missing = client.send("GET", "/api/v3/openOrders", query)
        assert good.status == 200
        assert bad.refused == (400, -1022)
        assert missing.refused == (400, -1102)

    @pytest.mark.parametrize(
        ("off_ms", "words"), [(-6000, "outside of the recvWindow"), (2000, "1000ms ahead of the server's time")]
    )
    def test_a_request_of_another_time_is_refused(self, client: Client, off_ms: int, words: str) -> None:
        answer = client.signed("GET", "/api/v3/account", timestamp=int(time.time() * 1000) + off_ms)
        assert answer.refused == (400, -1021)
        assert words in answer.message

    def test_the_servers_clock_may_be_wrong_and_requests_are_judged_by_it(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.skew_clock(-30)
        assert client.signed("GET", "/api/v3/account").refused == (400, -1021)
        told = client.get("/api/v3/time").body["serverTime"]
        assert abs(told / 1000 + 30 - time.time()) < 1
        assert client.signed("GET", "/api/v3/account", timestamp=told).status == 200

    def test_keys_may_be_revoked_or_lose_a_right(self, double: BinanceDouble, client: Client) -> None:
        double.key.may_trade = False
        assert client.signed("GET", "/api/v3/account").body["canTrade"] is False
        assert client.order("BUY", "1", "a").refused == (401, -2015)
        double.key.revoked = True
        assert client.signed("GET", "/api/v3/account").refused == (401, -2015)


class TestOrders:
    def test_a_market_order_is_answered_with_its_fills_and_found_again(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.jump(100)
        placed = client.order("BUY", "1", "a").body
        assert (placed["status"], placed["executedQty"], placed["cummulativeQuoteQty"]) == (
            "FILLED",
            "1.00000000",
            "100.00000000",
        )
        (fill,) = placed["fills"]
        assert (fill["price"], fill["commission"], fill["commissionAsset"]) == ("100.00000000", "0.00100000", "BTC")
        asked = client.ask("a").body
        assert (asked["status"], asked["orderId"], asked["isWorking"]) == ("FILLED", placed["orderId"], True)
        trades = client.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT", orderId=placed["orderId"]).body
        assert [(each["id"], each["isBuyer"]) for each in trades] == [(fill["tradeId"], True)]
        assert double.position() == D("10.999")
        assert held(double, "USDT") == (9900, 0)

    @pytest.mark.parametrize(("kind", "has"), [("ACK", set()), ("RESULT", {"status"}), ("FULL", {"status", "fills"})])
    def test_an_answer_is_as_long_as_was_asked(self, client: Client, kind: str, has: set[str]) -> None:
        answer = client.order("BUY", "1", "a", newOrderRespType=kind)
        assert answer.body.keys() & {"status", "fills"} == has
        assert answer.headers["X-MBX-ORDER-COUNT-10S"] == "0"

    def test_a_resting_stop_locks_the_coin_is_listed_and_can_be_taken_back(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.jump(100)
        placed = client.stop("4", "s", "95", "94")
        assert "status" not in placed.body, "a stop is answered with ACK unless asked otherwise"
        assert placed.headers["X-MBX-ORDER-COUNT-10S"] == "1"
        assert held(double, "BTC") == (6, 4)
        (listed,) = client.signed("GET", "/api/v3/openOrders", symbol="BTCUSDT").body
        assert (listed["clientOrderId"], listed["stopPrice"], listed["isWorking"]) == ("s", "95.00000000", False)
        taken = client.cancel("s", newClientOrderId="bye").body
        assert (taken["status"], taken["clientOrderId"], taken["origClientOrderId"]) == ("CANCELED", "bye", "s")
        assert client.ask("s").body["status"] == "CANCELED"
        assert client.cancel("s").refused == (400, -2011)
        assert held(double, "BTC") == (10, 0)

    def test_what_the_engine_refuses_is_refused_in_its_words(self, double: BinanceDouble, client: Client) -> None:
        double.jump(100)
        assert client.order("BUY", "101", "a").message == "Account has insufficient balance for requested action."
        assert client.order("BUY", "0.01", "b").message == "Filter failure: NOTIONAL"
        assert client.stop("1", "c", "100", "99").message == "Stop price would trigger immediately."
        client.stop("1", "d", "95", "94")
        assert client.stop("1", "d", "95", "94").message == "Duplicate order sent."
        assert client.ask("e").refused == (400, -2013)
        assert client.cancel("e").refused == (400, -2011)
        assert client.signed("GET", "/api/v3/order", symbol="BTCUSDT").refused == (400, -1102)
        assert [order.client_order_id for order in double.orders] == ["d"]

    def test_an_order_can_be_tried_without_being_placed(self, double: BinanceDouble, client: Client) -> None:
        params: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
        assert client.signed("POST", "/api/v3/order/test", quantity="1", **params).body == {}
        assert client.signed("POST", "/api/v3/order/test", quantity="0.000001", **params).refused == (400, -1013)
        assert double.orders == []

    def test_an_id_that_was_filled_is_taken_again_and_counted(self, double: BinanceDouble, client: Client) -> None:
        client.order("BUY", "1", "same")
        assert double.doubled == []
        assert client.order("BUY", "1", "same").status == 200
        assert double.doubled == ["same"]

    @pytest.mark.parametrize(
        ("params", "code"),
        [({"orderId": 1, "startTime": 1}, -1128), ({"startTime": 1, "endTime": 86_400_002}, -1127), ({"fromId": 0}, 0)],
    )
    def test_trades_are_asked_for_in_the_ways_there_are(
        self, client: Client, params: dict[str, Any], code: int
    ) -> None:
        client.order("BUY", "1", "a")
        answer = client.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT", **params)
        assert (answer.body["code"] if code else len(answer.body)) == (code or 1)

    def test_too_many_unfilled_orders_are_refused_until_the_window_ends(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.jump(100)
        answers = []
        for number in range(110):
            answers.append(client.order("BUY", "0.06", f"l{number}", type="LIMIT", timeInForce="GTC", price="90"))
            if answers[-1].status != 200:
                break
        assert answers[-1].refused == (429, -1015)
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
        assert len(answers) > 50

    def test_a_fee_may_be_taken_in_bnb(self) -> None:
        with BinanceDouble(BARS, past=PAST, balances={"USDT": 10_000, "BNB": 1}, fees=Fees(bnb_price=D(500))) as double:
            fill = Client(double.port).order("BUY", "1", "a").body["fills"][0]
            assert fill["commissionAsset"] == "BNB"
            assert double.position() == 1


class TestStreams:
    async def test_a_bar_is_told_as_it_forms_and_once_as_it_closes(self, double: BinanceDouble) -> None:
        async with socket(f"{double.ws_url}/stream?streams=btcusdt@kline_1m/btcusdt@bookTicker") as opened:
            await asyncio.to_thread(double.wait_until, lambda: double.followers == 1)
            await asyncio.to_thread(double.push)
            told: list[Any] = []
            while not told or not told[-1]["data"].get("k", {}).get("x"):
                told.append(await heard(opened, lambda _: True))
            book = await heard(opened, lambda each: each["stream"] == "btcusdt@bookTicker")
        klines = [each["data"] for each in told if each["stream"] == "btcusdt@kline_1m"]
        bar = double.bars[PAST]
        last = klines[-1]["k"]
        assert [float(last[key]) for key in "ohlcv"] == [bar.open, bar.high, bar.low, bar.close, bar.volume]
        assert last["t"] == bar.time.timestamp() * 1000
        assert (last["T"], klines[-1]["E"]) == (last["t"] + 59_999, last["t"] + 60_000)
        assert [each["k"]["x"] for each in klines] == [False] * (len(klines) - 1) + [True]
        assert all(last["t"] <= each["E"] <= last["T"] for each in klines[:-1])
        assert len(klines) >= 4
        assert float(book["data"]["b"]) == float(book["data"]["a"]) == bar.close

    async def test_longer_bars_close_with_the_last_of_theirs(self) -> None:
        with BinanceDouble(made_bars(300), past=240) as double:
            async with socket(f"{double.ws_url}/ws/btcusdt@kline_15m") as opened:
                await asyncio.to_thread(double.push, 45)
                found = [await heard(opened, lambda each: each.get("k", {}).get("x")) for _ in range(3)]
            rows = Client(double.port).get("/api/v3/klines", symbol="BTCUSDT", interval="15m", limit=3).body
        assert [each["k"]["t"] for each in found] == [row[0] for row in rows]
        assert [each["k"]["c"] for each in found] == [row[4] for row in rows]
        assert [each["k"]["v"] for each in found] == [row[5] for row in rows]

    async def test_streams_are_followed_and_left_by_messages(self, double: BinanceDouble) -> None:
        async with socket(f"{double.ws_url}/ws") as opened:
            await opened.send_str('{"method": "SUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": 1}')
            assert await heard(opened, lambda each: "result" in each) == {"result": None, "id": 1}
            assert (await heard(opened, lambda each: "b" in each))["s"] == "BTCUSDT", "raw, not wrapped"
            await opened.send_str('{"method": "LIST_SUBSCRIPTIONS", "id": "list"}')
            listed = await heard(opened, lambda each: "result" in each)
            assert listed == {"result": ["btcusdt@bookTicker"], "id": "list"}
            await opened.send_str('{"method": "SET_PROPERTY", "params": ["combined", true], "id": 5}')
            await heard(opened, lambda each: each.get("id") == 5)
            assert (await heard(opened, lambda each: "stream" in each))["stream"] == "btcusdt@bookTicker"
            await opened.send_str('{"method": "UNSUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": 2}')
            await heard(opened, lambda each: each.get("id") == 2)
            with pytest.raises(TimeoutError):
                await heard(opened, lambda each: True, 0.8)

    @pytest.mark.parametrize(
        ("message", "code", "words"),
        [
            ("nonsense", 3, "Invalid JSON"),
            ('{"id": 1}', 2, "missing field `method`"),
            ('{"method": "SUBSCRIBE", "params": ["btcusdt@trade"]}', 2, "request ID must be"),
            ('{"method": "SUBSCRIBE", "params": [1], "id": 1}', 2, "stream names"),
            ('{"method": "JOIN", "params": [], "id": 1}', 2, "unknown variant `JOIN`"),
            ('{"method": "GET_PROPERTY", "params": ["speed"], "id": 1}', 0, "Unknown property"),
            ('{"method": "SET_PROPERTY", "params": ["combined", 1], "id": 1}', 1, "expected Boolean"),
        ],
    )
    async def test_a_message_that_is_wrong_is_refused(
        self, double: BinanceDouble, message: str, code: int, words: str
    ) -> None:
        async with socket(f"{double.ws_url}/ws") as opened:
            await opened.send_str(message)
            told = await heard(opened, lambda each: "code" in each)
        assert told["code"] == code
        assert words in told["msg"]

    async def test_a_connection_that_says_too_much_is_closed(self, double: BinanceDouble) -> None:
        async with socket(f"{double.ws_url}/ws") as opened:
            for number in range(6):
                await opened.send_str(f'{{"method": "LIST_SUBSCRIPTIONS", "id": {number}}}')
            assert await closed(opened) == 1008

    async def test_pings_count_as_messages(self, double: BinanceDouble) -> None:
        async with socket(f"{double.ws_url}/ws") as opened:
            for _ in range(6):
                await opened.ping()
            assert await closed(opened) == 1008

    async def test_no_connection_follows_more_than_1024_streams(self, double: BinanceDouble) -> None:
        many = [f"btcusdt@depth{number}" for number in range(1025)]
        async with socket(f"{double.ws_url}/ws") as opened:
            await opened.send_json({"method": "SUBSCRIBE", "params": many, "id": 1})
            assert "1024" in (await heard(opened, lambda each: "code" in each))["msg"]
            await opened.send_json({"method": "SUBSCRIBE", "params": many[:1024], "id": 2})
            assert (await heard(opened, lambda each: "result" in each))["id"] == 2

    async def test_a_stream_on_which_nothing_can_come_is_taken_and_complained_of(self, double: BinanceDouble) -> None:
        async with socket(f"{double.ws_url}/stream?streams=BTCUSDT@kline_1m/ethusdt@bookTicker"):
            await asyncio.to_thread(double.wait_until, lambda: len(double.complaints) == 2)
        assert "BTCUSDT@kline_1m" in double.complaints[0]

    async def test_who_does_not_answer_pings_is_closed(self) -> None:
        with BinanceDouble(BARS, past=PAST, rhythm=QUICK) as double:
            async with socket(f"{double.ws_url}/ws", autoping=False) as opened:
                assert await closed(opened) == 1008
            async with socket(f"{double.ws_url}/ws/btcusdt@bookTicker") as opened:
                began = time.monotonic()
                while time.monotonic() - began < 1.5:
                    await heard(opened, lambda _: True)

    async def test_a_plain_question_where_a_web_socket_belongs_is_refused(self, client: Client) -> None:
        assert client.get("/stream").status == 400
        assert client.get("/ws-api/v3").status == 400


class TestWebSocketApi:
    async def test_the_account_is_followed_by_a_signed_subscription(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.jump(100)
        async with socket(double.ws_api_url) as opened:
            await opened.send_str(client.subscription())
            answer = await heard(opened, lambda each: "id" in each)
            assert (answer["status"], answer["result"]) == (200, {"subscriptionId": 0})
            placed = client.order("BUY", "1", "a").body
            new = await heard(opened, lambda each: each["event"]["e"] == "executionReport")
            trade = await heard(opened, lambda each: each["event"]["e"] == "executionReport")
            account = await heard(opened, lambda each: each["event"]["e"] == "outboundAccountPosition")
        assert new["subscriptionId"] == trade["subscriptionId"] == 0
        first, second = new["event"], trade["event"]
        assert [first[key] for key in "cSoxXrNt"] == ["a", "BUY", "MARKET", "NEW", "NEW", "NONE", None, -1]
        assert [second[key] for key in "xXlzLnN"] == [
            "TRADE", "FILLED", "1.00000000", "1.00000000", "100.00000000", "0.00100000", "BTC",
        ]  # fmt: skip
        assert (second["i"], second["t"]) == (placed["orderId"], placed["fills"][0]["tradeId"])
        assert {each["a"]: each["f"] for each in account["event"]["B"]}["BTC"] == "10.99900000"

    async def test_a_cancelling_is_told_under_its_own_id_and_names_the_orders(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.jump(100)
        client.stop("1", "s", "95", "94")
        async with socket(double.ws_api_url) as opened:
            await opened.send_str(client.subscription())
            await heard(opened, lambda each: each.get("status") == 200)
            client.cancel("s", newClientOrderId="bye")
            told = (await heard(opened, lambda each: each["event"]["e"] == "executionReport"))["event"]
        assert [told[key] for key in "xXcC"] == ["CANCELED", "CANCELED", "bye", "s"]

    async def test_an_hmac_key_cannot_log_on(self, double: BinanceDouble, client: Client) -> None:
        message = json.loads(client.subscription()) | {"method": "session.logon"}
        async with socket(double.ws_api_url) as opened:
            await opened.send_json(message)
            told = await heard(opened, lambda each: "id" in each)
            assert (told["status"], told["error"]["code"]) == (400, -4056)
            await opened.send_json({"id": 2, "method": "userDataStream.subscribe"})
            assert (await heard(opened, lambda each: each.get("id") == 2))["status"] == 401

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"apiKey": "A" * 64}, -2015), ({"signature": "00"}, -1022), ({"signature": ""}, -1102),
            ({"timestamp": 1}, -1021), ({"more": 1}, -1022),
        ],
    )  # fmt: skip
    async def test_a_subscription_that_is_not_proved_is_refused(
        self, double: BinanceDouble, client: Client, changed: dict[str, Any], code: int
    ) -> None:
        message = json.loads(client.subscription())
        message["params"] |= changed
        async with socket(double.ws_api_url) as opened:
            await opened.send_json(message)
            assert (await heard(opened, lambda each: "id" in each))["error"]["code"] == code
        assert double.subscribers == 0

    async def test_an_account_is_followed_once_on_a_connection_until_it_is_left(
        self, double: BinanceDouble, client: Client
    ) -> None:
        async with socket(double.ws_api_url) as opened:
            await opened.send_str(client.subscription())
            await heard(opened, lambda each: each.get("status") == 200)
            await opened.send_str(client.subscription())
            assert (await heard(opened, lambda each: "id" in each))["error"]["code"] == -2035
            await opened.send_json({"id": 9, "method": "userDataStream.unsubscribe"})
            assert (await heard(opened, lambda each: "event" in each))["event"]["e"] == "eventStreamTerminated"
            await heard(opened, lambda each: each.get("id") == 9)
            await opened.send_str(client.subscription())
            assert (await heard(opened, lambda each: "id" in each))["result"] == {"subscriptionId": 1}

    async def test_questions_and_orders_may_come_this_way_too(self, double: BinanceDouble, client: Client) -> None:
        params = {"apiKey": json.loads(client.subscription())["params"]["apiKey"], "quantity": "1", "side": "BUY",
                  "symbol": "BTCUSDT", "timestamp": int(time.time() * 1000), "type": "MARKET"}  # fmt: skip
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        order = {"id": "o", "method": "order.place", "params": params | {"signature": client.signature(payload)}}
        async with socket(double.ws_api_url) as opened:
            await opened.send_json({"id": 1, "method": "time"})
            assert abs((await heard(opened, lambda _: True))["result"]["serverTime"] / 1000 - time.time()) < 1
            await opened.send_json(order)
            told = await heard(opened, lambda _: True)
        assert (told["status"], told["result"]["status"]) == (200, "FILLED")
        assert told["rateLimits"][0]["count"] == 2 + 1 + 1, "the connection itself weighs two"
        assert [each.method for each in double.requests] == ["WS", "WS"]
        assert "signature" not in double.requests[1].params

    @pytest.mark.parametrize(
        ("text", "code"), [("nonsense", -1135), ('{"id": 1}', -1102), ('{"method": "time"}', -1102)]
    )
    async def test_what_is_no_request_is_refused(self, double: BinanceDouble, text: str, code: int) -> None:
        async with socket(double.ws_api_url) as opened:
            await opened.send_str(text)
            assert (await heard(opened, lambda _: True))["error"]["code"] == code


class TestPlaying:
    async def test_the_market_stands_still_until_somebody_follows(self, double: BinanceDouble) -> None:
        playing = double.play(count=5, wait_for_client=True)
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(playing.wait, 0.3)
        assert double.left == len(BARS) - PAST
        async with socket(f"{double.ws_url}/ws/btcusdt@kline_1m"):
            await asyncio.to_thread(playing.wait, 5)
        assert double.left == len(BARS) - PAST - 5

    async def test_bars_come_at_the_pace_that_was_asked(self, double: BinanceDouble) -> None:
        began = time.monotonic()
        await asyncio.to_thread(double.play(20, count=10).wait, 5)
        assert 0.5 <= time.monotonic() - began < 1.5

    async def test_the_market_waits_for_an_order_that_is_on_its_way(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.misbehave.delay("POST /api/v3/order", 0.6, executed=False)
        async with socket(f"{double.ws_url}/ws/btcusdt@kline_1m") as opened:
            playing = double.play(count=2, settle_seconds=0.2, wait_for_client=True)
            await heard(opened, lambda each: each["k"]["x"])
            await asyncio.to_thread(client.order, "BUY", "1", "a")
            assert double.left == len(BARS) - PAST - 1, "the second bar closed before the order was dealt with"
            await asyncio.to_thread(playing.wait, 5)
        assert float(double.trades[0].price) == double.bars[PAST].close

    def test_a_stop_is_hit_within_a_bar_at_its_price(self, double: BinanceDouble, client: Client) -> None:
        bar = double.bars[PAST]
        double.jump(bar.close)
        client.stop("1", "s", "90", "89")
        double.push_bar(bar._replace(low=80.0))
        assert [trade.price for trade in double.trades] == [90]

    def test_a_bar_that_opens_below_the_limit_leaves_the_stop_open(self, double: BinanceDouble, client: Client) -> None:
        double.jump(100)
        client.stop("1", "s", "90", "89")
        double.push_bar(double.bars[PAST]._replace(open=80.0, high=81.0, low=79.0, close=80.5))
        assert double.trades == []
        assert client.ask("s").body["isWorking"] is True

    async def test_when_a_closing_bar_was_sent_can_be_held_against_when_an_order_came(
        self, double: BinanceDouble, client: Client
    ) -> None:
        async with socket(f"{double.ws_url}/ws/btcusdt@kline_1m") as opened:
            playing = double.play(count=1, wait_for_client=True)
            await heard(opened, lambda each: each["k"]["x"])
            client.order("BUY", "1", "a")
            playing.wait(5)
        (sent,), (order,) = double.sent, double.requested("POST", "/api/v3/order")
        assert sent.open_time == double.bars[PAST].time.timestamp() * 1000
        assert 0 < order.received_ns - sent.sent_ns < 5e9

    def test_waiting_in_vain_says_for_what_and_what_was_seen(self, double: BinanceDouble, client: Client) -> None:
        client.get("/api/v3/time")
        with pytest.raises(AssertionError, match=r"not within 0.05 s: an order; .*GET /api/v3/time 200"):
            double.wait_until(lambda: double.orders, 0.05, "an order")


def test_a_person_can_run_it() -> None:
    command = [
        sys.executable,
        "-u",
        "-m",
        "tests.venues.binance",
        "--bars",
        "made",
        "--interval",
        "5m",
        "--speed",
        "100",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        try:
            port = int(lines[0].rsplit(":", 1)[1])
            assert Client(port).get("/api/v3/ping").body == {}
        finally:
            process.terminate()
    assert any(line.startswith("export BINANCE_API_KEY=") for line in lines)
