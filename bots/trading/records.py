"""What a bot has done, as values: trades and the equity curve."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """One position from its entry to its exit; money in the quote currency, quantity in units of the base.

    `entry_bar` and `exit_bar` are the times of the bars on whose close the orders were signalled;
    `profit` is net of `commission` (entry's and exit's together). An open trade has no exit and no profit yet.
    """

    lot: int
    entry_bar: datetime
    entry_price: Decimal
    quantity: Decimal
    commission: Decimal
    exit_bar: datetime | None = None
    exit_price: Decimal | None = None
    profit: Decimal | None = None
    exit_reason: str | None = None


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """The account on the close of one bar, in the quote currency; `position` in units of the base."""

    time: datetime
    equity: Decimal
    cash: Decimal
    position: Decimal
