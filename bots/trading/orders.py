"""Orders as values: what the bot means to do, and what came of it."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from strategies.desk import Cancel

# Binance takes 36 characters; the rest of an id needs at most 23 of them.
_BOT_PREFIX_LENGTH = 12
_NOTHING = Decimal(0)
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
_AFTER_PREFIX = re.compile(r"\d{10}-[BST]\d+-\d+")
_OF_ANY_BOT = re.compile(rf"(?P<prefix>[A-Za-z0-9_-]{{1,12}}-){_AFTER_PREFIX.pattern}")


class Side(StrEnum):
    """Bots are long only: a buy opens, a sell closes."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that the bot has decided on.

    `bar_time` is the signal bar's; `reference_price` the price on which the decision rests (the bar's close, or the
    level that a protective rule says was reached): simulated brokers fill there, real ones are measured against it.
    An entry's `marks` are what its exit rule noted on the signal bar, as JSON scalars. With a `stop_price` it is a stop
    that rests at the venue: it sells at `limit_price` or better once the price has fallen so far.
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
    stop_price: Decimal | None = None
    limit_price: Decimal | None = None

    @property
    def is_stop(self) -> bool:
        """Say whether it rests at the venue until the price falls."""
        return self.stop_price is not None


type Action = OrderIntent | Cancel
"""What is to be sent: an order, or the wish to take one back."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution; `commission` in the quote currency, `time` is the venue's, `trade_id` unique at the venue.

    `charged` is the commission as the venue took it, in the currency `charged_in`; None where that was not kept.
    """

    trade_id: str
    client_order_id: str
    quantity: Decimal
    price: Decimal
    commission: Decimal
    time: datetime
    charged: Decimal | None = None
    charged_in: str | None = None

    def withheld(self, base: str) -> Decimal:
        """Return how much of the coin itself was taken as commission."""
        return self.charged if self.charged is not None and self.charged_in == base else _NOTHING


def order_prefix(bot: str) -> str:
    """Return how the ids of all orders of a bot begin; Binance takes letters, digits, `-` and `_` in them."""
    plain = _ILLEGAL.sub("_", bot)
    if plain == bot and len(bot) <= _BOT_PREFIX_LENGTH:
        return f"{bot}-"
    return f"{plain[:5]}_{hashlib.sha256(bot.encode()).hexdigest()[:6]}-"


def is_of_bot(bot: str, order_id: str) -> bool:
    """Say whether an order's id is one of this bot's, and not of one whose name only begins alike."""
    prefix = order_prefix(bot)
    return order_id.startswith(prefix) and _AFTER_PREFIX.fullmatch(order_id[len(prefix) :]) is not None


def is_of_another_bot(bot: str, order_id: str) -> bool:
    """Say whether an order's id has the shape of a bot's, and not of this one's."""
    found = _OF_ANY_BOT.fullmatch(order_id)
    return found is not None and found["prefix"] != order_prefix(bot)


def client_order_id(bot: str, bar_time: datetime, side: Side, lot: int, attempt: int) -> str:
    """Return the id under which an order is known everywhere; the same decision always gives the same id."""
    return _id(bot, bar_time, side[0].upper(), lot, attempt)


def stop_order_id(bot: str, bar_time: datetime, lot: int, attempt: int) -> str:
    """Return the id of a stop that rests at the venue; its letter tells it from an exit."""
    return _id(bot, bar_time, "T", lot, attempt)


def _id(bot: str, bar_time: datetime, letter: str, lot: int, attempt: int) -> str:
    return f"{order_prefix(bot)}{bar_time:%y%m%d%H%M}-{letter}{lot}-{attempt}"
