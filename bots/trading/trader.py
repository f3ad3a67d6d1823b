"""One bot's decisions: a bar goes in, journalled order intents come out. No Nautilus, no clock, no network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bots.trading import events
from bots.trading.book import Book, Lot
from bots.trading.events import Event
from bots.trading.guard import Guard
from bots.trading.keeping import MANUAL_HALT, Change, Halt, HaltMode, Journal, OrderUpdate, Saved, TraderState
from bots.trading.open_orders import OpenOrders, PendingEntry
from bots.trading.orders import Fill, OrderIntent, OrderStatus, Side, client_order_id
from bots.trading.records import EquityPoint
from bots.trading.risk import MANUAL_CLOSE, Hit, Refusal, protective_hit
from bots.trading.saved_lots import restored_lot, restored_marks, saved_lot
from bots.trading.sizing import entry_quantity
from bots.trading.terms import Terms
from strategies.bar import Bar
from strategies.base import Position, Rules

# Who resumed a bot whose halt was lifted in its journal.
_COMMAND = "command"


class Trader:
    """Decides on each bar, books each fill, and commits both to the journal before anybody acts on them.

    Parameters
    ----------
    terms : Terms
        What is traded and within which bounds.
    rules : Rules
        The strategy: its entry and its exit.
    journal : Journal
        Where everything is kept.
    saved : Saved, optional
        What an earlier run of this bot left behind.
    watch : callable, optional
        Called with each change after it was committed.
    """

    def __init__(
        self,
        terms: Terms,
        rules: Rules,
        journal: Journal,
        saved: Saved | None = None,
        watch: Callable[[Change], None] | None = None,
    ) -> None:
        self.terms = terms
        self.rules = rules
        self.bars_seen = 0
        self.bars_traded = 0
        self.last_bar: Bar | None = None
        self.last_price = Decimal(0)
        self._stopping = False
        self.first_bar: datetime | None = None
        self.bar_time: datetime | None = None
        self.orders = OpenOrders()
        self._journal = journal
        self._watch = watch
        self._change = Change()
        self.book = Book(cash=terms.initial_balance)
        self.guard = Guard(terms.limits, terms.initial_balance)
        self.guard.halt = journal.standing_halt()
        self._spec, self._limits = terms.spec, terms.limits
        if saved is not None:
            self._restore(saved)

    # -- what the market says ------------------------------------------------------------------------------------

    def warm_up(self, bars: Sequence[Bar]) -> None:
        """Let the rules see the past; nothing is decided.

        A restarted bot begins where it began at first, if that is long enough ago: the very same bars give the very
        same indicators.
        """
        first = self.first_bar
        same = [bar for bar in bars if first is None or bar.time >= first]
        # Rules that have become longer since must still watch over what is open.
        for bar in bars if self.book.lots and len(same) <= self.rules.warm_up else same:
            self.warm(bar)

    def warm(self, bar: Bar) -> None:
        """Let the rules see one bar of the past."""
        self.rules.update(bar)
        self.bars_seen += 1
        self.first_bar = self.first_bar or bar.time
        self.last_bar = bar
        if self.bar_time is None:
            self.last_price = self._spec.round_price(bar.close)

    @property
    def is_warm(self) -> bool:
        """Say whether the rules have seen enough bars to be asked."""
        return self.bars_seen > self.rules.warm_up

    def on_bar(self, bar: Bar, *, market_price: float | None = None) -> list[OrderIntent]:
        """Deal with a closed bar and return the orders to send, already journalled.

        `market_price` is given for a bar that comes late (backfilled after a gap): it may exit, at today's price and
        not at its own, but never enter.
        """
        self.rules.update(bar)
        self.bars_seen += 1
        self.bars_traded += 1
        self.first_bar = self.first_bar or bar.time
        self.last_bar, self.bar_time = bar, bar.time
        self.last_price = price = self._spec.round_price(bar.close)
        today = None if market_price is None else self._spec.round_price(market_price)
        self.guard.begin_bar(bar.time)
        intents: list[OrderIntent] = []
        self._follow(bar)
        for lot in list(self.book.lots.values()):
            hit = self._exit_hit(lot, bar)
            lot.high = bar.high if lot.high is None else max(lot.high, bar.high)
            if hit is not None:
                intents.append(self._exit(lot, hit.reason, bar.time, today or self._spec.round_price(hit.price)))
        self._mark(price, intents)
        self._tell(self.guard.judge_day(bar.time))
        intents += self._check_drawdown(bar.time, today or price)
        if today is None and (entry := self._entry(bar, price)) is not None:
            intents.append(entry)
        self._change.equity.append(EquityPoint(bar.time, self.guard.equity, self.book.cash, self.book.position))
        self._commit(urgent=bool(intents))
        return intents

    def on_price(self, price: float, time: datetime) -> list[OrderIntent]:
        """Deal with a quote or trade between bars: only protective levels are looked at."""
        if not self.book.lots:
            return []
        tick, raised = Bar(time, price, price, price, price, 0.0), False
        intents: list[OrderIntent] = []
        for lot in self.book.lots.values():
            if not self._may_exit(lot):
                continue
            hit = protective_hit(self._limits, float(lot.entry_price), lot.high, tick)
            if lot.high is None or price > lot.high:
                lot.high = price
                # No feed gives a tick again: what a trailing stop hangs on is kept at once.
                raised = raised or self._limits.trailing is not None
            if hit is not None:
                intents.append(self._exit(lot, hit.reason, self.bar_time or time, self._spec.round_price(price)))
        self._commit(urgent=raised or bool(intents))
        return intents

    # -- what the venue says -------------------------------------------------------------------------------------

    def on_submitted(self, order_id: str) -> None:
        """Note that an order was sent."""
        self._note(order_id, OrderStatus.SUBMITTED)

    def on_accepted(self, order_id: str) -> None:
        """Note that the venue has an order."""
        self._note(order_id, OrderStatus.ACCEPTED)

    def on_execution(
        self, trade_id: str, order_id: str, quantity: Decimal, price: Decimal, commission: Decimal, time: datetime,
        complete: bool,
    ) -> None:  # fmt: skip
        """Book an execution; one that was booked before changes nothing."""
        self._book(Fill(trade_id, order_id, quantity, price, commission, time), complete=complete)

    def unresolved(self) -> list[str]:
        """Return the ids of orders whose end is not known."""
        return list(self.orders.intents)

    def on_rejected(self, order_id: str, detail: str, time: datetime) -> None:
        """Deal with an order that the venue refused: an entry is dropped, an exit pursued on the next bar."""
        intent = self._forget_order(order_id)
        if intent is None:
            return
        self._change.updates.append(OrderUpdate(order_id, OrderStatus.REJECTED, detail))
        self._change.events.append(events.order_failed(intent, time, detail))
        self._commit(urgent=True)

    def on_never_arrived(self, order_id: str, time: datetime, *, market_price: float | None) -> OrderIntent | None:
        """Deal with an intent of which the venue surely knows nothing: return the order to send instead, or None.

        An exit is always sent again, for what is left of the lot; an entry only while nothing of it is there, its
        signal is still the market's last word (`market_price` None), as a late bar never enters, and nobody's word
        forbids it.
        """
        old = self.orders.intents.get(order_id)
        if old is None:
            return None
        pending = self.orders.entries.get(order_id)
        self._forget_order(order_id)
        self._change.updates.append(OrderUpdate(order_id, OrderStatus.NEVER_SENT))
        lot = self.book.lots.get(old.lot)
        is_last_word = market_price is None and old.bar_time == self.bar_time and lot is None
        stopped = self.guard.stopped()
        if old.side is Side.BUY and (stopped is not None or not is_last_word):
            forbidden = "its signal is out of date" if stopped is None else f"{stopped.limit}: {stopped.detail}"
            why = f"never sent, and {forbidden}" if lot is None else "its rest never arrived"
            self._change.events.append(events.order_failed(old, time, why))
            self._commit(urgent=True)
            return None
        attempt = old.attempt + 1
        new_id = client_order_id(self.terms.bot, old.bar_time, old.side, old.lot, attempt)
        price = old.reference_price if market_price is None else self._spec.round_price(market_price)
        quantity = old.quantity if lot is None else lot.quantity
        new = replace(old, client_order_id=new_id, attempt=attempt, reference_price=price, quantity=quantity)
        if lot is not None:
            lot.exit_order, lot.exit_reason, lot.exit_attempts = new_id, new.reason, attempt
        self.orders.add(new, None if pending is None else replace(pending, intent=new))
        self._change.intents.append(new)
        self._change.events.append(events.resent(old, new, time))
        self._commit(urgent=True)
        return new

    # -- what a person says --------------------------------------------------------------------------------------

    def close_all(self, reason: str = MANUAL_CLOSE) -> list[OrderIntent]:
        """Close every lot at the market."""
        if self.bar_time is None:
            return []
        intents = self._close_idle(reason, self.bar_time, self.last_price)
        if intents:
            self._commit(urgent=True)
        return intents

    def close_halted(self) -> list[OrderIntent]:
        """Close every lot of which nothing is on its way, if a halt asks for it."""
        reason = self.guard.closing
        return [] if reason is None else self.close_all(reason)

    def halt(self, mode: HaltMode, reason: str, time: datetime, *, by: str) -> bool:
        """Make no entry from now on; say whether that is a change. What is to be closed, `close_halted` closes."""
        self.look_for_resume(time)
        halt = Halt(MANUAL_HALT, reason, time, mode)
        if not self.guard.halt_by_person(halt):
            return False
        self._change.halt = halt
        self._tell(events.halted_by_person(mode, reason, time, closes=halt.closes, by=by))
        self._commit(urgent=True)
        return True

    def resume(self, time: datetime, *, by: str) -> bool:
        """Go on after a halt; say whether there was one."""
        self.look_for_resume(time)
        if self.guard.halt is None:
            return False
        self._change.lifted = True
        self._tell(self.guard.resume(time, by=by))
        self._commit(urgent=True)
        return True

    def look_for_resume(self, time: datetime) -> None:
        """Go on where a person has lifted the halt in the journal, as `tradingbot resume` does."""
        if self.is_lifted():
            self._tell(self.guard.resume(time, by=_COMMAND))
            self._commit(urgent=True)

    def is_lifted(self) -> bool:
        """Say whether a person has lifted the halt in the journal and the bot has not heard of it yet."""
        return self.guard.halt is not None and self._journal.standing_halt() is None

    def hold_entries(self, until: datetime, time: datetime, *, by: str) -> None:
        """Make no entry until `release_entries`; only the first word of several is told."""
        if self.guard.hold_entries(until):
            self.say(events.held(until, time, by=by))

    def release_entries(self, time: datetime, *, by: str) -> None:
        """Let entries be made again."""
        if self.guard.release():
            self.say(events.released(time, by=by))

    def stop_entering(self) -> None:
        """Make no entry any more: the bot is about to stop."""
        self._stopping = True

    def say(self, event: Event) -> None:
        """Keep and tell an event of the bot's own life."""
        self._change.events.append(event)
        self._commit(urgent=True)

    # -- inside --------------------------------------------------------------------------------------------------

    def _follow(self, bar: Bar) -> None:
        """Let open and coming lots grow older."""
        for pending in self.orders.entries.values():
            if pending.intent.lot not in self.book.lots:
                pending.bars_held += 1
                self.rules.follow(bar, pending.marks)
        for lot in self.book.lots.values():
            lot.bars_held += 1
            self.rules.follow(bar, lot.marks)

    def _exit_hit(self, lot: Lot, bar: Bar) -> Hit | None:
        if not self._may_exit(lot):
            return None
        if lot.exit_reason is not None:
            return Hit(lot.exit_reason, bar.close)
        entry_price = float(lot.entry_price)
        hit = protective_hit(self._limits, entry_price, lot.high, bar)
        if hit is not None or not self.is_warm:
            return hit
        reason = self.rules.should_exit(bar, Position(entry_price, lot.entry_bar, lot.bars_held, lot.marks))
        return Hit(reason, bar.close) if reason else None

    def _entry(self, bar: Bar, price: Decimal) -> OrderIntent | None:
        # An entry on its way may still take cash: how much is there is known only once it is filled.
        full = self.orders.entries or len(self.book.lots) >= self._limits.max_positions
        if self._stopping or not self.is_warm or full or not self.rules.should_enter(bar):
            return None
        size = self.guard.refuse_entry() or entry_quantity(self.terms.sizing, self._spec, self.book, price)
        if isinstance(size, Refusal):
            self._tell(self.guard.count_refusal(size, bar.time))
            return None
        return self._enter(bar, price, size)

    def _enter(self, bar: Bar, price: Decimal, quantity: Decimal) -> OrderIntent:
        self.rules.entered(bar)
        self.guard.count_entry()
        marks = self.rules.open(bar)
        number = self.book.next_lot
        self.book.next_lot += 1
        order_id = client_order_id(self.terms.bot, bar.time, Side.BUY, number, 1)
        kept = dict(self.rules.marks_to_json(marks))
        intent = OrderIntent(order_id, number, Side.BUY, quantity, bar.time, price, "entry", marks=kept)
        return self._intend(intent, PendingEntry(intent, marks))

    def _exit(self, lot: Lot, reason: str, bar_time: datetime, price: Decimal) -> OrderIntent:
        lot.exit_reason = reason
        lot.exit_attempts += 1
        order_id = client_order_id(self.terms.bot, bar_time, Side.SELL, lot.number, lot.exit_attempts)
        lot.exit_order = order_id
        return self._intend(
            OrderIntent(order_id, lot.number, Side.SELL, lot.quantity, bar_time, price, reason, lot.exit_attempts)
        )

    def _intend(self, intent: OrderIntent, entry: PendingEntry | None = None) -> OrderIntent:
        self._change.intents.append(intent)
        return self.orders.add(intent, entry)

    def _check_drawdown(self, time: datetime, price: Decimal) -> list[OrderIntent]:
        """Resume or halt, and close what a halted bot still holds."""
        if self.is_lifted():
            self._tell(self.guard.resume(time, by=_COMMAND))
        if (halted := self.guard.judge_drawdown(time)) is not None:
            self._tell(halted)
            self._change.halt = self.guard.halt
        reason = self.guard.closing
        # On later bars, too: an entry may have been on its way when the bot halted.
        return [] if reason is None else self._close_idle(reason, time, price)

    def _close_idle(self, reason: str, time: datetime, price: Decimal) -> list[OrderIntent]:
        """Return exits of all lots of which nothing is on its way."""
        idle = [lot for lot in self.book.lots.values() if self._may_exit(lot)]
        return [self._exit(lot, reason, time, price) for lot in idle]

    def _may_exit(self, lot: Lot) -> bool:
        """Say whether nothing is on the way for this lot: neither its exit nor the rest of its entry."""
        return lot.exit_order is None and not self.orders.is_entering(lot.number)

    def _note(self, order_id: str, status: OrderStatus) -> None:
        # A word that was overtaken by the order's end must not open it again.
        if order_id in self.orders.intents:
            self._change.updates.append(OrderUpdate(order_id, status))
            self._commit(urgent=False)

    def _book(self, fill: Fill, *, complete: bool) -> None:
        if not self.orders.is_new(fill):
            if self.orders.is_strange(fill.client_order_id):
                self.say(events.strange_execution(fill))
            return
        intent = self.orders.intents[fill.client_order_id]
        if intent.side is Side.BUY:
            self._book_entry(intent, fill)
        else:
            self._book_exit(intent, fill)
        if complete:
            self.orders.filled(intent.client_order_id)
            self._forget_order(intent.client_order_id)
        self._change.fills.append(fill)
        status = OrderStatus.FILLED if complete else OrderStatus.PARTLY_FILLED
        self._change.updates.append(OrderUpdate(fill.client_order_id, status))
        self._mark(self.last_price)
        if self.bar_time is not None:
            self._change.equity.append(
                EquityPoint(self.bar_time, self.guard.equity, self.book.cash, self.book.position)
            )
        self._commit(urgent=True)

    def _book_entry(self, intent: OrderIntent, fill: Fill) -> None:
        pending = self.orders.entries[intent.client_order_id]
        is_first = intent.lot not in self.book.lots
        lot = self.book.buy(intent, fill, pending.marks)
        if is_first:
            lot.bars_held = pending.bars_held

    def _book_exit(self, intent: OrderIntent, fill: Fill) -> None:
        trade = self.book.sell(intent, fill)
        if trade is not None:
            self._change.trades.append(trade)
            self._change.events.append(events.exited(trade, intent.bar_time, self._spec.base, self._spec.quote))

    def _forget_order(self, order_id: str) -> OrderIntent | None:
        intent = self.orders.intents.get(order_id)
        entry = self.orders.forget(order_id)
        lot = None if intent is None else self.book.lots.get(intent.lot)
        if entry is not None and lot is not None:
            # Bought whole, or as much of it as there will be.
            self._tell(events.entered(lot, entry.intent, self._spec.base, self._spec.quote))
        elif entry is None and lot is not None:
            lot.exit_order = None
        return intent

    def _mark(self, price: Decimal, leaving: Sequence[OrderIntent] = ()) -> None:
        # What has just been decided to leave counts at its own price: a stop has limited that loss already.
        self.guard.mark(self.book.equity(price) + sum((i.reference_price - price) * i.quantity for i in leaving))

    def _tell(self, event: Event | None) -> None:
        if event is not None:
            self._change.events.append(event)

    def _commit(self, *, urgent: bool) -> None:
        change, self._change = self._change, Change()
        self._journal.commit(change, self.state, urgent=urgent or bool(change.events))
        if self._watch is not None:
            self._watch(change)

    def state(self) -> TraderState | None:
        """Return everything that a restarted trader goes on from; None before the first bar was dealt with."""
        guard = self.guard
        if self.bar_time is None or self.first_bar is None or guard.day is None:
            return None
        lots = tuple(saved_lot(lot, self.rules) for lot in self.book.lots.values())
        book, halted = self.book, guard.halt is not None and guard.halt.by_drawdown
        return TraderState(
            self.first_bar, self.bar_time, self.last_price, book.cash, book.realised, book.fees, book.closed,
            book.next_lot, guard.peak_equity, guard.day, self.rules.state(), lots, halted,
        )  # fmt: skip

    def _restore(self, saved: Saved) -> None:
        state = saved.state
        self.first_bar, self.bar_time, self.last_price = state.first_bar, state.bar_time, state.last_price
        self.book = Book(state.cash, state.realised, state.fees, state.closed, state.next_lot)
        for kept in state.lots:
            self.book.lots[kept.number] = restored_lot(kept, self.rules, self.terms.bot)
        self.rules.restore(state.rules)
        self.guard.day, self.guard.peak_equity = state.day, state.peak_equity
        for intent in saved.unresolved:
            lot = self.book.lots.get(intent.lot)
            if intent.side is Side.BUY:
                marks = restored_marks(intent.lot, intent.marks, self.rules, self.terms.bot)
                self.orders.add(intent, PendingEntry(intent, marks))
                continue
            self.orders.add(intent)
            if lot is not None:
                lot.exit_order = intent.client_order_id
        for order_id, trade_id in saved.booked:
            self.orders.remember_booked(order_id, trade_id)
        self._mark(self.last_price)
        if state.halted and self.guard.halt is None:
            # Lifted while nobody was running; the drawdown that halted the bot must not do it again.
            self._tell(self.guard.resume(state.bar_time, by=_COMMAND))
