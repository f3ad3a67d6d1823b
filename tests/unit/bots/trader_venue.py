"""A tiny venue without flaws of its own, and a bot at it that may be killed at every write.

Between the two lie queues: what the bot sends arrives later, in order; what the venue says is heard later, in order.
When the bot dies, what it had sent arrives in part or not at all, and what the venue had said is never heard.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from adapters.instrument import simulated_instrument
from bots.journal.memory import MemoryJournal
from bots.trading.keeping import Change, Saved, TraderState
from bots.trading.order_machine import OPEN_STATUSES, OrderStatus
from bots.trading.orders import Action, OrderIntent, Side
from bots.trading.risk import Limits, Trailing
from bots.trading.selling import sellable
from bots.trading.sizing import Sizing
from bots.trading.terms import StopOnExchange, Terms
from bots.trading.trader import Trader
from strategies.bar import Bar
from strategies.base import Marks, Position
from strategies.desk import Cancel
from tests.unit.bots.scripted import HOUR, START, Script

SPEC = simulated_instrument(
    "BTCUSDT", price_step=Decimal("0.01"), size_step=Decimal("0.001"), min_notional=None, size_decimals=3
)
TERMS = Terms(
    "0001",
    SPEC,
    Limits(max_positions=2, stop_loss_pct=5.0, take_profit_pct=12.0, trailing=Trailing(2.0, 3.0)),
    Sizing(Decimal("0.3"), None, Decimal(0)),
    Decimal(1000),
    StopOnExchange(limit_offset_pct=1.0, move_pct=0.1),
)
TENTH = Decimal("0.1")


class KilledError(Exception):
    """The bot's process was killed."""


class Kept(MemoryJournal):
    """A journal that gives back what was written; `dies` says whether the bot dies before the next write or after."""

    def __init__(self) -> None:
        super().__init__()
        self.dies: str | None = None
        self.orders: dict[str, tuple[OrderIntent, OrderStatus]] = {}
        self.booked: list[tuple[str, str]] = []
        self.kept: TraderState | None = None
        self._waiting: list[Change] = []

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Keep a change, or let it wait for the next that is urgent."""
        self._waiting.append(change)
        if not urgent:
            return
        dies, self.dies = self.dies, None
        if dies == "before":
            raise KilledError
        for each in self._waiting:
            super().commit(each, state, urgent=True)
            for intent in each.intents:
                assert intent.client_order_id not in self.orders, "an id was given twice"
                self.orders[intent.client_order_id] = (intent, OrderStatus.INTENT)
            for update in each.updates:
                self.orders[update.client_order_id] = (self.orders[update.client_order_id][0], update.status)
            self.booked += [(fill.client_order_id, fill.trade_id) for fill in each.fills]
        assert len(set(self.booked)) == len(self.booked), "an execution was booked twice"
        self._waiting, self.kept = [], state()
        if dies == "after":
            raise KilledError

    def load(self) -> Saved | None:
        """Return what a new run goes on from; what was not written is gone."""
        self._waiting = []
        if self.kept is None:
            return None
        unresolved = tuple(intent for intent, status in self.orders.values() if status in OPEN_STATUSES)
        names = {intent.client_order_id for intent in unresolved}
        return Saved(self.kept, unresolved, tuple(pair for pair in self.booked if pair[0] in names))


class Whim(Script):
    """Enters and exits when it is told to."""

    wants_in = wants_out = False

    def should_enter(self, bar: Bar) -> bool:
        return self.wants_in

    def should_exit(self, bar: Bar, position: Position[Marks]) -> str | None:
        return "whim" if self.wants_out else None


@dataclass(slots=True)
class AtVenue:
    """An order as the venue knows it."""

    order: OrderIntent
    executions: list[tuple[str, Decimal, Decimal, Decimal, str]] = field(default_factory=list)
    is_open: bool = True
    active: bool = False

    @property
    def filled(self) -> Decimal:
        return sum((each[1] for each in self.executions), Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.order.quantity - self.filled


class Venue:
    """Keeps an account and orders; tells of everything through `say`."""

    def __init__(self, say: Callable[[Callable[[Trader], Iterable[Action] | None]], None]) -> None:
        self.price = Decimal(100)
        self.coins = Decimal(0)
        self.cash = Decimal(1000)
        self.orders: dict[str, AtVenue] = {}
        self._say = say

    @property
    def open_sells(self) -> list[AtVenue]:
        return [each for each in self.orders.values() if each.is_open and each.order.side is Side.SELL]

    def submit(self, order: OrderIntent, *, refuse: bool) -> None:
        known_as = order.client_order_id
        assert known_as not in self.orders, "an order was sent twice"
        locked = sum((each.left for each in self.open_sells), Decimal(0))
        if order.side is Side.SELL:
            assert order.quantity <= self.coins - locked, "more would be sold than there is"
        too_late = order.stop_price is not None and self.price <= order.stop_price
        self.orders[known_as] = AtVenue(order, is_open=not (refuse or too_late))
        if refuse or too_late:
            detail = "Stop price would trigger immediately." if too_late else "no"
            self._say(lambda trader: trader.on_rejected(known_as, detail, START))
        else:
            self._say(lambda trader: trader.on_accepted(known_as))

    def cancel(self, known_as: str, *, refuse: bool) -> None:
        found = self.orders.get(known_as)
        if found is None or not found.is_open or refuse:
            self._say(lambda trader: trader.on_cancel_refused(known_as, "no", START))
        else:
            self.end(found, "taken back")

    def end(self, found: AtVenue, detail: str) -> None:
        found.is_open = False
        self._say(lambda trader: trader.on_cancelled(found.order.client_order_id, detail, START))

    def trade(self, share: int) -> None:
        """Execute so many tenths of what is left of every order that can be executed at this price."""
        for found in self.orders.values():
            if found.is_open and self._executable(found):
                part = SPEC.round_size_down(found.left * share * TENTH)
                self._execute(found, part or found.left)

    def _executable(self, found: AtVenue) -> bool:
        order = found.order
        if order.stop_price is None or order.limit_price is None:
            return True
        found.active = found.active or self.price <= order.stop_price
        return found.active and self.price >= order.limit_price

    def _execute(self, found: AtVenue, quantity: Decimal) -> None:
        order = found.order
        value = quantity * self.price
        if order.side is Side.BUY:
            fee, currency = quantity * Decimal("0.00075"), "BTC"
            self.coins += quantity - fee
            self.cash -= value
        else:
            fee, currency = value * Decimal("0.00075"), "USDT"
            self.coins -= quantity
            self.cash += value - fee
        assert self.coins >= 0
        execution = (f"{order.client_order_id}.{len(found.executions)}", quantity, self.price, fee, currency)
        found.executions.append(execution)
        complete = not found.left
        found.is_open = not complete
        self._say(lambda trader: tell(trader, found, execution, complete=complete))


def tell(
    trader: Trader, found: AtVenue, execution: tuple[str, Decimal, Decimal, Decimal, str], *, complete: bool
) -> list[Action]:
    trade_id, quantity, price, fee, currency = execution
    return trader.on_execution(trade_id, found.order.client_order_id, quantity, price, fee, currency, START, complete)


class Bot:
    """A trader at the venue, restored whenever it dies. `drops` says whether what settling answers is never sent."""

    def __init__(self, *, drops: bool) -> None:
        self.venue = Venue(lambda word: self.said.append(word))
        self.said: deque[Callable[[Trader], Iterable[Action] | None]] = deque()
        self.sent: deque[Action] = deque()
        self.journal = Kept()
        self.rules = Whim()
        self.bars = 0
        self.seconds = 0
        self.deaths = 0
        self._drops = drops
        self.trader = Trader(TERMS, self.rules, self.journal)

    # -- what happens --------------------------------------------------------------------------------------------

    def bar(self, *, enter: bool = False, leave: bool = False) -> None:
        self.rules.wants_in, self.rules.wants_out = enter, leave
        price = float(self.venue.price)
        time = START + HOUR * self.bars
        self.bars += 1
        self.do(lambda trader: trader.on_bar(Bar(time, price, price, price, price, 1.0)))

    def quote(self, seconds: int) -> None:
        self.seconds += seconds
        time = START + timedelta(seconds=self.seconds)
        self.do(lambda trader: trader.on_price(float(self.venue.price), time))

    def arrive(self, *, refuse: bool = False) -> None:
        """Let what was sent first reach the venue."""
        if self.sent:
            action = self.sent.popleft()
            if isinstance(action, Cancel):
                self.venue.cancel(action.client_order_id, refuse=refuse)
            else:
                self.venue.submit(action, refuse=refuse)

    def hear(self) -> None:
        """Let the bot hear what the venue said first."""
        if self.said:
            self.do(self.said.popleft())

    def die(self, arriving: int = 0) -> None:
        """Kill the bot; so many of the orders that it had sent arrive all the same. Then let it start again."""
        self.deaths += 1
        for _ in range(min(arriving, len(self.sent))):
            self.arrive()
        self.sent.clear()
        self.said.clear()
        self.trader = Trader(TERMS, self.rules, self.journal, self.journal.load())
        try:
            self._settle()
        except KilledError:
            self.die(arriving)

    def do(self, word: Callable[[Trader], Iterable[Action] | None]) -> None:
        """Let the trader hear something, and send what it answers."""
        try:
            self.sent.extend(word(self.trader) or ())
        except KilledError:
            self.die()
        self.check()

    def _settle(self) -> None:
        for known_as in self.trader.unresolved():
            found = self.venue.orders.get(known_as)
            if found is None:
                continue
            for number, execution in enumerate(found.executions):
                complete = not found.left and number == len(found.executions) - 1
                self._answer(tell(self.trader, found, execution, complete=complete))
            if not found.is_open and known_as in self.trader.orders.intents:
                self._answer(self.trader.on_cancelled(known_as, "asked for", START))
        standing = {known_as for known_as, found in self.venue.orders.items() if found.is_open}
        under_way = {action.client_order_id for action in self.sent}
        for known_as in self.trader.unresolved():
            if known_as not in standing | under_way:
                actions = self.trader.on_never_arrived(known_as, START, market_price=float(self.venue.price))
                self.sent.extend(actions)

    def _answer(self, actions: Iterable[Action]) -> None:
        if not self._drops:
            self.sent.extend(actions)

    # -- what must be true ---------------------------------------------------------------------------------------

    def check(self) -> None:
        """Assert what holds at every moment."""
        live: dict[int, int] = {}
        for order in [each.order for each in self.venue.open_sells] + [
            each for each in self.sent if isinstance(each, OrderIntent) and each.side is Side.SELL
        ]:
            live[order.lot] = live.get(order.lot, 0) + 1
        assert all(count == 1 for count in live.values()), f"two orders that sell one lot: {live}"

    def check_at_rest(self) -> None:
        """Assert what holds once everything has arrived and was heard."""
        book = self.trader.book
        assert not self.sent
        assert not self.said
        assert [event.text for event in self.journal.events if "which is not open here" in event.text] == []
        assert book.position + book.dust == self.venue.coins
        assert book.cash == self.venue.cash
        assert book.dust >= 0
        for lot in book.lots.values():
            assert lot.exit_reason is None, f"lot {lot.number} is still there and should be sold"
            if lot.stop_order is None:
                assert lot.stop_losses > 1, f"lot {lot.number} has no stop"
                continue
            resting = self.venue.orders[lot.stop_order]
            assert resting.is_open
            assert resting.left == sellable(SPEC, lot.quantity)
