"""What the trader must not forget, and the port through which it is kept. Pure values."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from bots.trading.events import Event
from bots.trading.halts import Halt
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import Fill, OrderIntent
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
    exit_failures: int = 0
    exit_not_before: int = 0
    unsellable: bool = False
    stop_attempts: int = 0
    stop_failures: int = 0
    stop_not_before: int = 0
    stop_losses: int = 0
    stop_cancelling: bool = False


@dataclass(frozen=True, slots=True)
class TraderState:
    """Everything that a restarted trader goes on from; `bar_time` is the last bar that was fully dealt with.

    `halted` says that its drawdown had halted the bot: where that halt was lifted since, the drawdown is counted anew.
    `dust` is what closed lots have left behind because it is less than can be sold.
    """

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
    dust: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """A step in an order's life."""

    client_order_id: str
    status: OrderStatus
    detail: str = ""


@dataclass(slots=True)
class Change:
    """What happened since the last commit; kept in one transaction or not at all.

    `lifted` lifts every halt that stands, before `halt` is added.
    """

    intents: list[OrderIntent] = field(default_factory=list)
    updates: list[OrderUpdate] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    equity: list[EquityPoint] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    halt: Halt | None = None
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What a journal gives back at start.

    `booked` has the executions that were booked of the unresolved orders, as (client order id, trade id).
    """

    state: TraderState
    unresolved: tuple[OrderIntent, ...]
    booked: tuple[tuple[str, str], ...] = ()


class Journal(Protocol):
    """Where a trader keeps what it does."""

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Keep a change; when this returns and the change was urgent, a kill can no longer lose it.

        What is not urgent may be kept a moment later, in order, together with the state of that later moment: the
        feed could give it again.
        """
        ...

    def standing_halt(self) -> Halt | None:
        """Return the halt that no person has lifted yet; it stands even before the first bar."""
        ...


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as the journal numbers it: later ones have greater numbers."""

    number: int
    event: Event


class Outbox(Protocol):
    """The journal's events, as those read them who carry them to people; each channel goes on where it was."""

    def newest(self) -> int:
        """Return the number of the last event; 0 where there is none."""
        ...

    def begin(self, channel: str, after: int | None = None) -> None:
        """Have a channel told of what happens from now on, or after an event, unless it is known already."""
        ...

    def waiting(self, channel: str, kinds: Collection[str], limit: int) -> list[KeptEvent]:
        """Return the first events of these kinds that the channel was not told of, oldest first."""
        ...

    def told(self, channel: str, number: int) -> None:
        """Note that the channel was told of all up to this one."""
        ...

    def since_last(self, kind: str, kinds: Collection[str]) -> tuple[Event | None, list[Event]]:
        """Return the last event of a kind, and those of `kinds` that came after it."""
        ...
