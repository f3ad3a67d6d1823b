"""Binance spot orders: the port of real orders over its REST interface and its user data stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from adapters.binance.addresses import addresses
from adapters.binance.answers import CANCEL_REJECTED, NO_SUCH_ORDER
from adapters.binance.orders import fees_of, filled_in_all, from_asked, from_placed, from_report, parameters, phase_of
from adapters.binance.permissions import findings
from adapters.binance.rest import RECV_WINDOW_MS, Rest, keys_from_environment
from adapters.feeds import BrokerSettings
from adapters.instrument import InstrumentSpec, simulated_instrument
from adapters.live.broker import Holdings, OrderPhase, OrderRequest, OrderState
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
        self.real_money = settings.environment == "live"
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
        if not account.get("canTrade", False):
            raise VenueRefusedError(
                "Binance does not let this key trade: permit spot trading for it, or use the key of another account"
            )
        # Each of its worlds has accounts of its own.
        self.account = f"{self._at.http} {account.get('uid', 'of this key')}"

    async def submit(self, order: OrderRequest) -> OrderState:
        """Send an order, once; see the port."""
        told = await self._rest.change("POST", _ORDER, parameters(order, self._spec))
        return from_placed(told, self._fees)

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
        if Decimal(order["executedQty"]):
            asked = {"symbol": self._spec.symbol, "orderId": order["orderId"]}
            trades = await self._rest.get("/api/v3/myTrades", asked, signed=True)
            if sum(Decimal(trade["qty"]) for trade in trades) != Decimal(order["executedQty"]):
                # Trades are told a moment after their order: booked half they would end it too early.
                raise VenueLostError("Binance does not tell all trades of the order yet", 0.5)
        return from_asked(order, trades, self._fees)

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
        held = {each["asset"]: (Decimal(each["free"]), Decimal(each["locked"])) for each in account["balances"]}
        resting = await self._rest.get("/api/v3/openOrders", {"symbol": self._spec.symbol}, signed=True)
        since = self._rest.now_ms() - _RECENT_MS
        ended = await self._rest.get(
            "/api/v3/allOrders", {"symbol": self._spec.symbol, "startTime": since, "limit": 100}, signed=True
        )
        nothing = (Decimal(0), Decimal(0))
        base, quote = held.get(self._spec.base, nothing), held.get(self._spec.quote, nothing)
        return Holdings(
            sum(base, Decimal(0)), base[0], sum(quote, Decimal(0)), quote[0],
            tuple(order["clientOrderId"] for order in resting), tuple(order["clientOrderId"] for order in ended),
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
        found += findings(account, restrictions)
        try:
            async with self.reports():
                found.append(Finding("user data stream", True, "it tells of this account's orders"))
        except VenueError as error:
            found.append(Finding("user data stream", False, str(error)))
        return found

    async def close(self) -> None:
        """Let go of the venue; what rests there stays."""
        await self._rest.close()

    async def _account(self) -> Any:
        return await self._rest.get("/api/v3/account", {"omitZeroBalances": "true"}, signed=True)

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        keys = self._rest.keys or keys_from_environment()
        # Logging on takes a key of another kind (Ed25519); a signed subscription takes every kind.
        signed = {"apiKey": keys.key, "recvWindow": RECV_WINDOW_MS, "timestamp": self._rest.now_ms()}
        signed["signature"] = keys.sign("&".join(f"{name}={value}" for name, value in sorted(signed.items())))
        await socket.send_str(
            msgspec.json.encode({"id": 1, "method": "userDataStream.subscribe.signature", "params": signed}).decode()
        )
        try:
            told = msgspec.json.decode((await socket.receive(timeout=10)).data)
        except (TimeoutError, TypeError, msgspec.DecodeError):
            raise VenueLostError("Binance's user data stream does not answer") from None
        if told.get("status") != 200:
            error = told.get("error") or {}
            raise VenueLostError(f"Binance's user data stream refuses: {error.get('msg')} ({error.get('code')})")

    async def _reports(self, socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[OrderState]:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            event = msgspec.json.decode(message.data).get("event") or {}
            if event.get("e") == "eventStreamTerminated":
                break
            if event.get("e") == "executionReport" and event["s"] == self._spec.symbol:
                yield await self._complete(event)
        raise VenueLostError(f"Binance's user data stream broke off ({socket.close_code or 'no reason given'})")

    async def _complete(self, event: dict[str, Any]) -> OrderState:
        """Return the state that a report tells; one that ends an order with all executions, asked for if need be."""
        state = from_report(event, self._fees)
        told = self._told.get(state.client_order_id, Decimal(0))
        told += sum((each.quantity for each in state.executions), Decimal(0))
        if phase_of(event["X"]) is OrderPhase.OPEN:
            self._told[state.client_order_id] = told
            return state
        self._told.pop(state.client_order_id, None)
        if told == filled_in_all(event):
            return state
        return await self.ask(state.client_order_id) or state


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
