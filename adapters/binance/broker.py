"""Binance spot orders: the port of real orders over its REST interface and its user data stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from adapters.binance.addresses import addresses
from adapters.binance.answers import CANCEL_REJECTED, NO_SUCH_ORDER, Refusal, of_request
from adapters.binance.orders import fees_of, filled_in_all, from_asked, from_placed, from_report, parameters
from adapters.binance.permissions import findings
from adapters.binance.rest import RECV_WINDOW_MS, Rest, keys_from_environment
from adapters.feeds import BrokerSettings
from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.live.broker import Holdings, OrderPhase, OrderRequest, OrderState
from adapters.live.reading import finite, named, not_below_zero, readable
from adapters.live.source import Finding
from strategies.errors import OrderRefusedError, OutcomeUnknownError, VenueError, VenueLostError, VenueRefusedError

_HEARTBEAT_SECONDS = 15.0
_ORDER = "/api/v3/order"
_RECENT_MS = 3_600_000


def broker(settings: BrokerSettings) -> "BinanceBroker":
    """Return the broker of one account and symbol; its keys come from the environment when they are needed."""
    return BinanceBroker(settings)


class BinanceBroker:
    """See `adapters.live.broker.LiveBroker`."""

    # A request is dead once its window has passed; what the exchange has then, it can tell a moment later.
    remembers: timedelta | None = None
    absent_is_final_after = timedelta(milliseconds=RECV_WINDOW_MS + 2000)

    def __init__(self, settings: BrokerSettings) -> None:
        self.account: str | None = None
        # Where another address leads, only its author knows: a word in a document makes no play money of it.
        self.real_money = settings.environment == "live" or settings.endpoints.http is not None
        self._settings = settings
        self._at = addresses(settings.environment, settings.endpoints)
        self._rest = Rest(self._at.http)
        self._spec = simulated_instrument(settings.symbol, price_step=None, size_step=None, min_notional=None)
        self._fees = fees_of(self._spec, settings.commission)
        self._told: dict[str, Decimal] = {}

    async def prepare(self, spec: InstrumentSpec) -> None:
        """Prove that the account is there and may trade."""
        self._spec, self._fees = spec, fees_of(spec, self._settings.commission)
        await self._rest.measure_skew()
        account = await self._account()
        if account.get("canTrade") is not True:
            raise VenueRefusedError(
                "Binance does not let this key trade: permit spot trading for it, or use the key of another account"
            )
        # Each of its worlds has accounts of its own.
        self.account = f"{self._at.http} {account.get('uid', 'of this key')}"

    async def submit(self, order: OrderRequest) -> OrderState:
        """Send an order, once; see the port."""
        told = await self._rest.change("POST", _ORDER, parameters(order, self._spec))
        with readable(f"Binance's answer to order {order.client_order_id}", OutcomeUnknownError):
            return _of(order.client_order_id, from_placed(told, self._fees))

    async def cancel(self, client_order_id: str) -> OrderState | None:
        """Take an order back; see the port."""
        named = {"symbol": self._spec.symbol, "origClientOrderId": client_order_id}
        try:
            await self._rest.change("DELETE", _ORDER, named)
        except OrderRefusedError as error:
            if error.code not in (str(CANCEL_REJECTED), str(NO_SUCH_ORDER)):
                raise OutcomeUnknownError(str(error)) from None
        try:
            return await self.ask(client_order_id)
        except VenueLostError as error:
            raise OutcomeUnknownError(str(error)) from None

    async def ask(self, client_order_id: str) -> OrderState | None:
        """Return an order and all its trades; see the port."""
        named = {"symbol": self._spec.symbol, "origClientOrderId": client_order_id}
        try:
            order = await self._rest.get(_ORDER, named, signed=True)
        except VenueRefusedError as error:
            if error.code == str(NO_SUCH_ORDER):
                return None
            raise VenueLostError(str(error)) from None
        trades: list[dict[str, Any]] = []
        with readable(f"what Binance says of order {client_order_id}"):
            executed = finite(order["executedQty"])
            asked = {"symbol": self._spec.symbol, "orderId": int(order["orderId"])}
        if executed:
            try:
                trades = await self._rest.get("/api/v3/myTrades", asked, signed=True)
            except VenueRefusedError as error:
                raise VenueLostError(str(error)) from None
        with readable(f"what Binance says of order {client_order_id}"):
            if sum(finite(trade["qty"]) for trade in trades) != executed:
                # Trades are told a moment after their order: booked half they would end it too early.
                raise VenueLostError("Binance does not tell all trades of the order yet", 0.5)
            return _of(client_order_id, from_asked(order, trades, self._fees))

    @asynccontextmanager
    async def reports(self) -> AsyncIterator[AsyncIterator[OrderState]]:
        """Follow the account's orders; see the port."""
        try:
            socket = await self._rest.session().ws_connect(
                self._at.ws_api, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=0
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise VenueLostError(f"Binance's user data stream does not answer: {_words(error)}") from None
        try:
            await self._subscribe(socket)
            yield self._reports(socket)
        finally:
            await socket.close()

    async def holdings(self) -> Holdings:
        """Return balances and open orders of the symbol; see the port."""
        account = await self._account()
        with readable("Binance's account"):
            held = {
                each["asset"]: (not_below_zero(each["free"]), not_below_zero(each["locked"]))
                for each in account["balances"]
            }
        resting = await self._rest.get("/api/v3/openOrders", {"symbol": self._spec.symbol}, signed=True)
        since = self._rest.now_ms() - _RECENT_MS
        ended = await self._rest.get(
            "/api/v3/allOrders", {"symbol": self._spec.symbol, "startTime": since, "limit": 100}, signed=True
        )
        nothing = (Decimal(0), Decimal(0))
        base, quote = held.get(self._spec.base, nothing), held.get(self._spec.quote, nothing)
        with readable("Binance's list of orders"):
            return Holdings(
                sum(base, Decimal(0)), base[0], sum(quote, Decimal(0)), quote[0],
                tuple(named(order["clientOrderId"]) for order in resting),
                tuple(named(order["clientOrderId"]) for order in ended),
            )  # fmt: skip

    async def check(self) -> list[Finding]:
        """Look at keys, their permissions, the account and its stream."""
        try:
            await self._rest.measure_skew()
            account = await self._account()
        except VenueError as error:
            return [Finding("keys", False, str(error), "make a key in Binance's API management")]
        found = [Finding("keys", True, "they are valid")]
        try:
            restrictions = await self._rest.get("/sapi/v1/account/apiRestrictions", signed=True)
        except VenueError:
            restrictions = None
        found += findings(account, restrictions if isinstance(restrictions, dict) else None)
        try:
            async with self.reports():
                found.append(Finding("user data stream", True, "it tells of this account's orders"))
        except VenueError as error:
            found.append(Finding("user data stream", False, str(error)))
        return found

    async def close(self) -> None:
        """Let go of the venue; what rests there stays."""
        await self._rest.close()

    async def _account(self) -> dict[str, Any]:
        account = await self._rest.get("/api/v3/account", {"omitZeroBalances": "true"}, signed=True)
        if not isinstance(account, dict):
            raise VenueLostError("Binance's account cannot be read")
        return account

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        keys = self._rest.keys or keys_from_environment()
        # Logging on takes a key of another kind (Ed25519); a signed subscription takes every kind.
        signed = {"apiKey": keys.key, "recvWindow": RECV_WINDOW_MS, "timestamp": self._rest.now_ms()}
        signed["signature"] = keys.sign("&".join(f"{name}={value}" for name, value in sorted(signed.items())))
        await socket.send_str(
            msgspec.json.encode({"id": 1, "method": "userDataStream.subscribe.signature", "params": signed}).decode()
        )
        with readable("the answer of Binance's user data stream"):
            told = msgspec.json.decode((await socket.receive(timeout=10)).data)
            status, error = int(told["status"]), told.get("error") or {}
            words = " ".join(f"{error.get('msg', 'the user data stream')!s:.200}".split())
            code = int(error.get("code", 0))
        if status != HTTPStatus.OK:
            raise of_request(Refusal(status, code, words))

    async def _reports(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[OrderState]:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            with readable("a report of Binance's user data stream"):
                event = msgspec.json.decode(message.data).get("event") or {}
                kind, whole = event.get("e"), Decimal(0)
                state = None
                if kind == "executionReport" and event["s"] == self._spec.symbol:
                    state, whole = from_report(event, self._fees), filled_in_all(event)
            if kind == "eventStreamTerminated":
                break
            if state is not None:
                yield await self._complete(state, whole)
        raise VenueLostError(f"Binance's user data stream broke off ({socket.close_code or 'no reason given'})")

    async def _complete(self, state: OrderState, whole: Decimal) -> OrderState:
        """Return the state that a report tells; one that ends an order with all executions, asked for if need be."""
        told = self._told.get(state.client_order_id, Decimal(0))
        told += sum((each.quantity for each in state.executions), Decimal(0))
        if state.phase is OrderPhase.OPEN:
            self._told[state.client_order_id] = told
            return state
        self._told.pop(state.client_order_id, None)
        if told == whole:
            return state
        return await self.ask(state.client_order_id) or state


def _of(order_id: str, state: OrderState) -> OrderState:
    """Return the state of an order, if it is that one's."""
    if state.client_order_id != order_id:
        raise ValueError(f"it is about {state.client_order_id:.40}")
    return state


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
