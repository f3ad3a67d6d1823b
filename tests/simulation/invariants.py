"""What must hold after every step; the first thing that does not is kept and ends the run."""

import re
from collections import Counter, deque
from collections.abc import Callable
from decimal import Decimal

from adapters.live.broker import Execution, OrderRequest
from bots.trading.keeping import Change
from bots.trading.orders import Side
from bots.trading.risk import trading_day
from bots.trading.trader import Trader
from strategies.errors import OrderRefusedError
from tests.simulation.exchange import Placed
from tests.simulation.plan import Plan

_LOT = re.compile(r"-[BST](\d+)-\d+$")
_HOUR = 3600.0
# In thousands of seeds the most were 133 and 236; a run lasts about an hour.
MOST_SENDS_AN_HOUR = 250
MOST_ASKS_AN_HOUR = 450
# An order of which the exchange says this was made wrongly by the bot: no price and no rival can be the reason.
_OWN_FAULT = ("LOT_SIZE", "PRICE_FILTER", "Duplicate")


class Invariants:
    """Hears of every step of bot and exchange."""

    def __init__(self, plan: Plan, now: Callable[[], float]) -> None:
        self.broken: tuple[str, str] | None = None
        self.entries: Counter[object] = Counter()
        self._plan, self._now = plan, now
        self._journalled: dict[str, tuple[str, Decimal]] = {}
        self._left: set[str] = set()
        self._in_air: dict[str, OrderRequest] = {}
        self._selling: dict[str, int] = {}
        self._executed: dict[str, str] = {}
        self._held: Counter[int] = Counter()
        self._lots_of_day: dict[object, set[int]] = {}
        self._sends: deque[float] = deque()
        self._asks: deque[float] = deque()

    def breaks(self, invariant: str, detail: str) -> None:
        """Note that something does not hold."""
        if self.broken is None:
            self.broken = (invariant, detail)

    def holds(self, condition: bool, invariant: str, detail: str) -> None:
        """Note that something does not hold, if so."""
        if not condition:
            self.breaks(invariant, detail)

    # -- the journal ---------------------------------------------------------------------------------------------

    def written(self, change: Change) -> None:
        """Take in what is on disk from now on."""
        for intent in change.intents:
            self._journalled[intent.client_order_id] = (intent.side, intent.quantity)

    def decided(self, trader: Trader, change: Change) -> None:
        """Hold what a trader has just committed against its limits."""
        for intent in change.intents:
            if intent.side is not Side.BUY:
                continue
            limits, guard, book = trader.terms.limits, trader.guard, trader.book
            self.holds(guard.halt is None, "no entries while halted", intent.client_order_id)
            self.holds(
                len(set(book.lots) | {each.intent.lot for each in trader.orders.entries.values()})
                <= limits.max_positions,
                "max_positions", intent.client_order_id,
            )  # fmt: skip
            day = trading_day(limits, intent.bar_time)
            lots = self._lots_of_day.setdefault(day, set())
            if intent.attempt == 1:
                self.holds(guard.day is None or guard.day.loss is None, "max_daily_loss", intent.client_order_id)
                self._exposure(trader, intent.quantity * intent.reference_price, intent.client_order_id)
            lots.add(intent.lot)
            most = limits.max_daily_trades
            self.holds(most is None or len(lots) <= most, "max_daily_trades", intent.client_order_id)

    def _exposure(self, trader: Trader, value: Decimal, order_id: str) -> None:
        most, book, price = trader.terms.sizing.max_exposure, trader.book, trader.last_price
        exposed = book.position * price + value
        self.holds(most is None or exposed <= book.equity(price) * most, "max_exposure", order_id)

    # -- orders --------------------------------------------------------------------------------------------------

    def order_leaves(self, order: OrderRequest) -> None:
        """Hold an order that is about to leave against what is in the journal and under way."""
        order_id = order.client_order_id
        self._count(self._sends, MOST_SENDS_AN_HOUR, "sends an hour")
        known = self._journalled.get(order_id)
        self.holds(known == (order.side, order.quantity), "journalled before it is sent", f"{order_id}: {known}")
        self.holds(order_id not in self._left, "sent once under one id", order_id)
        self._left.add(order_id)
        if order.side == "sell":
            lot = lot_of(order_id)
            rivals = [name for name, number in self._selling.items() if number == lot]
            self.holds(not rivals, "one live selling order for each lot", f"{order_id} beside {rivals}")
            self._selling[order_id] = lot
        self._in_air[order_id] = order

    def order_landed(self, order: OrderRequest, *, taken: bool = False) -> None:
        """Take in that an order is not in the air any more."""
        self._in_air.pop(order.client_order_id, None)
        if not taken:
            self.order_over(order.client_order_id)

    def order_refused(self, order: OrderRequest, error: OrderRefusedError) -> None:
        """Hold the exchange's reason for a refusal against what the bot must never send."""
        own = any(word in str(error) for word in _OWN_FAULT)
        self.holds(not own, "orders keep to the exchange's rules", f"{order.client_order_id}: {error}")

    def order_over(self, order_id: str) -> None:
        """Take in that an order does not stand any more."""
        self._selling.pop(order_id, None)

    def executed(self, order: Placed, execution: Execution) -> None:
        """Hold an execution against all before it."""
        order_id = order.request.client_order_id
        first = self._executed.setdefault(order_id, order.number)
        self.holds(first == order.number, "no id executed twice", order_id)
        lot, spec = lot_of(order_id), self._plan.terms.spec
        in_coin = execution.commission if execution.commission_currency == spec.base else Decimal(0)
        bought = order.request.side == "buy"
        self._held[lot] += execution.quantity - in_coin if bought else -execution.quantity  # type: ignore[assignment]
        self.holds(self._held[lot] >= 0, "no more of a lot is sold than was bought", order_id)
        lots = [number for number, held in self._held.items() if held >= spec.size_step]
        self.holds(len(lots) <= self._plan.terms.limits.max_positions, "max_positions at the venue", str(lots))
        if not order.left:
            self.order_over(order_id)

    def cancel_leaves(self) -> None:
        """Count the wish to take an order back."""
        self._count(self._sends, MOST_SENDS_AN_HOUR, "sends an hour")

    def asks(self) -> None:
        """Count a question."""
        self._count(self._asks, MOST_ASKS_AN_HOUR, "questions an hour")

    def _count(self, times: deque[float], most: int, what: str) -> None:
        now = self._now()
        times.append(now)
        while times[0] < now - _HOUR:
            times.popleft()
        self.holds(len(times) <= most, what, f"{len(times)} within an hour")


def lot_of(order_id: str) -> int:
    """Return the lot that an order belongs to, as its id says."""
    found = _LOT.search(order_id)
    assert found is not None, order_id
    return int(found[1])
