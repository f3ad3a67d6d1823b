"""The port of real orders: what a venue implements so that the bot can trade there. No Nautilus.

A broker knows its venue's wire and which of its answers are final. What is done about those that are not is decided
once for all venues, in `adapters/live/passing.py`.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from adapters.instrument import InstrumentSpec
from adapters.live.source import Finding


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as the bot means it; prices in the quote currency, quantity in units of the base.

    Without `stop_price` it is a market order. With it, it rests at the venue until the price has fallen to it, and
    sells at `limit_price` or better from then on.
    """

    client_order_id: str
    side: str
    quantity: Decimal
    stop_price: Decimal | None = None
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; `commission` is in `commission_currency`, which is the instrument's base or its quote.

    A broker whose venue takes fees in a third currency converts them to the quote, as near as it can.
    """

    trade_id: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    commission_currency: str
    time: datetime


class OrderPhase(StrEnum):
    """How far an order has come at the venue. After anything but OPEN no further execution can follow."""

    OPEN = "open"
    FILLED = "filled"
    ENDED = "ended"
    """Cancelled, expired or refused, maybe after a part of it was filled."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the venue says of an order. `executions` may repeat known ones; with a phase that ends it they are all."""

    client_order_id: str
    venue_order_id: str
    phase: OrderPhase
    executions: tuple[Execution, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the account has: totals and the free part, in the instrument's base and quote; our orders that rest."""

    base_total: Decimal
    base_free: Decimal
    quote_total: Decimal
    quote_free: Decimal
    open_orders: tuple[str, ...] = ()
    """Client order ids of all orders on this symbol that rest at the venue, whoever's they are."""
    recent_orders: tuple[str, ...] = ()
    """Those of the last hour that rest no longer, as far as the venue tells of them."""


class LiveBroker(Protocol):
    """One account's orders in one symbol. Opens no connection before it is asked to."""

    account: str | None
    """Names the account, the same for all who trade on it; known after `prepare`."""
    real_money: bool
    """Whether orders cost real money; may be known only after `prepare`."""
    remembers: timedelta | None
    """How far back `ask` is sure to know orders that have ended; None: for as long as it matters."""
    absent_is_final_after: timedelta
    """So long after an order was sent "no such order" is not final yet: it may still be on its way."""

    async def prepare(self, spec: InstrumentSpec) -> None:
        """Prove that orders could be sent: keys valid, account reachable, trading allowed.

        Raises
        ------
        VenueLostError
            If the venue does not answer or is busy: worth another try.
        VenueRefusedError
            If it answers no, such as to keys: not worth another before a person has acted.
        """
        ...

    async def submit(self, order: OrderRequest) -> OrderState:
        """Send an order, once. What the answer holds of executions is in the state.

        Raises
        ------
        OrderNotSentError
            If it has not left, for want of a way to the venue; worth another try under the same id.
        OrderRefusedError
            If the venue has definitely not taken it.
        OutcomeUnknownError
            Otherwise, whatever happened: it may be there.
        """
        ...

    async def cancel(self, client_order_id: str) -> OrderState | None:
        """Take a resting order back, and return how it ended; None if the venue knows no such order.

        Raises
        ------
        OutcomeUnknownError
            If that is not known.
        """
        ...

    async def ask(self, client_order_id: str) -> OrderState | None:
        """Return what the venue knows of an order, all its executions included; None if it knows nothing of it now.

        Raises
        ------
        VenueLostError
            If there is no answer.
        """
        ...

    def reports(self) -> AbstractAsyncContextManager[AsyncIterator[OrderState]]:
        """Return a context within which the venue tells of this account's orders; of any bot's, in any order.

        Entering it means that the venue has confirmed the subscription. Iteration ends by VenueLostError.
        """
        ...

    async def holdings(self) -> Holdings:
        """Return what the account has.

        Raises
        ------
        VenueLostError, VenueRefusedError
            As `prepare`.
        """
        ...

    async def check(self) -> list[Finding]:
        """Look at everything that orders here depend on, each a finding; never raises for what the venue does."""
        ...

    async def close(self) -> None:
        """Let go of every connection; may be called twice. Resting orders stay where they are."""
        ...
