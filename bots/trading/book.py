"""The bot's own books: cash, open lots, and what closed ones brought. Pure; money in the quote currency."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bots.trading.orders import Fill, OrderIntent
from bots.trading.records import Trade

_NOTHING = Decimal(0)


@dataclass(slots=True)
class Lot:
    """One open position, from its own entry to its own exit.

    `high` is the highest price seen since the entry (None before the first bar after it); `marks` belong to the exit
    rule; `exit_reason` is set once an exit is decided and stays until the lot is gone, so that a failed exit is
    pursued and not forgotten.
    """

    number: int
    entry_bar: datetime
    entry_price: Decimal
    quantity: Decimal
    bought: Decimal
    commission: Decimal
    marks: Any
    bars_held: int = 0
    high: float | None = None
    exit_reason: str | None = None
    exit_order: str | None = None
    exit_attempts: int = 0
    proceeds: Decimal = Decimal(0)


@dataclass(slots=True)
class Book:
    """Cash and lots; the only place where money is added up."""

    cash: Decimal
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    closed: int = 0
    next_lot: int = 1
    lots: dict[int, Lot] = field(default_factory=dict)

    @property
    def position(self) -> Decimal:
        """Units of the base currency that are held."""
        return sum((lot.quantity for lot in self.lots.values()), _NOTHING) if self.lots else _NOTHING

    def equity(self, price: Decimal) -> Decimal:
        """Return cash plus the position at `price`."""
        return self.cash + self.position * price if self.lots else self.cash

    def unrealised(self, price: Decimal) -> Decimal:
        """Return what the open lots have gained at `price`, the fees of their entries not counted."""
        return sum(((price - lot.entry_price) * lot.quantity for lot in self.lots.values()), Decimal(0))

    def buy(self, intent: OrderIntent, fill: Fill, marks: Any) -> Lot:
        """Book an execution of an entry; its first one opens the lot."""
        cost = fill.price * fill.quantity
        self.cash -= cost + fill.commission
        self.fees += fill.commission
        lot = self.lots.get(intent.lot)
        if lot is None:
            lot = Lot(intent.lot, intent.bar_time, fill.price, fill.quantity, fill.quantity, fill.commission, marks)
            self.lots[intent.lot] = lot
            return lot
        total = lot.bought + fill.quantity
        lot.entry_price = (lot.entry_price * lot.bought + cost) / total
        lot.bought = total
        lot.quantity += fill.quantity
        lot.commission += fill.commission
        return lot

    def sell(self, intent: OrderIntent, fill: Fill) -> Trade | None:
        """Book an execution of an exit; the last one closes the lot and returns its trade."""
        lot = self.lots[intent.lot]
        self.cash += fill.price * fill.quantity - fill.commission
        self.fees += fill.commission
        lot.quantity -= fill.quantity
        lot.commission += fill.commission
        lot.proceeds += fill.price * fill.quantity
        if lot.quantity > 0:
            return None
        del self.lots[lot.number]
        profit = lot.proceeds - lot.entry_price * lot.bought - lot.commission
        self.realised += profit
        self.closed += 1
        return Trade(
            lot=lot.number,
            entry_bar=lot.entry_bar,
            entry_price=lot.entry_price,
            quantity=lot.bought,
            commission=lot.commission,
            exit_bar=intent.bar_time,
            exit_price=lot.proceeds / lot.bought,
            profit=profit,
            exit_reason=intent.reason,
        )


def open_trade(lot: Lot) -> Trade:
    """Return an open lot as the trade that it is so far."""
    return Trade(lot.number, lot.entry_bar, lot.entry_price, lot.bought, lot.commission)
