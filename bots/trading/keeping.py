"""What the trader must not forget, and the port through which it is kept. Pure values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from bots.trading.events import Event
from bots.trading.orders import Fill, OrderIntent, OrderStatus
from bots.trading.records import EquityPoint, Trade
from bots.trading.risk import DayTotals


@dataclass(frozen=True, slots=True)
class SavedLot:
    """An open lot as it is kept: `marks` as JSON scalars, prices and sizes exact."""

    number: int
    entry_bar: datetime
    entry_price: Decimal
    quantity: Decimal
    bought: Decimal
    commission: Decimal
    proceeds: Decimal
    marks: dict[str, Any]
    bars_held: int
    high: float | None
    exit_reason: str | None
    exit_attempts: int


@dataclass(frozen=True, slots=True)
class TraderState:
    """Everything that a restarted trader goes on from; `bar_time` is the last bar that was fully dealt with."""

    first_bar: datetime
    bar_time: datetime
    last_price: Decimal
    cash: Decimal
    realised: Decimal
    fees: Decimal
    closed: int
    next_lot: int
    peak_equity: Decimal
    day: DayTotals
    rules: dict[str, Any]
    lots: tuple[SavedLot, ...]
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Halt:
    """Why the bot makes no entries until a person resumes it."""

    limit: str
    detail: str
    time: datetime


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """A step in an order's life."""

    client_order_id: str
    status: OrderStatus
    detail: str = ""


@dataclass(slots=True)
class Change:
    """What happened since the last commit; kept in one transaction or not at all."""

    intents: list[OrderIntent] = field(default_factory=list)
    updates: list[OrderUpdate] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    equity: list[EquityPoint] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a journal gives back at start.

    `booked` has the executions that were booked of the unresolved orders, as (client order id, trade id); `halt` is the
    one that no person has lifted yet.
    """

    state: TraderState
    unresolved: tuple[OrderIntent, ...]
    halt: Halt | None
    booked: tuple[tuple[str, str], ...] = ()


class Journal(Protocol):
    """Where a trader keeps what it does."""

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Keep a change; when this returns and the change was urgent, a kill can no longer lose it.

        What is not urgent may be kept a moment later, in order, together with the state of that later moment: the
        feed could give it again.
        """
        ...

    def halt_lifted(self) -> bool:
        """Say whether a person has resumed the bot since it halted."""
        ...
