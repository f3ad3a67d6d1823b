"""Orders as values: what the bot means to do, and what came of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

# Binance takes 36 characters; the rest of an id needs at most 23 of them.
_BOT_PREFIX_LENGTH = 12


class Side(StrEnum):
    """Bots are long only: a buy opens, a sell closes."""

    BUY = "buy"
    SELL = "sell"


class OrderStatus(StrEnum):
    """The life of an order: an intent is journalled before anything is sent."""

    INTENT = "intent"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    REJECTED = "rejected"
    NEVER_SENT = "never_sent"


OPEN_STATUSES = (OrderStatus.INTENT, OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED)


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that the bot has decided on.

    `bar_time` is the signal bar's; `reference_price` the price on which the decision rests (the bar's close, or the
    level that a protective rule says was reached): simulated brokers fill there, real ones are measured against it.
    An entry's `marks` are what its exit rule noted on the signal bar, as JSON scalars.
    """

    client_order_id: str
    lot: int
    side: Side
    quantity: Decimal
    bar_time: datetime
    reference_price: Decimal
    reason: str
    attempt: int = 1
    marks: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution; `commission` in the quote currency, `time` is the venue's, `trade_id` unique at the venue."""

    trade_id: str
    client_order_id: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    time: datetime


def client_order_id(bot: str, bar_time: datetime, side: Side, lot: int, attempt: int) -> str:
    """Return the id under which an order is known everywhere; the same decision always gives the same id."""
    prefix = bot if len(bot) <= _BOT_PREFIX_LENGTH else f"{bot[:5]}.{hashlib.sha256(bot.encode()).hexdigest()[:6]}"
    return f"{prefix}-{bar_time:%y%m%d%H%M}-{side[0].upper()}{lot}-{attempt}"
