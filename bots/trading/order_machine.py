"""The life of an order: which step may follow which. Pure; docs/architecture.md has it drawn, from this very table."""

from collections.abc import Mapping
from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has come. An intent is journalled before anything is sent."""

    INTENT = "intent"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NEVER_SENT = "never_sent"


_NOTHING: frozenset[OrderStatus] = frozenset()
_EXECUTED = frozenset({OrderStatus.PARTLY_FILLED, OrderStatus.FILLED})

STEPS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    # A restarted bot may hear of any end of an order that it only knows as meant.
    OrderStatus.INTENT: frozenset(OrderStatus) - {OrderStatus.INTENT},
    OrderStatus.SUBMITTED: frozenset(OrderStatus) - {OrderStatus.INTENT, OrderStatus.SUBMITTED},
    OrderStatus.ACCEPTED: _EXECUTED | {OrderStatus.REJECTED, OrderStatus.CANCELLED},
    OrderStatus.PARTLY_FILLED: frozenset({OrderStatus.FILLED, OrderStatus.CANCELLED}),
    OrderStatus.FILLED: _NOTHING,
    OrderStatus.REJECTED: _NOTHING,
    OrderStatus.CANCELLED: _NOTHING,
    OrderStatus.NEVER_SENT: _NOTHING,
}
"""What may follow each status. Those after which nothing follows are ends."""

OPEN_STATUSES = tuple(status for status, following in STEPS.items() if following)
"""Those of orders that may still be executed."""


def step(status: OrderStatus, word: OrderStatus) -> OrderStatus | None:
    """Return the status after a word about an order, or None for a word that comes too late to say anything.

    An end is always taken in: an order that was accepted once, or executed in part, and is then called refused or
    unknown, has ended before all of it was executed.
    """
    if word in STEPS[status]:
        return word
    ends_it = not STEPS[word] and bool(STEPS[status])
    return OrderStatus.CANCELLED if ends_it else None
