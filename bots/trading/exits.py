"""Out of the market: exits, and the stops that rest at the venue. Of each lot at most one order that sells is live."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bots.trading import events
from bots.trading.book import Lot
from bots.trading.diary import Diary
from bots.trading.guard import Guard
from bots.trading.open_orders import OpenOrders
from bots.trading.orders import Action, OrderIntent, Side, client_order_id, stop_order_id
from bots.trading.retrying import NEVER_FAILED
from bots.trading.selling import obstacle, sellable
from bots.trading.stops import (
    Step,
    StopPrices,
    below_since,
    has_jumped,
    is_there_already,
    may_be_renewed,
    next_step,
    wanted_stop,
)
from bots.trading.terms import Terms
from strategies.desk import Cancel


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is decided: the bar that orders are named after, the market's price, and the time.

    `closes_bar` says that the price is a bar's close and no single quote.
    """

    bar_time: datetime
    price: Decimal
    time: datetime
    closes_bar: bool = False


class Exits:
    """Decides on exits and stops of lots, and intends them; what it returns is to be sent once it is committed.

    Parameters
    ----------
    terms : Terms
        Whether stops rest at the venue, and how.
    orders : OpenOrders
        What is on its way; new orders are added to it.
    guard : Guard
        Whose halt may want nothing to rest at the venue.
    diary : Diary
        What is to be kept.
    """

    def __init__(self, terms: Terms, orders: OpenOrders, guard: Guard, diary: Diary) -> None:
        self._terms, self._orders, self._guard, self._diary = terms, orders, guard, diary
        self._spec, self._how = terms.spec, terms.stop_on_exchange

    def may_leave(self, lot: Lot) -> bool:
        """Say whether nothing is on the way for this lot: neither its exit nor the rest of its entry."""
        return lot.exit_order is None and not self._orders.is_entering(lot.number)

    def leave(self, lot: Lot, reason: str, now: Moment) -> list[Action]:
        """Decide that a lot is sold: take its stop back first if one rests, and only then order its exit."""
        lot.exit_reason = reason
        if lot.stop_order is not None:
            return [self._take_back(lot.stop_order, lot)]
        quantity = sellable(self._spec, lot.quantity)
        if (why := obstacle(self._spec, quantity, now.price)) is not None:
            if not lot.unsellable:
                self._diary.tell(events.cannot_sell(lot, reason, why, now.time, self._spec.base))
            lot.unsellable = True
            return []
        lot.unsellable = False
        lot.exit_attempts += 1
        lot.exit_order = client_order_id(self._terms.bot, now.bar_time, Side.SELL, lot.number, lot.exit_attempts)
        return [
            self._intend(
                OrderIntent(
                    lot.exit_order, lot.number, Side.SELL, quantity, now.bar_time, now.price, reason, lot.exit_attempts
                )
            )
        ]

    def protect(self, lot: Lot, now: Moment) -> list[Action]:
        """Do what its stop needs for a lot of which no exit is decided."""
        if lot.exit_reason is not None or not self.may_leave(lot):
            return []
        if self._how is None or self._guard.withdraws:
            # One that rests all the same was sent before the halt, or by an earlier run with another document.
            asks_now = now.closes_bar or not lot.stop_cancelling
            return [self._take_back(lot.stop_order, lot)] if lot.stop_order is not None and asks_now else []
        wanted = wanted_stop(self._terms.limits, self._how, self._spec, lot.entry_price, lot.high)
        resting = None if lot.stop_order is None else self._orders.intents[lot.stop_order]
        if resting is None and (not may_be_renewed(lot.stop_losses) or not lot.stop_retry.is_due(lot.bars_held)):
            return []
        step = next_step(self._how, lot.stop_price, wanted, now.price, jumped=self._has_jumped(lot, resting, now))
        if step is Step.CATCH_UP and resting is not None:
            self._diary.tell(events.jumped(resting, now.price, now.time))
            return self.leave(lot, resting.reason, now)
        if resting is not None and lot.stop_cancelling:
            # Asked for before: by this run, of which the answer may be lost, or by an earlier one.
            return [self._take_back(resting.client_order_id, lot)] if now.closes_bar else []
        if wanted is None or step is Step.WAIT:
            return []
        if step is Step.LEAVE:
            return self.leave(lot, wanted.reason, now)
        if resting is not None:
            return [self._take_back(resting.client_order_id, lot)]
        return self._place(lot, wanted, now)

    def withdraw(self, lot: Lot) -> list[Action]:
        """Take a lot's stop back from the venue, if one rests there and that is not under way."""
        return [] if lot.stop_order is None or lot.cancel_under_way else [self._take_back(lot.stop_order, lot)]

    def exit_over(
        self, lot: Lot, intent: OrderIntent, detail: str, now: Moment, *, asked: bool, filled_some: bool
    ) -> list[Action]:
        """Take in that an exit ended before its lot was sold: it is pursued, ever less often if it gets nowhere.

        The first that this bot had `asked` for, since the venue left it standing, is followed by another at once.
        """
        at_once = asked and (filled_some or lot.exit_retry == NEVER_FAILED)
        lot.exit_retry = NEVER_FAILED if filled_some else lot.exit_retry.failed(lot.bars_held)
        if at_once:
            return self.leave(lot, intent.reason, now)
        again_in = max(1, lot.exit_retry.not_before - lot.bars_held)
        self._diary.tell(events.order_failed(intent, now.time, detail, again_in))
        return []

    def stop_refused(self, lot: Lot, intent: OrderIntent, detail: str, now: Moment) -> list[Action]:
        """Go on after the venue refused a stop."""
        if lot.exit_reason is None and is_there_already(detail, intent.stop_price or now.price, now.price):
            self._diary.tell(events.stop_too_late(intent, now.time, detail))
            return self.leave(lot, intent.reason, now)
        self._fail_stop(lot, intent, detail, now)
        return self.go_on(lot, now)

    def stop_ended(
        self, lot: Lot, intent: OrderIntent, detail: str, now: Moment, *, asked: bool, filled_some: bool
    ) -> list[Action]:
        """Go on after a stop ended: `asked` says whether this bot had asked for it."""
        if lot.exit_reason is None and filled_some:
            # It had become active: what is left would be sold by no stop at this price.
            return self.leave(lot, intent.reason, now)
        if lot.exit_reason is None and not asked:
            lot.stop_losses += 1
            renewed = may_be_renewed(lot.stop_losses)
            self._diary.tell(events.stop_taken_away(intent, now.time, detail, renewed=renewed))
        return self.go_on(lot, now)

    def go_on(self, lot: Lot, now: Moment) -> list[Action]:
        """Do what a lot needs of which no order is live any more."""
        if lot.exit_reason is not None and self.may_leave(lot):
            return self.leave(lot, lot.exit_reason, now)
        return self.protect(lot, now)

    def _has_jumped(self, lot: Lot, resting: OrderIntent | None, now: Moment) -> bool:
        limit = None if resting is None else resting.limit_price
        if self._how is None or limit is None:
            return False
        if now.closes_bar:
            return now.price < limit
        lot.below_since = below_since(lot.below_since, limit, now.price, now.time)
        return has_jumped(lot.below_since, now.time, self._how.jump_patience)

    def _place(self, lot: Lot, wanted: StopPrices, now: Moment) -> list[Action]:
        quantity = sellable(self._spec, lot.quantity)
        attempt = lot.stop_attempts + 1
        intent = OrderIntent(
            stop_order_id(self._terms.bot, now.bar_time, lot.number, attempt), lot.number, Side.SELL, quantity,
            now.bar_time, wanted.stop, wanted.reason, attempt, stop_price=wanted.stop, limit_price=wanted.limit,
        )  # fmt: skip
        if (why := obstacle(self._spec, quantity, wanted.limit)) is not None:
            self._fail_stop(lot, intent, why, now)
            return []
        lot.stop_attempts = attempt
        set_stop(lot, intent)
        return [self._intend(intent)]

    def _fail_stop(self, lot: Lot, intent: OrderIntent, detail: str, now: Moment) -> None:
        lot.stop_retry = lot.stop_retry.failed(lot.bars_held)
        self._diary.tell(events.stop_refused(intent, now.time, detail, lot.stop_retry.distance))

    def _take_back(self, stop_order: str, lot: Lot) -> Cancel:
        lot.stop_cancelling = lot.cancel_under_way = True
        return Cancel(stop_order)

    def _intend(self, intent: OrderIntent) -> OrderIntent:
        return self._orders.add(self._diary.intend(intent))


def set_stop(lot: Lot, intent: OrderIntent) -> None:
    """Note the stop that rests for a lot, or is on its way there."""
    lot.stop_order, lot.stop_price = intent.client_order_id, intent.stop_price
    lot.below_since = None


def clear_stop(lot: Lot) -> None:
    """Note that no stop rests for a lot any more."""
    lot.stop_order = lot.stop_price = lot.below_since = None
    lot.stop_cancelling = lot.cancel_under_way = False
    lot.cancels_refused = 0
