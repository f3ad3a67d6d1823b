"""What the gateway says of orders without being asked, or when it lists them, as values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.ibkr.codes import Trouble


@dataclass(frozen=True, slots=True)
class OrderListed:
    """An order as the gateway has it; `completed` once it lists it among those that ended."""

    ref: str
    order_id: int
    client_id: int
    perm_id: int
    account: str
    con_id: int
    side: str
    quantity: Decimal
    status: str
    completed: bool = False
    filled: Decimal | None = None
    limit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StatusTold:
    """How far an order has come."""

    order_id: int
    client_id: int
    perm_id: int
    status: str
    filled: Decimal


@dataclass(frozen=True, slots=True)
class Executed:
    """One execution; its fee comes later, as `Charged`."""

    execution_id: str
    ref: str
    order_id: int
    client_id: int
    perm_id: int
    account: str
    con_id: int
    quantity: Decimal
    price: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Charged:
    """The fee of an execution."""

    execution_id: str
    commission: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class OrderTroubled:
    """An error about an order of this client id."""

    order_id: int
    trouble: Trouble


OrderNews = OrderListed | StatusTold | Executed | Charged | OrderTroubled


@dataclass(frozen=True, slots=True)
class Gone:
    """The connection is of no use any more, or not for now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Restored:
    """The gateway has Interactive Brokers again; what happened meanwhile was not told."""
