"""Between a trader and what is kept of it: everything that a restarted one goes on from."""

from datetime import datetime
from decimal import Decimal

from bots.trading.book import Book
from bots.trading.exits import set_stop
from bots.trading.guard import Guard
from bots.trading.keeping import Saved, TraderState
from bots.trading.open_orders import OpenOrders, PendingEntry
from bots.trading.orders import Side
from bots.trading.saved_lots import restored_lot, restored_marks, saved_lot
from strategies.base import Rules


def kept_state(
    book: Book, guard: Guard, rules: Rules, first_bar: datetime | None, bar_time: datetime | None, last_price: Decimal
) -> TraderState | None:
    """Return everything that a restarted trader goes on from; None before the first bar was dealt with."""
    if bar_time is None or first_bar is None or guard.day is None:
        return None
    return TraderState(
        first_bar=first_bar,
        bar_time=bar_time,
        last_price=last_price,
        cash=book.cash,
        realised=book.realised,
        fees=book.fees,
        closed=book.closed,
        next_lot=book.next_lot,
        peak_equity=guard.peak_equity,
        day=guard.day,
        rules=rules.state(),
        lots=tuple(saved_lot(lot, rules) for lot in book.lots.values()),
        halted=guard.halt is not None and guard.halt.by_drawdown,
        dust=book.dust,
    )


def restored_book(state: TraderState, rules: Rules, bot: str) -> Book:
    """Return the books as they were."""
    book = Book(state.cash, state.realised, state.fees, state.closed, state.next_lot, dust=state.dust)
    for kept in state.lots:
        book.lots[kept.number] = restored_lot(kept, rules, bot)
    return book


def restored_orders(saved: Saved, book: Book, rules: Rules, bot: str) -> OpenOrders:
    """Return the orders whose end is not known, and note in the books which lots they belong to."""
    orders = OpenOrders()
    for intent in saved.unresolved:
        if intent.side is Side.BUY:
            orders.add(intent, PendingEntry(intent, restored_marks(intent.lot, intent.marks, rules, bot)))
            continue
        orders.add(intent)
        lot = book.lots.get(intent.lot)
        if lot is None:
            continue
        if intent.is_stop:
            set_stop(lot, intent)
        else:
            lot.exit_order = intent.client_order_id
    for order_id, trade_id in saved.booked:
        orders.remember_booked(order_id, trade_id)
    return orders
