"""A broker without a network: every order is filled whole, at the price on which it was decided.

That price is the signal bar's close, or the level that a protective rule says was reached. The strategy writes it on
the order (see `price_tag`); real venues do not look at it. Live and backtest differ only in the client's base class.
"""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import Clock, LiveClock, MessageBus
from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.execution.client import ExecutionClient
from nautilus_trader.execution.messages import SubmitOrder
from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.live.config import LiveExecClientConfig
from nautilus_trader.live.execution_client import LiveExecutionClient
from nautilus_trader.live.factories import LiveExecClientFactory
from nautilus_trader.model.enums import AccountType, LiquiditySide, OmsType, OrderSide
from nautilus_trader.model.identifiers import AccountId, ClientId, TradeId, Venue, VenueOrderId
from nautilus_trader.model.objects import AccountBalance, Money, Price

from adapters.nautilus_types import simulated_currency
from strategies.tags import price_from_tags

_CENT = Decimal("0.00000001")


@dataclass(slots=True)
class MockAccount:
    """What the mock broker holds for the bot: money in the quote currency, units of the base."""

    base: str
    quote: str
    cash: Decimal
    units: Decimal
    commission: Decimal

    def fill(self, side: OrderSide, quantity: Decimal, price: Decimal) -> Decimal:
        """Move money and units for a fill and return the commission, in the quote currency."""
        value = quantity * price
        fee = (value * self.commission).quantize(_CENT)
        sign = 1 if side == OrderSide.BUY else -1
        self.units += sign * quantity
        self.cash -= sign * value + fee
        return fee

    def balances(self) -> list[AccountBalance]:
        """Return both balances in Nautilus' form; nothing is ever locked."""
        held = ((self.quote, self.cash), (self.base, self.units))
        return [_balance(code, amount) for code, amount in held]


def _balance(code: str, amount: Decimal) -> AccountBalance:
    money = Money(amount, simulated_currency(code))
    return AccountBalance(total=money, locked=Money(0, money.currency), free=money)


class _FillsAtOnce:
    """What both clients do with an order; the rest of an execution client comes from Nautilus."""

    _account: MockAccount

    def _fill(self: Any, command: SubmitOrder) -> None:
        order = command.order
        instrument = self._cache.instrument(order.instrument_id)
        now = self._clock.timestamp_ns()
        names = (order.strategy_id, order.instrument_id, order.client_order_id)
        self.generate_order_submitted(*names, now)
        price = price_from_tags(order.tags)
        if price is None:
            self.generate_order_rejected(*names, "the mock broker fills at the price written on an order", now)
            return
        venue_id = VenueOrderId(f"mock-{order.client_order_id.value}")
        self.generate_order_accepted(*names, venue_id, now)
        fee = self._account.fill(order.side, order.quantity.as_decimal(), price)
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
        self._tell_account(now)

    def _tell_account(self: Any, now: int) -> None:
        self.generate_account_state(self._account.balances(), [], True, now)


class BacktestMockClient(_FillsAtOnce, ExecutionClient):
    """The mock broker in a backtest."""

    def __init__(self, account: MockAccount, venue: Venue, msgbus: MessageBus, cache: Cache, clock: Clock) -> None:
        super().__init__(ClientId(venue.value), venue, OmsType.NETTING, AccountType.CASH, None, msgbus, cache, clock)
        self._account = account
        self._set_account_id(AccountId(f"{venue.value}-001"))
        self._set_connected(True)

    def submit_order(self, command: SubmitOrder) -> None:
        """Fill the order."""
        self._fill(command)

    def _tell_account(self, now: int) -> None:
        """Keep it to itself: in a backtest nobody asks Nautilus for the account."""


class LiveMockClient(_FillsAtOnce, LiveExecutionClient):
    """The mock broker in a live node, on any data."""

    def __init__(
        self,
        account: MockAccount,
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
        self._set_account_id(AccountId(f"{venue.value}-001"))

    async def _connect(self) -> None:
        self.generate_account_state(self._account.balances(), [], True, self._clock.timestamp_ns())

    async def _disconnect(self) -> None:
        return

    def submit_order(self, command: SubmitOrder) -> None:
        """Fill the order, at once and in the caller's turn of the loop."""
        self._fill(command)

    # The journal, not the mock broker, remembers orders and positions; there is nothing to reconcile with.
    async def generate_order_status_report(self, command: object) -> None:
        """Know of no order."""

    async def generate_order_status_reports(self, command: object) -> list[OrderStatusReport]:
        """Know of no orders."""
        return []

    async def generate_fill_reports(self, command: object) -> list[FillReport]:
        """Know of no fills."""
        return []

    async def generate_position_status_reports(self, command: object) -> list[PositionStatusReport]:
        """Know of no positions."""
        return []


def exec_client_factory(account: MockAccount, venue: str) -> type[LiveExecClientFactory]:
    """Return a factory that gives the node a mock broker for this venue."""

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
            return LiveMockClient(account, loop, Venue(venue), msgbus, cache, clock)

    return Factory
