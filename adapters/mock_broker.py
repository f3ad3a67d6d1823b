"""The mock broker in a Nautilus node: a broker without a network.

It fills at the price that the strategy writes on an order (see strategies/tags.py), or at one that it is told
otherwise, such as the bid and the ask of a market that is only watched; real venues do not look at what is written.
What a fill costs is in adapters/mock_account.py, which backtests use too.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.execution.messages import SubmitOrder
from nautilus_trader.live.config import LiveExecClientConfig
from nautilus_trader.live.factories import LiveExecClientFactory
from nautilus_trader.model.enums import AccountType, LiquiditySide, OmsType, OrderSide
from nautilus_trader.model.identifiers import AccountId, ClientId, TradeId, Venue, VenueOrderId
from nautilus_trader.model.objects import AccountBalance, Money, Price
from nautilus_trader.model.orders import Order

from adapters.mock_account import MockAccount
from adapters.nautilus_types import balance
from adapters.unreconciled import UnreconciledClient
from strategies.tags import price_from_tags

type PriceOf = Callable[[Order], Decimal | None]


def _balances(account: MockAccount) -> list[AccountBalance]:
    """Return both balances in Nautilus' form; nothing is ever locked."""
    held = ((account.quote, account.cash), (account.base, account.units))
    return [balance(code, amount) for code, amount in held]


def written_price(order: Order) -> Decimal | None:
    """Return the price that the strategy has written on an order."""
    return price_from_tags(order.tags)


class LiveMockClient(UnreconciledClient):
    """The mock broker in a live node, on any data."""

    def __init__(
        self,
        account: MockAccount,
        loop: asyncio.AbstractEventLoop,
        venue: Venue,
        msgbus: MessageBus,
        cache: Cache,
        clock: LiveClock,
        price_of: PriceOf = written_price,
    ) -> None:
        super().__init__(
            loop, ClientId(venue.value), venue, OmsType.NETTING, AccountType.CASH, None, InstrumentProvider(),
            msgbus, cache, clock,
        )  # fmt: skip
        self._account, self._price_of = account, price_of
        self._set_account_id(AccountId(f"{venue.value}-001"))

    async def _connect(self) -> None:
        self.generate_account_state(_balances(self._account), [], True, self._clock.timestamp_ns())

    async def _disconnect(self) -> None:
        return

    def submit_order(self, command: SubmitOrder) -> None:
        """Fill the order, at once and in the caller's turn of the loop."""
        order = command.order
        instrument = self._cache.instrument(order.instrument_id)
        now = self._clock.timestamp_ns()
        names = (order.strategy_id, order.instrument_id, order.client_order_id)
        self.generate_order_submitted(*names, now)
        price = self._price_of(order)
        if price is None:
            self.generate_order_rejected(*names, "there is no price at which it could be filled now", now)
            return
        venue_id = VenueOrderId(f"mock-{order.client_order_id.value}")
        self.generate_order_accepted(*names, venue_id, now)
        trade = self._account.buy if order.side == OrderSide.BUY else self._account.sell
        fee = trade(order.quantity.as_decimal(), price)
        self.generate_order_filled(
            *names,
            venue_id,
            None,
            TradeId(f"{order.client_order_id.value}.1"),
            order.side,
            order.order_type,
            order.quantity,
            Price(price, instrument.price_precision),
            instrument.quote_currency,
            Money(fee, instrument.quote_currency),
            LiquiditySide.TAKER,
            now,
        )
        self.generate_account_state(_balances(self._account), [], True, now)


def exec_client_factory(
    account: MockAccount, venue: str, price_of: PriceOf = written_price
) -> type[LiveExecClientFactory]:
    """Return a factory that gives the node a mock broker for this venue, which fills at the price that it is told."""

    class Factory(LiveExecClientFactory):
        @staticmethod
        def create(
            loop: asyncio.AbstractEventLoop,
            name: str,
            config: LiveExecClientConfig,
            msgbus: MessageBus,
            cache: Cache,
            clock: LiveClock,
        ) -> LiveMockClient:
            return LiveMockClient(account, loop, Venue(venue), msgbus, cache, clock, price_of)

    return Factory
