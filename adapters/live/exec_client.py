"""The Nautilus execution client of all real brokers: it puts a broker's port into a node.

It reconciles nothing by itself: the journal knows what was meant, and the bot asks the venue before a node is built.
What is decided lies in `adapters/live/passing.py`.
"""

import asyncio
from dataclasses import dataclass
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

from adapters.live.broker import Execution, LiveBroker, OrderRequest
from adapters.live.line import Line
from adapters.live.passing import Passing, Placed
from adapters.nautilus_types import balance, simulated_currency
from adapters.unreconciled import UnreconciledClient


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's own share of the account when a node begins, for Nautilus' books, which decide nothing."""

    cash: Decimal
    units: Decimal
    base: str
    quote: str


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
    """Sends orders, takes them back, and tells what came of them, each execution once; see `passing.Node`."""

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
        self._account = account
        self._passing = Passing(self, broker, line)
        self._watching: list[asyncio.Task[None]] = []
        self._set_account_id(AccountId(f"{venue.value}-001"))

    async def _connect(self) -> None:
        # The network is the tasks': a connection that fails here would leave a node that only looks alive.
        held = self._account
        balances = [balance(held.quote, held.cash), balance(held.base, held.units)]
        self.generate_account_state(balances, [], True, self._clock.timestamp_ns())
        self._watching = [self.create_task(self._passing.listen()), self.create_task(self._passing.look())]

    async def _disconnect(self) -> None:
        for task in self._watching:
            task.cancel()

    async def _submit_order(self, command: SubmitOrder) -> None:
        order = command.order
        self.generate_order_submitted(*_names(order), self._clock.timestamp_ns())
        await self._passing.submit(_request(order))

    async def _cancel_order(self, command: CancelOrder) -> None:
        await self._passing.cancel(command.client_order_id.value)

    # -- what is passed on ---------------------------------------------------------------------------------------

    def placed(self, order_id: str) -> Placed | None:
        """Return an order of the node's that is not over."""
        order = self._cache.order(ClientOrderId(order_id))
        if order is None or order.is_closed:
            return None
        venue_order_id = order.venue_order_id
        return Placed(order.quantity.as_decimal(), None if venue_order_id is None else venue_order_id.value)

    def open_orders(self) -> list[str]:
        """Return the ids of orders that stand at the venue."""
        return [order.client_order_id.value for order in self._cache.orders_open(venue=self.venue)]

    def accepted(self, order_id: str, venue_order_id: str) -> None:
        """Pass on."""
        if (order := self._order(order_id)) is not None:
            self.generate_order_accepted(*_names(order), VenueOrderId(venue_order_id), self._clock.timestamp_ns())

    def filled(self, order_id: str, venue_order_id: str, execution: Execution) -> None:
        """Pass on."""
        if (order := self._order(order_id)) is None:
            return
        instrument = self._cache.instrument(order.instrument_id)
        self.generate_order_filled(
            *_names(order),
            VenueOrderId(venue_order_id),
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

    def cancelled(self, order_id: str, venue_order_id: str) -> None:
        """Pass on."""
        if (order := self._order(order_id)) is not None:
            self.generate_order_canceled(*_names(order), VenueOrderId(venue_order_id), self._clock.timestamp_ns())

    def rejected(self, order_id: str, why: str) -> None:
        """Pass on."""
        if (order := self._order(order_id)) is not None:
            self.generate_order_rejected(*_names(order), why, self._clock.timestamp_ns())

    def cancel_rejected(self, order_id: str, why: str) -> None:
        """Pass on."""
        if (order := self._order(order_id)) is not None:
            now = self._clock.timestamp_ns()
            self.generate_order_cancel_rejected(*_names(order), order.venue_order_id, why, now)

    def _order(self, order_id: str) -> Order | None:
        return self._cache.order(ClientOrderId(order_id))


def _names(order: Order) -> tuple[object, object, object]:
    return order.strategy_id, order.instrument_id, order.client_order_id


def _request(order: Order) -> OrderRequest:
    rests = order.order_type == OrderType.STOP_LIMIT
    return OrderRequest(
        client_order_id=order.client_order_id.value,
        side="buy" if order.side == OrderSide.BUY else "sell",
        quantity=order.quantity.as_decimal(),
        stop_price=order.trigger_price.as_decimal() if rests else None,
        limit_price=order.price.as_decimal() if rests else None,
    )
