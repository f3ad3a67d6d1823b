"""The bot's own books: cash, open lots, and what closed ones brought. Pure; money in the quote currency."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from bots.trading.orders import Fill, OrderIntent
from bots.trading.records import Trade
from bots.trading.retrying import NEVER_FAILED, Retry

_NOTHING = Decimal(0)


@dataclass(slots=True)
class Lot:
    """One open position, from its own entry to its own exit.

    `high` is the highest price seen since the entry (None before the first bar after it); `marks` belong to the exit
    rule; `exit_reason` is set once an exit is decided and stays until the lot is gone, so that a failed exit is
    pursued and not forgotten. `unsellable` says that it was told why an exit cannot be ordered.

    `stop_order` is the stop that rests at the venue, with its `stop_price`. `stop_cancelling` says that it is to be
    taken back, `cancel_under_way` that this run has asked for it, `cancels_refused` how often that was refused;
    `stop_losses` counts how often somebody else took a stop away; `below_since` is when the price fell below its limit.
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
    exit_retry: Retry = NEVER_FAILED
    unsellable: bool = False
    stop_order: str | None = None
    stop_price: Decimal | None = None
    stop_attempts: int = 0
    stop_retry: Retry = NEVER_FAILED
    stop_losses: int = 0
    stop_cancelling: bool = False
    cancel_under_way: bool = False
    cancels_refused: int = 0
    below_since: datetime | None = None


@dataclass(slots=True)
class Book:
    """Cash and lots; the only place where money is added up.

    A commission that the venue took out of the coins is booked as what it was worth: so many units fewer were bought,
    and that is paid besides. `dust` is what closed lots left behind because it is less than can be sold.
    """

    cash: Decimal
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    closed: int = 0
    next_lot: int = 1
    lots: dict[int, Lot] = field(default_factory=dict)
    dust: Decimal = Decimal(0)

    @property
    def position(self) -> Decimal:
        """Units of the base currency in open lots."""
        return sum((lot.quantity for lot in self.lots.values()), _NOTHING) if self.lots else _NOTHING

    @property
    def holding(self) -> Decimal:
        """Units that the account must have: those in open lots and the dust."""
        return self.position + self.dust if self.dust else self.position

    def equity(self, price: Decimal) -> Decimal:
        """Return cash plus all that is held, at `price`."""
        return self.cash + self.holding * price if self.lots or self.dust else self.cash

    def unrealised(self, price: Decimal) -> Decimal:
        """Return what the open lots have gained at `price`, the fees of their entries not counted."""
        return sum(((price - lot.entry_price) * lot.quantity for lot in self.lots.values()), Decimal(0))

    def buy(self, intent: OrderIntent, fill: Fill, marks: Any, withheld: Decimal = _NOTHING) -> Lot:
        """Book an execution of an entry, of which so many units never came; its first one opens the lot."""
        units = fill.quantity - withheld if withheld else fill.quantity
        cost = fill.price * units
        self.cash -= cost + fill.commission
        self.fees += fill.commission
        lot = self.lots.get(intent.lot)
        if lot is None:
            lot = Lot(intent.lot, intent.bar_time, fill.price, units, units, fill.commission, marks)
            self.lots[intent.lot] = lot
            return lot
        total = lot.bought + units
        lot.entry_price = (lot.entry_price * lot.bought + cost) / total
        lot.bought = total
        lot.quantity += units
        lot.commission += fill.commission
        return lot

    def sell(
        self, intent: OrderIntent, fill: Fill, withheld: Decimal = _NOTHING, *, exit_bar: datetime | None = None
    ) -> Trade | None:
        """Book an execution of an exit, which took so many units besides; the last one closes the lot."""
        lot = self.lots[intent.lot]
        units = fill.quantity + withheld if withheld else fill.quantity
        self.cash += fill.price * units - fill.commission
        self.fees += fill.commission
        lot.quantity -= units
        lot.commission += fill.commission
        lot.proceeds += fill.price * units
        return None if lot.quantity > 0 else self.close(lot, intent.reason, exit_bar or intent.bar_time)

    def close(self, lot: Lot, reason: str, exit_bar: datetime) -> Trade:
        """Close a lot of which some was sold, and return its trade; what is left of it becomes dust."""
        del self.lots[lot.number]
        rest = lot.quantity
        sold = lot.bought - rest if rest else lot.bought
        if rest:
            self.dust += rest
        profit = lot.proceeds - lot.entry_price * sold - lot.commission
        self.realised += profit
        self.closed += 1
        return Trade(
            lot=lot.number,
            entry_bar=lot.entry_bar,
            entry_price=lot.entry_price,
            quantity=sold,
            commission=lot.commission,
            exit_bar=exit_bar,
            exit_price=lot.proceeds / sold,
            profit=profit,
            exit_reason=reason,
        )


def open_trade(lot: Lot) -> Trade:
    """Return an open lot as the trade that it is so far."""
    return Trade(lot.number, lot.entry_bar, lot.entry_price, lot.bought, lot.commission)
