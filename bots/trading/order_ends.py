"""What follows from what the venue says of an order: it was executed, it ended, it never arrived."""

from dataclasses import replace

from bots.trading import events
from bots.trading.book import Book, Lot
from bots.trading.diary import Diary
from bots.trading.exits import Exits, Moment, clear_stop
from bots.trading.open_orders import OpenOrders
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import Action, Fill, OrderIntent, Side, client_order_id
from bots.trading.records import Trade
from bots.trading.retrying import NEVER_FAILED
from bots.trading.selling import is_dust
from bots.trading.terms import Terms


class OrderEnds:
    """Books executions and deals with the ends of orders; what it returns is to be sent once it is committed.

    Parameters
    ----------
    terms : Terms
        What is traded.
    book : Book
        Where executions are booked.
    orders : OpenOrders
        What is on its way.
    exits : Exits
        Who decides about the lots that are left.
    diary : Diary
        What is to be kept.
    """

    def __init__(self, terms: Terms, book: Book, orders: OpenOrders, exits: Exits, diary: Diary) -> None:
        self._bot, self._spec = terms.bot, terms.spec
        self._book, self._orders, self._exits, self._diary = book, orders, exits, diary

    def executed(self, intent: OrderIntent, fill: Fill, now: Moment, *, complete: bool) -> list[Action]:
        """Book an execution of an open order that was not booked before; `complete` with its last one."""
        self._diary.change.fills.append(fill)
        withheld = fill.withheld(self._spec.base)
        if intent.side is Side.BUY:
            pending = self._orders.entries[intent.client_order_id]
            is_first = intent.lot not in self._book.lots
            lot = self._book.buy(intent, fill, pending.marks, withheld)
            if is_first:
                lot.bars_held = pending.bars_held
        else:
            # A stop fills when it fills, not on the bar on which it was sent.
            exit_bar = now.bar_time if intent.is_stop else intent.bar_time
            trade = self._book.sell(intent, fill, withheld, exit_bar=exit_bar)
            if trade is not None:
                self._keep(trade)
        if complete:
            return self.ended(intent, OrderStatus.FILLED, "", now)
        self._step(intent, OrderStatus.PARTLY_FILLED)
        return []

    def ended(self, intent: OrderIntent, status: OrderStatus, detail: str, now: Moment) -> list[Action]:
        """Deal with an order that will not be executed any further."""
        order_id = intent.client_order_id
        filled_some = self._orders.has_booked(order_id)
        lot = self._book.lots.get(intent.lot)
        asked = order_id in self._orders.leaving or (intent.is_stop and lot is not None and lot.stop_cancelling)
        if status is OrderStatus.FILLED:
            self._orders.filled(order_id)
        self._step(intent, status, detail)
        self._forget(intent, lot)
        if intent.side is Side.BUY:
            if status is not OrderStatus.FILLED and not asked:
                self._diary.tell(events.order_failed(intent, now.time, detail))
            return [] if lot is None else self._exits.protect(lot, now)
        if lot is None or self._is_sold_off(lot, intent, now):
            return []
        if not intent.is_stop:
            if status is not OrderStatus.FILLED:
                return self._exits.exit_over(lot, intent, detail, now, asked=asked, filled_some=filled_some)
            lot.exit_retry = NEVER_FAILED
            return []
        if status is OrderStatus.REJECTED:
            return self._exits.stop_refused(lot, intent, detail, now)
        asked = asked or status is OrderStatus.FILLED
        return self._exits.stop_ended(lot, intent, detail, now, asked=asked, filled_some=filled_some)

    def never_arrived(self, intent: OrderIntent, now: Moment, *, price_is_new: bool, forbidden: str) -> list[Action]:
        """Deal with an order of which the venue surely knows nothing.

        An exit or a stop is decided anew, for what is left of its lot; an entry is sent again only while nothing of it
        is there and it is not `forbidden`.
        """
        pending = self._orders.entries.get(intent.client_order_id)
        lot = self._book.lots.get(intent.lot)
        self._step(intent, OrderStatus.NEVER_SENT)
        self._forget(intent, lot)
        if intent.side is Side.SELL:
            return [] if lot is None else self._sell_again(lot, intent, now, price_is_new=price_is_new)
        if lot is not None or forbidden:
            why = "its rest never arrived" if lot is not None else f"never sent, and {forbidden}"
            self._diary.tell(events.order_failed(intent, now.time, why))
            return [] if lot is None else self._exits.protect(lot, now)
        attempt = intent.attempt + 1
        order_id = client_order_id(self._bot, intent.bar_time, intent.side, intent.lot, attempt)
        new = replace(intent, client_order_id=order_id, attempt=attempt)
        self._orders.add(self._diary.intend(new), None if pending is None else replace(pending, intent=new))
        self._diary.tell(events.resent(intent, new, now.time))
        return [new]

    def _sell_again(self, lot: Lot, intent: OrderIntent, now: Moment, *, price_is_new: bool) -> list[Action]:
        if self._is_sold_off(lot, intent, now):
            return []
        if intent.is_stop:
            actions = self._exits.go_on(lot, now)
        else:
            price = now.price if price_is_new else intent.reference_price
            actions = self._exits.leave(lot, intent.reason, replace(now, bar_time=intent.bar_time, price=price))
        for action in actions:
            if isinstance(action, OrderIntent):
                self._diary.tell(events.resent(intent, action, now.time))
        return actions

    def _step(self, intent: OrderIntent, word: OrderStatus, detail: str = "") -> None:
        if (became := self._orders.take(intent.client_order_id, word)) is not None:
            self._diary.update(intent.client_order_id, became, detail)

    def _forget(self, intent: OrderIntent, lot: Lot | None) -> None:
        self._orders.forget(intent.client_order_id)
        if lot is None:
            return
        if intent.side is Side.BUY:
            # Bought whole, or as much of it as there will be.
            self._diary.tell(events.entered(lot, intent, self._spec.base, self._spec.quote))
        elif intent.is_stop:
            clear_stop(lot)
        else:
            lot.exit_order = None

    def _is_sold_off(self, lot: Lot, intent: OrderIntent, now: Moment) -> bool:
        """Say whether a lot is over because less is left of it than can be sold, and close it then."""
        if not lot.proceeds or not is_dust(self._spec, lot.quantity):
            return False
        exit_bar = now.bar_time if intent.is_stop else intent.bar_time
        self._keep(self._book.close(lot, intent.reason, exit_bar))
        self._diary.tell(events.dust_kept(lot, self._book.dust, now.time, self._spec.base))
        return True

    def _keep(self, trade: Trade) -> None:
        self._diary.change.trades.append(trade)
        # Told with the time of its bar, like everything that the market brings about.
        self._diary.tell(events.exited(trade, trade.exit_bar or trade.entry_bar, self._spec.base, self._spec.quote))
