"""The Nautilus execution client of all real brokers: it puts a broker's port into a node.

It reconciles nothing by itself: the journal knows what was meant, and the bot asks the venue before a node is built.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.execution.messages import CancelOrder, SubmitOrder
from nautilus_trader.live.config import LiveExecClientConfig
from nautilus_trader.live.factories import LiveExecClientFactory
from nautilus_trader.model.enums import AccountType, LiquiditySide, OmsType, OrderSide, OrderType
from nautilus_trader.model.identifiers import AccountId, ClientId, ClientOrderId, TradeId, Venue, VenueOrderId
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.model.orders import Order

from adapters.live.broker import Execution, LiveBroker, OrderPhase, OrderRequest, OrderState
from adapters.live.line import Line
from adapters.live.sending import Sender
from adapters.nautilus_types import balance, simulated_currency
from adapters.unreconciled import UnreconciledClient
from strategies.errors import OrderRefusedError, VenueError, VenueLostError

_REMEMBERED = 256
_PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# Reports may be lost without the stream breaking off: what rests is asked for now and then.
_LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's own share of the account when a node begins, for Nautilus' books, which decide nothing."""

    cash: Decimal
    units: Decimal
    base: str
    quote: str


@dataclass(slots=True)
class _Known:
    """What was passed on of an order."""

    accepted: bool = False
    ended: bool = False
    booked: set[str] = field(default_factory=set)
    filled: Decimal = Decimal(0)


def broker_client_factory(broker: LiveBroker, account: Account, line: Line, venue: str) -> type[LiveExecClientFactory]:
    """Return a factory that gives the node a client of this broker for orders in this venue's instrument."""

    class Factory(LiveExecClientFactory):
        @staticmethod
        def create(
            loop: asyncio.AbstractEventLoop,
            name: str,
            config: LiveExecClientConfig,
            msgbus: MessageBus,
            cache: Cache,
            clock: LiveClock,
        ) -> "BrokerClient":
            return BrokerClient(broker, account, line, loop, Venue(venue), msgbus, cache, clock)

    return Factory


class BrokerClient(UnreconciledClient):
    """Sends orders, takes them back, and tells what came of them, each execution once."""

    def __init__(
        self,
        broker: LiveBroker,
        account: Account,
        line: Line,
        loop: asyncio.AbstractEventLoop,
        venue: Venue,
        msgbus: MessageBus,
        cache: Cache,
        clock: LiveClock,
    ) -> None:
        super().__init__(
            loop, ClientId(venue.value), venue, OmsType.NETTING, AccountType.CASH, None, InstrumentProvider(),
            msgbus, cache, clock,
        )  # fmt: skip
        self._broker, self._account, self._line = broker, account, line
        self._sender = Sender(broker, line)
        self._orders: OrderedDict[str, _Known] = OrderedDict()
        self._forgotten: set[str] = set()
        self._unanswered: dict[str, asyncio.Event] = {}
        self._watching: list[asyncio.Task[None]] = []
        self._set_account_id(AccountId(f"{venue.value}-001"))

    async def _connect(self) -> None:
        # The network is the tasks': a connection that fails here would leave a node that only looks alive.
        held = self._account
        balances = [balance(held.quote, held.cash), balance(held.base, held.units)]
        self.generate_account_state(balances, [], True, self._clock.timestamp_ns())
        self._watching = [self.create_task(self._listen()), self.create_task(self._look())]

    async def _disconnect(self) -> None:
        for task in self._watching:
            task.cancel()

    async def _submit_order(self, command: SubmitOrder) -> None:
        order = command.order
        names = (order.strategy_id, order.instrument_id, order.client_order_id)
        self.generate_order_submitted(*names, self._clock.timestamp_ns())
        known = self._known(order.client_order_id.value)
        self._unanswered[order.client_order_id.value] = answered = asyncio.Event()
        try:
            state = await self._sender.submit(_request(order))
        except OrderRefusedError as error:
            why = f"{error} [{error.code}]" if error.code else str(error)
        else:
            if state is not None:
                self._pass_on(state)
                return
            why = "it never arrived at the venue"
        finally:
            del self._unanswered[order.client_order_id.value]
            answered.set()
        if not known.ended:
            known.ended = True
            self.generate_order_rejected(*names, why, self._clock.timestamp_ns())

    async def _cancel_order(self, command: CancelOrder) -> None:
        order_id = command.client_order_id.value
        if (answered := self._unanswered.get(order_id)) is not None:
            # Still on its way it cannot be taken back: it might arrive after that was answered.
            await answered.wait()
            if self._known(order_id).ended:
                return
        names = (command.strategy_id, command.instrument_id, command.client_order_id)
        try:
            state = await self._sender.cancel(order_id)
        except VenueLostError as error:
            self._line.warn(str(error))
            self.generate_order_cancel_rejected(*names, command.venue_order_id, str(error), self._clock.timestamp_ns())
            return
        if state is None:
            state = OrderState(order_id, "", OrderPhase.ENDED, detail="the venue knows no such order any more")
        self._pass_on(state)

    async def _listen(self) -> None:
        """Follow the venue's reports; after each new beginning ask for what rests, which may have ended meanwhile."""
        failures = 0
        while True:
            try:
                async with self._broker.reports() as states:
                    await self._ask_for_open_orders()
                    self._line.back()
                    failures = 0
                    async for state in states:
                        self._pass_on(state)
                raise VenueLostError("the stream of reports ended")
            except VenueError as error:
                self._line.lost(str(error))
                asked = (error.retry_after or 0.0) if isinstance(error, VenueLostError) else 0.0
                await asyncio.sleep(max(asked, _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS) - 1)]))
                failures += 1

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._ask_for_open_orders()
            except VenueError as error:
                self._line.lost(str(error))

    async def _ask_for_open_orders(self) -> None:
        for order in self._cache.orders_open(venue=self.venue):
            order_id = order.client_order_id.value
            state = await self._broker.ask(order_id)
            if state is None:
                # An order just taken may not be found for a moment.
                state = await self._sender.find_out(order_id, time.monotonic())
            if state is not None:
                self._pass_on(state)
            elif self._broker.remembers is None:
                self._pass_on(OrderState(order_id, "", OrderPhase.ENDED, detail="the venue knows no such order"))
            elif order_id not in self._forgotten:
                # It may have been filled on a day of which the venue tells no more: selling again could sell twice.
                self._forgotten.add(order_id)
                self._line.warn(
                    f"order {order_id} stands no longer, and the venue does not tell how it ended: look at the "
                    "account, make it agree with `tradingbot status`, and start the bot again"
                )

    def _pass_on(self, state: OrderState) -> None:
        """Tell the node what is new in a state; of other people's orders, nothing."""
        if (answered := self._unanswered.get(state.client_order_id)) is not None:
            answered.set()
        order = self._cache.order(ClientOrderId(state.client_order_id))
        known = self._known(state.client_order_id)
        if order is None or known.ended or order.is_closed:
            return
        names = (order.strategy_id, order.instrument_id, order.client_order_id)
        now = self._clock.timestamp_ns()
        venue_id = VenueOrderId(state.venue_order_id or state.client_order_id)
        if not known.accepted and order.venue_order_id is None:
            self.generate_order_accepted(*names, venue_id, now)
        known.accepted = True
        for execution in state.executions:
            if execution.trade_id not in known.booked:
                known.booked.add(execution.trade_id)
                known.filled += execution.quantity
                self._fill(order, venue_id, execution)
        whole = known.filled >= order.quantity.as_decimal()
        known.ended = whole or state.phase is not OrderPhase.OPEN
        if known.ended and not whole:
            self.generate_order_canceled(*names, venue_id, now)

    def _fill(self, order: Order, venue_id: VenueOrderId, execution: Execution) -> None:
        instrument = self._cache.instrument(order.instrument_id)
        self.generate_order_filled(
            order.strategy_id,
            order.instrument_id,
            order.client_order_id,
            venue_id,
            None,
            TradeId(execution.trade_id),
            order.side,
            order.order_type,
            Quantity(execution.quantity, instrument.size_precision),
            Price(execution.price, instrument.price_precision),
            instrument.quote_currency,
            Money(execution.commission, simulated_currency(execution.commission_currency)),
            LiquiditySide.TAKER,
            int(execution.time.timestamp() * 1000) * 1_000_000,
        )

    def _known(self, order_id: str) -> _Known:
        known = self._orders.setdefault(order_id, _Known())
        self._orders.move_to_end(order_id)
        if len(self._orders) > _REMEMBERED:
            self._orders.popitem(last=False)
        return known


def _request(order: Order) -> OrderRequest:
    rests = order.order_type == OrderType.STOP_LIMIT
    return OrderRequest(
        client_order_id=order.client_order_id.value,
        side="buy" if order.side == OrderSide.BUY else "sell",
        quantity=order.quantity.as_decimal(),
        stop_price=order.trigger_price.as_decimal() if rests else None,
        limit_price=order.price.as_decimal() if rests else None,
    )
