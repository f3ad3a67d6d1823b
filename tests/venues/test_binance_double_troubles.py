"""The double of Binance told to misbehave: it does so when it was told to, and not otherwise."""

import asyncio
import http.client
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from threading import Thread
from typing import Any

import aiohttp
import pytest

from tests.made_bars import made_bars
from tests.venues.binance import ASK, CANCEL, ORDER, SUBSCRIBE, BinanceDouble, Fault
from tests.venues.binance.client import Client

D = Decimal
PAST = 20
BARS = made_bars(40)
KLINES = "btcusdt@kline_1m"


@pytest.fixture
def double() -> Iterator[BinanceDouble]:
    """A market of made bars at this moment; it says nothing of itself while nothing is played."""
    with BinanceDouble(BARS, past=PAST, present=True, balances={"USDT": 10_000, "BTC": 10}, pulse_seconds=60) as double:
        double.jump(100)
        yield double


@pytest.fixture
def client(double: BinanceDouble) -> Client:
    """A client that does not wait long."""
    return Client(double.port, timeout=0.5)


@asynccontextmanager
async def market(double: BinanceDouble, names: str = KLINES) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{double.ws_url}/ws/{names}") as opened:
        await asyncio.to_thread(double.wait_until, lambda: double.followers)
        yield opened


@asynccontextmanager
async def account(double: BinanceDouble, client: Client) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(double.ws_api_url) as opened:
        await opened.send_str(client.subscription())
        assert json.loads((await opened.receive(5)).data)["status"] == 200
        yield opened


async def told(opened: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    """Return what the next reports tell of their orders."""
    found: list[str] = []
    while len(found) < count:
        event = json.loads((await opened.receive(5)).data)["event"]
        if event["e"] == "executionReport":
            found.append(f"{event['c']} {event['x']} {event['X']}")
    return found


async def is_silent(opened: aiohttp.ClientWebSocketResponse, seconds: float = 0.2) -> bool:
    """Whether nothing comes for so long."""
    try:
        await opened.receive(seconds)
    except TimeoutError:
        return True
    return False


async def ending(opened: aiohttp.ClientWebSocketResponse) -> int | None:
    """Return with which code a connection has ended."""
    ends = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    while (await opened.receive(5)).type not in ends:
        pass
    return opened.close_code


async def closings(opened: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    """Return the openings of the next bars that close."""
    found: list[int] = []
    while len(found) < count:
        kline = json.loads((await opened.receive(5)).data)["k"]
        if kline["x"]:
            found.append(kline["t"])
    return found


def openings(double: BinanceDouble, *numbers: int) -> list[int]:
    return [int(double.bars[PAST + number].time.timestamp() * 1000) for number in numbers]


class TestAnswers:
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize("executed", [True, False])
    def test_an_order_may_be_answered_with_a_bare_status(
        self, double: BinanceDouble, client: Client, status: int, executed: bool
    ) -> None:
        double.misbehave.fail(ORDER, status, executed=executed)
        answer = client.order("BUY", "1", "a")
        assert (answer.status, isinstance(answer.body, str)) == (status, True)
        assert len(double.orders) == executed
        assert client.order("BUY", "1", "b").status == 200, "it was to happen once"

    @pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007])
    @pytest.mark.parametrize("executed", [True, False])
    def test_an_orders_outcome_may_be_left_unknown(
        self, double: BinanceDouble, client: Client, code: int, executed: bool
    ) -> None:
        double.misbehave.leave_unknown(executed=executed, code=code)
        assert client.order("BUY", "1", "a").body["code"] == code
        assert client.ask("a").status == (200 if executed else 400)

    @pytest.mark.parametrize("executed", [True, False])
    def test_an_order_may_never_be_answered(self, double: BinanceDouble, client: Client, executed: bool) -> None:
        double.misbehave.hang(executed=executed)
        with pytest.raises(TimeoutError):
            client.order("BUY", "1", "a")
        assert len(double.trades) == executed
        (request,) = double.requested("POST", "/api/v3/order")
        assert (request.status, "hang" in request.outcome) == (0, True)

    @pytest.mark.parametrize("executed", [True, False])
    def test_the_connection_may_be_cut_instead_of_an_answer(
        self, double: BinanceDouble, client: Client, executed: bool
    ) -> None:
        double.misbehave.reset(executed=executed)
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            client.order("BUY", "1", "a")
        assert len(double.trades) == executed

    def test_an_answer_may_be_late_and_an_order_too_late(self, double: BinanceDouble) -> None:
        client = Client(double.port)
        double.misbehave.delay(ORDER, 0.3)
        began = time.monotonic()
        assert client.order("BUY", "1", "a").status == 200
        assert time.monotonic() - began >= 0.3
        double.misbehave.delay(ORDER, 0.3, executed=False)
        assert client.order("BUY", "1", "b", recvWindow=200).refused == (400, -1021)

    def test_a_late_order_arrives_though_its_client_has_hung_up(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.delay(ORDER, 0.7, executed=False)
        with pytest.raises(TimeoutError):
            client.order("BUY", "1", "a")
        assert double.orders == []
        double.wait_until(lambda: double.orders, 5, "the order")

    def test_an_order_may_be_refused_with_any_code(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.refuse(ORDER, -2010, "This action is disabled on this account.", times=2)
        assert [client.order("BUY", "1", name).status for name in "abc"] == [400, 400, 200]

    @pytest.mark.parametrize("status", [429, 418])
    def test_a_client_may_be_told_to_slow_down(self, double: BinanceDouble, client: Client, status: int) -> None:
        double.misbehave.slow_down("GET /api/v3/*", 7, status)
        answer = client.get("/api/v3/time")
        assert (answer.refused, answer.headers["Retry-After"]) == ((status, -1003), "7")

    def test_an_address_that_asks_too_much_is_refused_and_then_banned(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.limit_weight(3)
        statuses = [client.get("/api/v3/time").status for _ in range(10)]
        assert statuses[:4] == [200, 200, 200, 429]
        assert statuses[-1] == 418
        assert double.refused_for_weight == 7
        assert double.orders == []

    def test_an_account_with_too_many_unfilled_orders_is_refused_another(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.limit_orders(0)
        assert client.stop("1", "a", "90", "89").refused == (429, -1015)
        double.limit_orders(1000)
        # More than the exchange allows in so short a time.
        for number in range(60):
            assert client.stop("0.1", f"a{number}", "90", "89").status == 200
            assert client.cancel(f"a{number}").status == 200
        assert len(double.orders) == 60

    def test_a_ban_refuses_everything_at_once(self, double: BinanceDouble, client: Client) -> None:
        double.ban(30)
        answer = client.order("BUY", "1", "a")
        assert answer.refused == (418, -1003)
        assert 29 <= int(answer.headers["Retry-After"]) <= 30

    def test_a_fault_may_be_meant_for_some_requests_only(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.add(
            Fault(ORDER, "answer", times=None, status=503, where=lambda params: params["side"] == "SELL")
        )
        assert client.order("BUY", "1", "a").status == 200
        assert [client.order("SELL", "1", name).status for name in "bc"] == [503, 503]
        double.misbehave.clear()
        assert client.order("SELL", "1", "d").status == 200

    def test_faults_come_in_the_order_in_which_they_were_told(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.fail(ASK, 502)
        double.misbehave.fail(ASK, 503)
        fault = double.misbehave.fail(CANCEL, 504)
        assert [client.ask("a").status for _ in range(3)] == [502, 503, 400]
        double.misbehave.remove(fault)
        assert double.misbehave.waiting() == []
        assert client.cancel("a").refused == (400, -2011)

    async def test_a_subscription_may_go_wrong(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.refuse(SUBSCRIBE, -1001, "Internal error; unable to process your request.", 500)
        double.misbehave.hang(SUBSCRIBE, executed=False)
        double.misbehave.reset(SUBSCRIBE, executed=False)
        async with aiohttp.ClientSession() as session, session.ws_connect(double.ws_api_url) as opened:
            await opened.send_str(client.subscription())
            answer = json.loads((await opened.receive(5)).data)
            assert (answer["status"], answer["error"]["code"]) == (500, -1001)
            await opened.send_str(client.subscription())
            assert await is_silent(opened)
            await opened.send_str(client.subscription())
            assert await ending(opened) == 1006
        assert double.subscribers == 0


class TestFills:
    async def test_an_order_may_be_filled_in_parts_over_time(self, double: BinanceDouble, client: Client) -> None:
        async with account(double, client) as opened:
            double.misbehave.fill_in_parts("0.25", "0.25", "0.5", seconds=0.1)
            placed = client.order("BUY", "1", "a").body
            assert (placed["status"], placed["executedQty"]) == ("PARTIALLY_FILLED", "0.25000000")
            assert await told(opened, 4) == ["a NEW NEW", *["a TRADE PARTIALLY_FILLED"] * 2, "a TRADE FILLED"]
        assert [trade.quantity for trade in double.trades] == [D("0.25"), D("0.25"), D("0.5")]

    def test_parts_without_a_pause_are_all_in_the_answer(self, double: BinanceDouble, client: Client) -> None:
        double.misbehave.fill_in_parts("0.25", "0.75")
        placed = client.order("BUY", "1", "a").body
        assert (placed["status"], [fill["qty"] for fill in placed["fills"]]) == ("FILLED", ["0.25000000", "0.75000000"])

    @pytest.mark.parametrize(("shares", "executed"), [(("0.4",), "0.40000000"), ((), "0.00000000")])
    async def test_a_market_order_may_expire(
        self, double: BinanceDouble, client: Client, shares: tuple[str, ...], executed: str
    ) -> None:
        async with account(double, client) as opened:
            double.misbehave.expire_after(*shares)
            placed = client.order("BUY", "1", "a").body
            assert (placed["status"], placed["executedQty"]) == ("EXPIRED", executed)
            assert (await told(opened, 2 + len(shares)))[-1] == "a EXPIRED EXPIRED"

    async def test_a_stop_that_is_jumped_over_is_told_as_working_and_stays(
        self, double: BinanceDouble, client: Client
    ) -> None:
        client.stop("1", "s", "95", "94")
        async with account(double, client) as opened:
            double.jump(80)
            assert await told(opened, 1) == ["s NEW NEW"]
            assert double.open_orders()[0].is_working
            double.slide(96)
            assert await told(opened, 1) == ["s TRADE FILLED"]

    async def test_a_person_and_the_exchange_may_do_things_at_the_account(
        self, double: BinanceDouble, client: Client
    ) -> None:
        client.stop("1", "s", "95", "94")
        client.stop("1", "t", "95", "94")
        async with account(double, client) as opened:
            double.cancel_by_hand("s")
            double.expire("t")
            double.place_by_hand("SELL", "2", "web_1")
            found = await told(opened, 4)
            double.deposit("BTC", "0.5")
            event: dict[str, Any] = {}
            while event.get("e") != "balanceUpdate":
                event = json.loads((await opened.receive(5)).data)["event"]
        assert [each.split()[1:] for each in found[:2]] == [["CANCELED", "CANCELED"], ["EXPIRED", "EXPIRED"]]
        assert found[2:] == ["web_1 NEW NEW", "web_1 TRADE FILLED"]
        assert (event["a"], event["d"]) == ("BTC", "0.50000000")
        assert double.position() == D("8.5")


class TestUserData:
    async def test_events_may_be_held_back(self, double: BinanceDouble, client: Client) -> None:
        async with account(double, client) as opened:
            double.misbehave.user_data.hold = True
            client.order("BUY", "1", "a")
            assert await is_silent(opened)
            double.release_user_data()
            assert await told(opened, 2) == ["a NEW NEW", "a TRADE FILLED"]

    async def test_events_may_be_lost(self, double: BinanceDouble, client: Client) -> None:
        async with account(double, client) as opened:
            double.misbehave.user_data.lose = True
            client.order("BUY", "1", "a")
            double.misbehave.user_data.lose = False
            client.order("BUY", "1", "b")
            assert await told(opened, 2) == ["b NEW NEW", "b TRADE FILLED"]

    async def test_events_may_come_twice_and_the_wrong_way_round(self, double: BinanceDouble, client: Client) -> None:
        async with account(double, client) as opened:
            double.misbehave.user_data.copies = 2
            client.order("BUY", "1", "a")
            assert await told(opened, 4) == [*["a NEW NEW"] * 2, *["a TRADE FILLED"] * 2]
            double.misbehave.clear()
            double.misbehave.user_data.reverse = True
            client.order("BUY", "1", "b")
            assert await told(opened, 2) == ["b TRADE FILLED", "b NEW NEW"]

    async def test_the_subscription_may_end_while_the_connection_stands(
        self, double: BinanceDouble, client: Client
    ) -> None:
        async with account(double, client) as opened:
            double.terminate_user_data()
            event = json.loads((await opened.receive(5)).data)
            assert (event["subscriptionId"], event["event"]["e"]) == (0, "eventStreamTerminated")
            client.order("BUY", "1", "a")
            assert await is_silent(opened)

    async def test_the_connection_may_be_cut_or_fall_silent(self, double: BinanceDouble, client: Client) -> None:
        async with account(double, client) as opened:
            double.drop_user_data()
            assert await ending(opened) == 1006
        double.wait_until(lambda: not double.subscribers)
        async with account(double, client) as opened:
            double.half_open_user_data()
            client.order("BUY", "1", "a")
            assert await is_silent(opened)


class TestBars:
    async def test_a_closing_may_be_withheld(self, double: BinanceDouble) -> None:
        double.misbehave.bars.withhold = 1
        async with market(double) as opened:
            await asyncio.to_thread(double.push, 2)
            assert await closings(opened, 1) == openings(double, 1)
        rows = Client(double.port).get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=3).body
        assert [row[0] for row in rows[:2]] == openings(double, 0, 1), "it can be asked for"

    async def test_a_closing_may_come_twice(self, double: BinanceDouble) -> None:
        double.misbehave.bars.repeat = 1
        async with market(double) as opened:
            await asyncio.to_thread(double.push, 2)
            assert await closings(opened, 3) == openings(double, 0, 0, 1)

    async def test_a_closing_may_come_after_the_next(self, double: BinanceDouble) -> None:
        double.misbehave.bars.late = 1
        async with market(double) as opened:
            await asyncio.to_thread(double.push, 3)
            assert await closings(opened, 3) == openings(double, 1, 0, 2)


class TestConnections:
    async def test_the_streams_may_be_cut(self, double: BinanceDouble) -> None:
        async with market(double) as opened:
            double.drop_streams()
            assert await ending(opened) == 1006
        double.wait_until(lambda: not double.followers)

    async def test_a_half_open_stream_answers_nothing_not_even_a_ping_and_a_new_one_is_well(
        self, double: BinanceDouble
    ) -> None:
        async with aiohttp.ClientSession() as session, market(double) as opened:
            silent = await session.ws_connect(f"{double.ws_url}/ws/{KLINES}", heartbeat=0.2)
            await asyncio.to_thread(double.wait_until, lambda: double.followers == 2)
            double.half_open_streams()
            await asyncio.to_thread(double.push)
            assert await is_silent(opened, 0.1)
            # aiohttp gives a ping up after half its interval.
            assert (await silent.receive(5)).type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)
            async with session.ws_connect(f"{double.ws_url}/ws/{KLINES}") as anew:
                await asyncio.to_thread(double.wait_until, lambda: double.followers >= 2)
                await asyncio.to_thread(double.push)
                assert await closings(anew, 1) == openings(double, 1)
            await opened.close(code=1000)

    async def test_new_connections_may_be_refused_for_a_while(self, double: BinanceDouble, client: Client) -> None:
        double.refuse_connections("streams")
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await session.ws_connect(f"{double.ws_url}/ws/{KLINES}")
        async with account(double, client):
            pass
        double.accept_connections()
        async with market(double):
            pass

    @pytest.mark.parametrize("announced", [True, False])
    async def test_after_a_day_all_connections_are_closed(
        self, double: BinanceDouble, client: Client, announced: bool
    ) -> None:
        async with market(double) as streams, account(double, client) as data:
            closing = asyncio.create_task(asyncio.to_thread(double.end_of_day, announced=announced))
            if announced:
                assert json.loads((await streams.receive(5)).data)["e"] == "serverShutdown"
                assert json.loads((await data.receive(5)).data)["event"]["e"] == "serverShutdown"
            assert [await ending(streams), await ending(data)] == [1001, 1001]
            await closing

    async def test_in_maintenance_nothing_is_served_and_the_market_goes_on(
        self, double: BinanceDouble, client: Client
    ) -> None:
        async with market(double) as opened:
            maintenance = double.maintenance()
            entered = asyncio.create_task(asyncio.to_thread(maintenance.__enter__))
            assert await ending(opened) == 1001
            await entered
        assert client.get("/api/v3/time").status == 503
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await session.ws_connect(double.ws_api_url)
        await asyncio.to_thread(double.push)
        assert double.left == len(BARS) - PAST - 1
        maintenance.__exit__(None, None, None)
        assert client.get("/api/v3/time").status == 200

    async def test_it_may_be_nowhere_on_the_network_and_come_back_where_it_was(
        self, double: BinanceDouble, client: Client
    ) -> None:
        kept = http.client.HTTPConnection("127.0.0.1", double.port, timeout=1)
        kept.request("GET", "/api/v3/ping")
        kept.getresponse().read()
        async with market(double) as opened:
            with double.unreachable():
                assert await ending(opened) == 1006
                with pytest.raises(ConnectionRefusedError):
                    client.get("/api/v3/ping")
                with pytest.raises(ConnectionError):
                    kept.request("GET", "/api/v3/ping")
                kept.close()
        assert client.get("/api/v3/ping").status == 200


class TestRecords:
    def test_nothing_secret_is_recorded(self, double: BinanceDouble, client: Client) -> None:
        client.order("BUY", "1", "a")
        (request,) = double.requests
        assert request.params["newClientOrderId"] == "a"
        assert "signature" not in request.params
        assert double.key.secret not in repr(double.requests) + repr(double.key)

    def test_what_was_seen_does_not_change_afterwards(self, double: BinanceDouble, client: Client) -> None:
        client.stop("1", "s", "95", "94")
        before = double.orders
        client.cancel("s")
        assert [order.status for order in before] == ["NEW"]
        assert [order.status for order in double.orders] == ["CANCELED"]

    def test_the_executions_of_an_order_that_was_looked_at_do_not_grow(
        self, double: BinanceDouble, client: Client
    ) -> None:
        double.misbehave.fill_in_parts("0.5", "0.5", seconds=0.2)
        client.order("BUY", "1", "a")
        (before,) = double.orders
        double.wait_until(lambda: double.orders[0].status == "FILLED")
        assert (before.status, len(before.trades), len(double.orders[0].trades)) == ("PARTIALLY_FILLED", 1, 2)

    def test_it_can_be_stopped_twice_and_while_somebody_waits_for_an_answer(self, double: BinanceDouble) -> None:
        double.misbehave.hang("GET /api/v3/time", executed=False)
        failed: list[Exception] = []

        def ask() -> None:
            try:
                Client(double.port).get("/api/v3/time")
            except (OSError, http.client.HTTPException) as error:
                failed.append(error)

        thread = Thread(target=ask)
        thread.start()
        double.wait_until(lambda: double.requests)
        double.stop()
        double.stop()
        thread.join(5)
        assert len(failed) == 1
