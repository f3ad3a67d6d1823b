"""The double: a server in a thread of its own, which a test drives from outside."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from strategies.bar import Bar
from tests.venues.bots import API_KEY, API_SECRET
from tests.venues.spot import wording
from tests.venues.spot.checking import Gate
from tests.venues.spot.faults import Fault, Faults
from tests.venues.spot.matching import Account, Order, Symbol
from tests.venues.spot.refusing import NO_SYMBOL, Refused

LENGTHS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400}
_NO_ANSWER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and the status of the answer (0: none). Never holds a signature or a key."""

    time: float
    method: str
    path: str
    params: dict[str, str]
    status: int
    arrived: float
    """When, by the clock of `time.perf_counter`."""


class SpotDouble:
    """One symbol's market and one account; the first `past` bars have closed before it begins."""

    def __init__(
        self,
        bars: Sequence[Bar],
        *,
        past: int,
        interval: str = "1m",
        symbol: Symbol | None = None,
        cash: Decimal = Decimal(10_000),
        fee_rate: Decimal = Decimal("0.001"),
        weight_limit: int = 6000,
    ) -> None:
        self.bars, self.closed, self.interval = list(bars), past, interval
        self.symbol = symbol or Symbol("BTCUSDT", "BTC", "USDT")
        self.account = Account(self.symbol, cash, fee_rate)
        self.gate = Gate(API_KEY, API_SECRET, weight_limit)
        self.faults = Faults()
        self.requests: list[Request] = []
        self.closed_at = 0.0
        self.maintenance = False
        self.reports_withheld = False
        self.reports_doubled = False
        self.reports_reversed = False
        self.skew_ms = 0
        self.spread = Decimal(0)
        self.bid_path: Sequence[Decimal] = ()
        self._length_ms = LENGTHS[interval] * 1000
        self._market: dict[web.WebSocketResponse, web.Request] = {}
        self._deaf: set[web.WebSocketResponse] = set()
        self._user: dict[web.WebSocketResponse, web.Request] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = 0
        self._quote(Decimal(str(self.bars[past - 1].close)))

    # -- for tests, from any thread ------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the double does not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def endpoints(self) -> dict[str, str]:
        """Return what a document's `endpoints` must say."""
        return {"http": f"http://127.0.0.1:{self.port}", "ws": f"ws://127.0.0.1:{self.port}"}

    def push(self) -> Bar:
        """Let the next bar close, as the streams tell it: some updates, the prices, and at last the closing one."""
        bar: Bar = self._call(self._push())
        return bar

    def set_bid(self, bid: Decimal) -> None:
        """Move the price between bars."""
        self._call(self._move(bid))

    def drop_market(self) -> None:
        """Cut every market stream without a word."""
        self._call(self._cut(self._market))

    def drop_user(self) -> None:
        """Cut every user data stream."""
        self._call(self._cut(self._user))

    def half_open(self) -> None:
        """Go silent on the market streams that stand: not even pings are answered; new ones are served."""
        self._call(self._go_deaf())

    def listeners(self) -> tuple[int, int]:
        """Return how many market and user data streams stand."""
        return len(self._market), len(self._user)

    def wait_until(self, what: str, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait for something to become true of the double."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {seconds:g} s; last asked: {self.requests[-5:]}")
            time.sleep(0.005)

    def sent(self, method: str, path: str = "/api/v3/order") -> list[Request]:
        """Return the requests of that kind so far."""
        return [each for each in list(self.requests) if (each.method, each.path) == (method, path)]

    def held(self) -> Decimal:
        """Return what the account has of the coin."""
        return self.account.total(self.symbol.base)

    def open_orders(self) -> list[Order]:
        """Return the orders that may still be executed."""
        return [order for order in list(self.account.orders) if order.is_open]

    def cancel_by_hand(self, client_id: str) -> None:
        """Take an order away as its owner would on the exchange's pages."""
        self._call(self._cancel_by_hand(client_id))

    # -- inside, in the double's own loop ------------------------------------------------------------------------

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._begin())
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _begin(self) -> None:
        app = web.Application()
        app.router.add_get("/stream", self._stream)
        app.router.add_get("/ws-api/v3", self._ws_api)
        app.router.add_route("*", "/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        arrived = time.perf_counter()
        params = dict(request.query)
        shown = {name: value for name, value in params.items() if name != "signature"}
        fault = self.faults.take(request.method, request.path, params)
        status, answer = 0, None
        headers: dict[str, str] = {}
        try:
            if fault is not None:
                await asyncio.sleep(fault.delay)
                answer = await self._break(request, fault.before, fault)
            if answer is None:
                status, answer, headers = self._answer(request, params)
                if fault is not None and (instead := await self._break(request, fault.after, fault)) is not None:
                    answer = instead
            status = answer[0] if isinstance(answer, tuple) else status
        finally:
            self.requests.append(Request(time.time(), request.method, request.path, shown, status, arrived))
        if isinstance(answer, tuple):
            body: Any = {"code": answer[1], "msg": answer[2]} if answer[1] else None
            if fault is not None and fault.retry_after is not None:
                headers["Retry-After"] = str(fault.retry_after)
            if body is None:
                return web.Response(status=answer[0], text=answer[2], headers=headers)
            return web.json_response(body, status=answer[0], headers=headers)
        return web.json_response(answer, headers=headers)

    async def _break(
        self, request: web.Request, how: str | tuple[int, int, str] | None, fault: Fault
    ) -> tuple[int, int, str] | None:
        if how == "hang":
            await asyncio.sleep(_NO_ANSWER_SECONDS)
        if how == "reset" and request.transport is not None:
            request.transport.abort()
            await asyncio.sleep(_NO_ANSWER_SECONDS)
        return how if isinstance(how, tuple) else None

    def _answer(self, request: web.Request, params: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        method, path = request.method, request.path
        headers: dict[str, str] = {}
        try:
            if self.maintenance:
                return 503, (503, 0, "Service unavailable from a restricted location or under maintenance."), headers
            headers["X-MBX-USED-WEIGHT-1M"] = str(self.gate.weigh(method, path, params))
            self.gate.check(method, path, request.query_string, params, request.headers.get("X-MBX-APIKEY"))
            if params.get("symbol", self.symbol.name) != self.symbol.name:
                raise NO_SYMBOL
            return 200, self._dealt_with(method, path, params), headers
        except Refused as refused:
            if refused.status == 429:
                headers["Retry-After"] = str(60 - int(time.time()) % 60)
            return refused.status, (refused.status, refused.code, refused.message), headers

    def _dealt_with(self, method: str, path: str, params: dict[str, str]) -> Any:
        account, name = self.account, self.symbol.name
        match method, path:
            case "GET", "/api/v3/time":
                return {"serverTime": _now() + self.skew_ms}
            case "GET", "/api/v3/exchangeInfo":
                return wording.info(account)
            case "GET", "/api/v3/klines":
                return self._klines(params)
            case "GET", "/api/v3/account":
                coins = [
                    {"asset": coin, "free": wording.number(account.free[coin]),
                     "locked": wording.number(account.locked.get(coin, Decimal(0)))}
                    for coin in account.free
                ]  # fmt: skip
                return {"canTrade": True, "canWithdraw": False, "accountType": "SPOT", "balances": coins}
            case "GET", "/api/v3/openOrders":
                return [wording.order_told(order, name) for order in account.orders if order.is_open]
            case "GET", "/api/v3/order":
                return wording.order_told(account.find(params["origClientOrderId"]), name)
            case "GET", "/api/v3/myTrades":
                found = [order for order in account.orders if str(order.number) == params["orderId"]]
                return [wording.trade_told(order, each, name) for order in found for each in order.executions]
            case "GET", "/sapi/v1/account/apiRestrictions":
                return {"ipRestrict": True, "enableWithdrawals": False, "enableSpotAndMarginTrading": True}
            case "POST", "/api/v3/order":
                return self._place(params)
        order = account.cancel(params["origClientOrderId"])
        self._tell(wording.report(order, name, "CANCELED", None, _now()))
        return wording.order_told(order, name)

    def _place(self, params: dict[str, str]) -> Any:
        account = self.account
        order = account.place(params, _now())
        told = [wording.report(order, self.symbol.name, "NEW", None, _now())]
        if order.kind == "MARKET":
            first, *rest = account.portions
            done = account.execute(order, first, _now())
            told.append(wording.report(order, self.symbol.name, "TRADE", done, _now()))
            if rest and order.is_open:
                self._later(order, rest)
        self._tell(*told)
        return wording.placed(order, self.symbol.name)

    def _later(self, order: Order, portions: Sequence[Decimal]) -> None:
        """Fill the rest of a market order in portions; one of nought lets the exchange end it there."""

        async def fill() -> None:
            for portion in portions:
                await asyncio.sleep(0.02)
                if portion == 0:
                    self.account.end(order, "EXPIRED")
                    self._tell(wording.report(order, self.symbol.name, "EXPIRED", None, _now()))
                    return
                done = self.account.execute(order, portion, _now())
                self._tell(wording.report(order, self.symbol.name, "TRADE", done, _now()))

        self._keep(self._loop.create_task(fill()))

    def _klines(self, params: dict[str, str]) -> list[Any]:
        if params["interval"] != self.interval:
            raise Refused(-1120, "Invalid interval.")
        rows = [wording.row(bar, self._length_ms) for bar in self.bars[: self.closed + 1]]
        if "startTime" in params:
            rows = [row for row in rows if row[0] >= int(params["startTime"])][: int(params.get("limit", 500))]
        if "endTime" in params:
            rows = [row for row in rows if row[0] <= int(params["endTime"])]
        return rows[-int(params.get("limit", 500)) :]

    async def _push(self) -> Bar:
        bar = self.bars[self.closed]
        told = [bar._replace(close=bar.open, high=bar.open, low=bar.open), bar]
        for part in told:
            await self._publish_kline(part, closed=False)
        await self._move(Decimal(str(bar.close)))
        self.closed += 1
        self.closed_at = time.perf_counter()
        await self._publish_kline(bar, closed=True)
        return bar

    async def _publish_kline(self, bar: Bar, *, closed: bool) -> None:
        data = wording.kline(bar, self.symbol.name, self.interval, self._length_ms, _now(), closed=closed)
        await self._publish(f"{self.symbol.name.lower()}@kline_{self.interval}", data)

    async def _move(self, bid: Decimal) -> None:
        self._quote(bid)
        account = self.account
        data = {"u": 1, "s": self.symbol.name, "b": wording.number(account.bid), "B": "1.00000000",
                "a": wording.number(account.ask), "A": "1.00000000"}  # fmt: skip
        await self._publish(f"{self.symbol.name.lower()}@bookTicker", data)
        for order, done in account.trigger(_now()):
            self._tell(wording.report(order, self.symbol.name, "TRADE" if done else "NEW", done, _now()))

    def _quote(self, bid: Decimal) -> None:
        self.account.bid, self.account.ask = bid, bid + self.spread

    async def _publish(self, stream: str, data: dict[str, Any]) -> None:
        text = json.dumps({"stream": stream, "data": data})
        for ws, request in list(self._market.items()):
            if ws not in self._deaf and stream in request.query["streams"].split("/"):
                with suppress(ConnectionError):
                    await ws.send_str(text)

    def _tell(self, *events: dict[str, Any]) -> None:
        """Tell the user data streams, in the way that the test has chosen."""
        if self.reports_withheld:
            return
        told = list(reversed(events)) if self.reports_reversed else list(events)
        told = [event for event in told for _ in range(2 if self.reports_doubled else 1)]

        async def send() -> None:
            for event in told:
                for ws in list(self._user):
                    with suppress(ConnectionError):
                        await ws.send_json({"subscriptionId": 0, "event": event})

        self._keep(self._loop.create_task(send()))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks = {each for each in getattr(self, "_tasks", set()) if not each.done()} | {task}

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.maintenance:
            return web.Response(status=503)
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        self._market[ws] = request
        try:
            async for message in ws:
                if message.type is WSMsgType.PING and ws not in self._deaf:
                    await ws.pong(message.data)
        finally:
            self._market.pop(ws, None)
            self._deaf.discard(ws)
        return ws

    async def _ws_api(self, request: web.Request) -> web.StreamResponse:
        if self.maintenance:
            return web.Response(status=503)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        try:
            async for message in ws:
                asked = json.loads(message.data)
                answer = self._ws_answer(asked)
                await ws.send_json(answer | {"id": asked["id"]})
                if answer["status"] == 200:
                    self._user[ws] = request
        finally:
            self._user.pop(ws, None)
        return ws

    def _ws_answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        params = {name: str(value) for name, value in asked.get("params", {}).items()}
        try:
            if asked["method"] == "session.logon":
                raise Refused(-4056, "HMAC_SHA256 API key is not supported.")
            if asked["method"] != "userDataStream.subscribe.signature":
                raise Refused(-1000, "Unknown method.")
            signed = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")
            self.gate.judge(signed, params, params.get("apiKey"))
        except Refused as refused:
            return {"status": refused.status, "error": {"code": refused.code, "msg": refused.message}}
        return {"status": 200, "result": {"subscriptionId": 0}}

    async def _cut(self, sockets: dict[web.WebSocketResponse, web.Request]) -> None:
        for request in list(sockets.values()):
            if request.transport is not None:
                request.transport.abort()
        sockets.clear()

    async def _go_deaf(self) -> None:
        self._deaf |= set(self._market)

    async def _cancel_by_hand(self, client_id: str) -> None:
        order = self.account.cancel(client_id)
        self._tell(wording.report(order, self.symbol.name, "CANCELED", None, _now()))

    @property
    def length(self) -> timedelta:
        """Return the length of a bar."""
        return timedelta(milliseconds=self._length_ms)


def _now() -> int:
    return int(time.time() * 1000)
