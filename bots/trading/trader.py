"""One bot's decisions: a bar goes in, journalled order intents come out. No Nautilus, no clock, no network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bots.trading import events
from bots.trading.book import Book, Lot
from bots.trading.diary import Diary
from bots.trading.events import Event
from bots.trading.exits import Exits, Moment
from bots.trading.guard import Guard
from bots.trading.halts import MANUAL_HALT, STRATEGY_HALT, Halt, HaltMode, beside
from bots.trading.keeping import Change, Journal, Saved, TraderState
from bots.trading.open_orders import OpenOrders, PendingEntry
from bots.trading.order_ends import OrderEnds
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import Action, Fill, OrderIntent, Side, client_order_id
from bots.trading.patience import Patience
from bots.trading.records import EquityPoint
from bots.trading.restoring import kept_state, restored_book, restored_orders
from bots.trading.retrying import NEVER_FAILED
from bots.trading.risk import MANUAL_CLOSE, Hit, Limits, Refusal, protective_hit
from bots.trading.sizing import entry_quantity
from bots.trading.terms import Terms
from bots.trading.without_rules import WithoutRules
from strategies.bar import Bar
from strategies.base import Position, Rules
from strategies.desk import NEVER_ARRIVED, Cancel

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
        self._spec, self._limits = terms.spec, terms.limits
        # What is left to watch for a lot whose stop rests at the venue.
        self._target_only = replace(terms.limits, stop_loss_pct=None, trailing=None)
        self._diary = Diary(journal, self.state, watch)
        self.guard = Guard(terms.limits, terms.initial_balance)
        self.guard.halt = journal.standing_halt()
        self.book = Book(terms.initial_balance) if saved is None else restored_book(saved.state, rules, terms.bot)
        self.orders = OpenOrders() if saved is None else restored_orders(saved, self.book, rules, terms.bot)
        self._exits = Exits(terms, self.orders, self.guard, self._diary)
        self._patience = Patience(terms.order_timeout)
        self._ends = OrderEnds(terms, self.book, self.orders, self._exits, self._diary)
        if saved is not None:
            self._go_on_from(saved.state)
        # One of an earlier run's counts, too, though the document may want none any more.
        self._has_stops = terms.stop_on_exchange is not None or bool(self.resting())
        # What is sold for now, if it is: the last bar's close, a later quote, or a still later execution.
        self._market = self.last_price

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
            self.last_price = self._market = self._spec.round_price(bar.close)

    @property
    def is_warm(self) -> bool:
        """Say whether the rules have seen enough bars to be asked."""
        return self.bars_seen > self.rules.warm_up

    @property
    def asks_for_its_rules(self) -> bool:
        """Say whether it trades without its strategy, which had failed, and a person has resumed it since."""
        return isinstance(self.rules, WithoutRules) and self.guard.halt is None

    def on_bar(self, bar: Bar, *, market_price: float | None = None) -> list[Action]:
        """Deal with a closed bar and return what to send, already journalled.

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
        self._market = today or price
        self.guard.begin_bar(bar.time)
        actions: list[Action] = []
        self._follow(bar)
        for lot in list(self.book.lots.values()):
            hit = self._exit_hit(lot, bar)
            lot.high = bar.high if lot.high is None else max(lot.high, bar.high)
            if hit is not None:
                at = today or self._spec.round_price(hit.price)
                actions += self._exits.leave(lot, hit.reason, Moment(bar.time, at, bar.time))
        self._mark(price, actions)
        self._diary.tell(self.guard.judge_day(bar.time))
        actions += self._check_drawdown(bar.time, self._market)
        if self._has_stops:
            close = Moment(bar.time, self._market, bar.time, closes_bar=True)
            for lot in self.book.lots.values():
                actions += self._exits.protect(lot, close)
        if today is None and (entry := self._entry(bar, price)) is not None:
            actions.append(entry)
        self._note_equity(bar.time)
        self._diary.commit(urgent=bool(actions))
        return actions

    def on_price(self, price: float, time: datetime) -> list[Action]:
        """Deal with a quote or trade between bars: only protective levels are looked at."""
        if not self.book.lots:
            return []
        tick, raised = Bar(time, price, price, price, price, 0.0), False
        self._market = self._spec.round_price(price)
        now = self._moment(time)
        actions: list[Action] = []
        for lot in self.book.lots.values():
            if not self._exits.may_leave(lot):
                continue
            hit = None
            if lot.exit_reason is None:
                hit = protective_hit(self._watched(lot), float(lot.entry_price), lot.high, tick)
            if lot.high is None or price > lot.high:
                lot.high = price
                # No feed gives a tick again: what a trailing stop hangs on is kept at once.
                raised = raised or self._limits.trailing is not None
            if hit is not None:
                actions += self._exits.leave(lot, hit.reason, now)
            elif self.terms.stop_on_exchange is not None:
                actions += self._exits.protect(lot, now)
        self._diary.commit(urgent=raised or bool(actions))
        return actions

    def on_time(self, now: datetime, *, market_open: bool) -> list[Action]:
        """Hear what time it is: market orders that the venue has taken and does not execute are taken back."""
        if not market_open:
            self._patience.begin_again()
            return []
        late = self._patience.overdue(self.orders.unexecuted(), now)
        if not late:
            return []
        for order_id in filter(self._patience.is_news, late):
            self._diary.tell(events.overdue(self.orders.intents[order_id], now))
        actions = self._take_back(late)
        self._diary.commit(urgent=True)
        return actions

    # -- what the venue says -------------------------------------------------------------------------------------

    def on_submitted(self, order_id: str) -> None:
        """Note that an order was sent."""
        self._note(order_id, OrderStatus.SUBMITTED)

    def on_accepted(self, order_id: str) -> None:
        """Note that the venue has an order."""
        intent = self.orders.intents.get(order_id)
        if intent is not None and intent.is_stop and (lot := self.book.lots.get(intent.lot)) is not None:
            lot.stop_retry = NEVER_FAILED
        self._note(order_id, OrderStatus.ACCEPTED)

    def on_execution(
        self, trade_id: str, order_id: str, quantity: Decimal, price: Decimal, commission: Decimal,
        commission_currency: str, time: datetime, complete: bool,
    ) -> list[Action]:  # fmt: skip
        """Book an execution; one that was booked before changes nothing, unless it is now known to be the last."""
        spec = self._spec
        fee = commission * price if commission_currency == spec.base else commission
        fill = Fill(trade_id, order_id, quantity, price, fee, time, commission, commission_currency)
        intent = self.orders.intents.get(order_id)
        if intent is None:
            if self.orders.is_strange(order_id):
                self.say(events.strange_execution(fill))
            return []
        is_new = self.orders.is_new(fill)
        if is_new and intent.side is Side.SELL and intent.lot not in self.book.lots:
            self.say(events.strange_execution(fill))
            is_new = False
        if not is_new and not complete:
            return []
        self._market = price
        now = self._moment(time)
        if is_new:
            if commission_currency not in (spec.base, spec.quote):
                self._diary.tell(events.strange_commission(fill, spec.quote))
            actions = self._ends.executed(intent, fill, now, complete=complete)
        else:
            actions = self._ends.ended(intent, OrderStatus.FILLED, "", now)
        self._mark(self.last_price)
        if self.bar_time is not None:
            self._note_equity(self.bar_time)
        self._diary.commit(urgent=True)
        return actions

    def on_rejected(self, order_id: str, detail: str, time: datetime) -> list[Action]:
        """Deal with an order that the venue refused: an entry is dropped, an exit pursued on a later bar.

        What sells and never arrived is sent anew at once: nobody has refused it.
        """
        intent = self.orders.intents.get(order_id)
        if detail == NEVER_ARRIVED and intent is not None and intent.side is Side.SELL:
            actions = self._ends.never_arrived(intent, self._moment(time), price_is_new=True, forbidden="")
            self._diary.commit(urgent=True)
            return actions
        return self._ended(order_id, OrderStatus.REJECTED, detail, time)

    def on_cancelled(self, order_id: str, detail: str, time: datetime) -> list[Action]:
        """Deal with an order that ended before all of it was executed, whoever ended it."""
        return self._ended(order_id, OrderStatus.CANCELLED, detail, time)

    def on_cancel_refused(self, order_id: str, detail: str, time: datetime) -> list[Action]:
        """Wait for the fill of an order that could not be taken back; it is asked again if there is none."""
        self.orders.leaving.discard(order_id)
        intent = self.orders.intents.get(order_id)
        lot = None if intent is None else self.book.lots.get(intent.lot)
        if intent is not None and lot is not None and lot.stop_order == order_id:
            self.say(events.cancel_refused(intent, time, detail, again=lot.cancels_refused > 0))
            lot.cancel_under_way = False
            lot.cancels_refused += 1
        return []

    def on_never_arrived(self, order_id: str, time: datetime, *, market_price: float | None) -> list[Action]:
        """Deal with an intent of which the venue surely knows nothing: return what to send instead.

        An exit is always sent again; an entry only while its signal is still the market's last word (`market_price`
        None), as a late bar never enters, and nobody's word forbids it.
        """
        intent = self.orders.intents.get(order_id)
        if intent is None:
            return []
        is_new = market_price is not None
        if market_price is not None:
            self._market = self._spec.round_price(market_price)
        forbidden = "its signal is out of date" if is_new or intent.bar_time != self.bar_time else ""
        if (stopped := self.guard.stopped()) is not None:
            forbidden = f"{stopped.limit}: {stopped.detail}"
        actions = self._ends.never_arrived(intent, self._moment(time), price_is_new=is_new, forbidden=forbidden)
        self._diary.commit(urgent=True)
        return actions

    def unresolved(self) -> list[str]:
        """Return the ids of orders whose end is not known."""
        return list(self.orders.intents)

    def resting(self) -> list[OrderIntent]:
        """Return the stops that rest at the venue as far as is known."""
        return [intent for intent in self.orders.intents.values() if intent.is_stop]

    # -- what a person says --------------------------------------------------------------------------------------

    def close_all(self, reason: str = MANUAL_CLOSE) -> list[Action]:
        """Close every lot at the market, or begin to by taking its stop back."""
        if self.bar_time is None:
            return []
        idle = [lot for lot in self.book.lots.values() if self._exits.may_leave(lot)]
        # Of a stop that is being taken back already the answer is waited for.
        idle = [lot for lot in idle if not (lot.cancel_under_way and lot.exit_reason)]
        now = Moment(self.bar_time, self._market, self.bar_time)
        actions = [action for lot in idle for action in self._exits.leave(lot, reason, now)]
        if actions or self._diary.change.events:
            self._diary.commit(urgent=True)
        return actions

    def obey_halt(self) -> list[Action]:
        """Do what a halt asks for besides no entries, as far as it is not under way: take back, and close."""
        if not self.guard.withdraws:
            return []
        entries = [order_id for order_id in self.orders.entries if order_id not in self.orders.leaving]
        actions = self._take_back(entries)
        if (reason := self.guard.closing) is not None:
            return actions + self.close_all(reason)
        actions += [action for lot in self.book.lots.values() for action in self._exits.withdraw(lot)]
        if actions:
            self._diary.commit(urgent=True)
        return actions

    def halt(self, mode: HaltMode, reason: str, time: datetime, *, by: str) -> bool:
        """Make no entry from now on; say whether that is a change. The rest `obey_halt` does."""
        self.hear(time)
        halt = Halt(MANUAL_HALT, beside(self.guard.halt, reason), time, mode)
        if not self.guard.halt_by_person(halt):
            return False
        self._diary.change.halt = halt
        self._diary.tell(events.halted_by_person(halt, time, by=by))
        self._diary.commit(urgent=True)
        return True

    def halt_for_failures(self, error: str, time: datetime) -> None:
        """Make no entry until a person resumes the bot: its strategy fails, and only stops and limits are watched."""
        self.hear(time)
        halt = Halt(STRATEGY_HALT, error, time, HaltMode.BLOCK_ENTRIES)
        if self.guard.halt_by_person(halt):
            self._diary.change.halt = halt
            self._diary.tell(events.strategy_given_up(error, time))
            self._diary.commit(urgent=True)

    def resume(self, time: datetime, *, by: str) -> bool:
        """Go on after a halt; say whether there was one."""
        self.hear(time)
        if self.guard.halt is None:
            return False
        self._diary.change.lifted = True
        self._diary.tell(self.guard.resume(time, by=by))
        self._diary.commit(urgent=True)
        return True

    def has_unheard(self) -> bool:
        """Say whether a person has halted or resumed the bot in its journal, and it has not heard of it yet."""
        return self._diary.standing_halt() != self.guard.halt

    def hear(self, time: datetime) -> None:
        """Take in what a person has written into the journal, as `tradingbot halt` and `tradingbot resume` do."""
        standing = self._diary.standing_halt()
        if standing == self.guard.halt:
            return
        if standing is None:
            self._diary.tell(self.guard.resume(time, by=_COMMAND))
        else:
            # A milder one, too: it stands where the one before it was lifted.
            self.guard.halt = standing
            self._diary.tell(events.halted_by_person(standing, time, by=_COMMAND))
        self._diary.commit(urgent=True)

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
        self._diary.tell(event)
        self._diary.commit(urgent=True)

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
        if not self._exits.may_leave(lot):
            return None
        if lot.exit_reason is not None:
            return Hit(lot.exit_reason, bar.close) if lot.exit_retry.is_due(lot.bars_held) else None
        entry_price = float(lot.entry_price)
        hit = protective_hit(self._watched(lot), entry_price, lot.high, bar)
        if hit is not None or not self.is_warm:
            return hit
        reason = self.rules.should_exit(bar, Position(entry_price, lot.entry_bar, lot.bars_held, lot.marks))
        return Hit(reason, bar.close) if reason else None

    def _watched(self, lot: Lot) -> Limits:
        """Return the limits that the bot itself watches for a lot."""
        return self._limits if lot.stop_order is None else self._target_only

    def _entry(self, bar: Bar, price: Decimal) -> OrderIntent | None:
        # An entry on its way may still take cash: how much is there is known only once it is filled.
        full = self.orders.entries or len(self.book.lots) >= self._limits.max_positions
        if self._stopping or not self.is_warm or full or not self.rules.should_enter(bar):
            return None
        size = self.guard.refuse_entry() or entry_quantity(self.terms.sizing, self._spec, self.book, price)
        if isinstance(size, Refusal):
            self._diary.tell(self.guard.count_refusal(size, bar.time))
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
        return self.orders.add(self._diary.intend(intent), PendingEntry(intent, marks))

    def _check_drawdown(self, time: datetime, price: Decimal) -> list[Action]:
        """Resume or halt, and close what a halted bot still holds."""
        if self.guard.halt is not None and self._diary.standing_halt() is None:
            self._diary.tell(self.guard.resume(time, by=_COMMAND))
        if (halted := self.guard.judge_drawdown(time)) is not None:
            self._diary.tell(halted)
            self._diary.change.halt = self.guard.halt
        reason = self.guard.closing
        if reason is None:
            return []
        # On later bars, too: an entry may have been on its way when the bot halted.
        now = Moment(time, price, time)
        actions: list[Action] = []
        for lot in self.book.lots.values():
            # Those that wanted to leave before were dealt with already.
            if lot.exit_reason is None and self._exits.may_leave(lot):
                actions += self._exits.leave(lot, reason, now)
        return actions

    def _take_back(self, order_ids: Sequence[str]) -> list[Action]:
        self.orders.leaving.update(order_ids)
        return [Cancel(order_id) for order_id in order_ids]

    def _moment(self, time: datetime) -> Moment:
        return Moment(self.bar_time or time, self._market, time)

    def _note(self, order_id: str, status: OrderStatus) -> None:
        if (became := self.orders.take(order_id, status)) is not None:
            self._diary.update(order_id, became)
            self._diary.commit(urgent=False)

    def _ended(self, order_id: str, status: OrderStatus, detail: str, time: datetime) -> list[Action]:
        intent = self.orders.intents.get(order_id)
        if intent is None:
            return []
        actions = self._ends.ended(intent, status, detail, self._moment(time))
        self._diary.commit(urgent=True)
        return actions

    def _mark(self, price: Decimal, leaving: Sequence[Action] = ()) -> None:
        # What has just been decided to leave counts at its own price: a stop has limited that loss already.
        worth = self.book.equity(price)
        for each in leaving:
            if isinstance(each, OrderIntent):
                worth += (each.reference_price - price) * each.quantity
        self.guard.mark(worth)

    def _note_equity(self, time: datetime) -> None:
        point = EquityPoint(time, self.guard.equity, self.book.cash, self.book.position)
        self._diary.change.equity.append(point)

    def state(self) -> TraderState | None:
        """Return everything that a restarted trader goes on from; None before the first bar was dealt with."""
        return kept_state(self.book, self.guard, self.rules, self.first_bar, self.bar_time, self.last_price)

    def _go_on_from(self, state: TraderState) -> None:
        self.first_bar, self.bar_time, self.last_price = state.first_bar, state.bar_time, state.last_price
        self.rules.restore(state.rules)
        self.guard.day, self.guard.peak_equity = state.day, state.peak_equity
        self._mark(self.last_price)
        if state.halted and self.guard.halt is None:
            # Lifted while nobody was running; the drawdown that halted the bot must not do it again.
            self._diary.tell(self.guard.resume(state.bar_time, by=_COMMAND))
