"""Orders, their executions, and what happens to them, as values."""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
OPEN = ("NEW", "PARTIALLY_FILLED")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as a client sent it, its parameters read."""

    client_order_id: str
    side: str
    type: str
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: str = "GTC"


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution."""

    trade_id: int
    order_id: int
    price: Decimal
    quantity: Decimal
    commission: Decimal
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool


@dataclass(slots=True)
class Order:
    """An order at the exchange; times are milliseconds of the exchange's clock."""

    order_id: int
    client_order_id: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time: int
    update_time: int
    status: str = "NEW"
    is_working: bool = False
    working_time: int = -1
    executed: Decimal = ZERO
    executed_quote: Decimal = ZERO
    expiry_reason: str = ""
    cancel_id: str = ""
    locked_price: Decimal = ZERO
    trades: list[Trade] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it may still be executed."""
        return self.status in OPEN

    @property
    def remaining(self) -> Decimal:
        """What of it is not executed."""
        return self.quantity - self.executed

    @property
    def is_buy(self) -> bool:
        """Whether it buys."""
        return self.side == "BUY"


@dataclass(frozen=True, slots=True)
class FillPlan:
    """How the next execution is to go: in which shares of the quantity, with which pause, and whether it then ends.

    Without `seconds` all parts are executed at once, as when an order eats several levels of the book. With
    `then_expires` what the shares leave over expires, as when the book is empty.
    """

    shares: tuple[Decimal, ...]
    seconds: float = 0.0
    then_expires: bool = False


@dataclass(slots=True)
class Parts:
    """What is still to come of an order's planned executions."""

    amounts: deque[Decimal]
    plan: FillPlan
    is_maker: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened to an order: `kind` is the execution type, `order` how it stood then."""

    kind: str
    order: Order
    trade: Trade | None = None


@dataclass(frozen=True, slots=True)
class Balances:
    """The balances of some assets after something has changed them: free and locked."""

    held: dict[str, tuple[Decimal, Decimal]]


type Happened = Report | Balances
