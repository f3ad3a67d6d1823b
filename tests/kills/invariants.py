"""What must hold at every step on the wire; the first thing that does not is kept and ends the run."""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.kills.plan import BASE, Plan
from tests.kills.steps import day_of, lot_of
from tests.venues.binance import ORDER
from tests.venues.binance.matching import Matching
from tests.venues.binance.orders import Order, Trade

_UNKNOWN = (-1000, -1001, -1006, -1007)
# Not looked at: the very same order may come again.
_UNSEEN = (-1003, -1008, -1015, -1021)


@dataclass(slots=True)
class _Left:
    """An order that has left the bot and may still be on its way until its request is no longer valid."""

    side: str
    lot: int
    valid_until: float
    is_refused: bool = False
    may_come_again: bool = False


class Invariants:
    """Hears of every step; used in the double's thread only, but for `breaks` and `holds`."""

    def __init__(self, plan: Plan, journal: Path) -> None:
        self.broken: tuple[str, str] | None = None
        self._plan, self._journal = plan, journal
        self._matching: Matching | None = None
        self._step = Decimal(0)
        self._left: dict[str, _Left] = {}
        self._seen_orders = self._seen_trades = 0
        self._taken: dict[str, Order] = {}
        self._held: Counter[int] = Counter()
        self._buys: dict[int, set[str]] = defaultdict(set)
        self._days: dict[str, set[int]] = defaultdict(set)

    def begins(self, matching: Matching) -> None:
        """Take in what is watched."""
        self._matching, self._step = matching, matching.symbol.step

    def breaks(self, invariant: str, detail: str) -> None:
        """Note that something does not hold."""
        if self.broken is None:
            self.broken = (invariant, detail)

    def holds(self, condition: bool, invariant: str, detail: str) -> None:
        """Note that something does not hold, if so."""
        if not condition:
            self.breaks(invariant, detail)

    def arrives(self, name: str, params: Mapping[str, str]) -> None:
        """Hold an order that has come against the journal and against all orders before it."""
        if name != ORDER:
            return
        self.look()
        order_id, side, lot = params["newClientOrderId"], params["side"], lot_of(params["newClientOrderId"])
        known = self._journalled(order_id)
        asked = (side.lower(), Decimal(params["quantity"]))
        self.holds(known == asked, "journalled before it is sent", f"{order_id} {asked}: {known}")
        before = self._left.get(order_id)
        self.holds(before is None or before.may_come_again, "sent once under one id", order_id)
        rivals = [known for known in self._live() if known != order_id and self._is_rival(known, side, lot)]
        self.holds(not rivals, "one live order for each intent", f"{order_id} beside {rivals}")
        if side == "BUY":
            lots, most = self._days[day_of(order_id)], self._plan.max_daily_trades
            lots.add(lot)
            self.holds(most is None or len(lots) <= most, "max_daily_trades", f"{order_id}: lots {sorted(lots)}")
        valid_until = (int(params["timestamp"]) + int(params["recvWindow"])) / 1000
        self._left[order_id] = _Left(side, lot, valid_until)

    def answered(self, name: str, params: Mapping[str, str], status: int, code: int) -> None:
        """Take in what was answered to an order."""
        self.look()
        if name == ORDER and 400 <= status < 500 and code and code not in _UNKNOWN:
            left = self._left[params["newClientOrderId"]]
            left.is_refused, left.may_come_again = True, code in _UNSEEN

    def look(self) -> None:
        """Take in all orders and executions since the last look."""
        assert self._matching is not None
        orders, trades = self._matching.orders, self._matching.trades
        for order in orders[self._seen_orders :]:
            first = self._taken.setdefault(order.client_order_id, order)
            self.holds(first is order, "no id is taken twice", order.client_order_id)
        self._seen_orders = len(orders)
        numbers = {order.order_id: order for order in orders}
        for trade in trades[self._seen_trades :]:
            self._executed(numbers[trade.order_id], trade)
        self._seen_trades = len(trades)

    def _executed(self, order: Order, trade: Trade) -> None:
        lot, order_id = lot_of(order.client_order_id), order.client_order_id
        in_coin = trade.commission if trade.commission_asset == BASE else Decimal(0)
        self._held[lot] += trade.quantity - in_coin if order.is_buy else -trade.quantity  # type: ignore[assignment]
        self.holds(self._held[lot] >= 0, "no more of a lot is sold than was bought", order_id)
        if order.is_buy:
            self._buys[lot].add(order_id)
            self.holds(len(self._buys[lot]) == 1, "no entry is doubled", f"{sorted(self._buys[lot])}")
        open_lots = [number for number, held in self._held.items() if held >= self._step]
        self.holds(len(open_lots) <= self._plan.max_positions, "max_positions", f"{order_id}: {open_lots}")

    def _live(self) -> Iterable[str]:
        """Return the ids of orders that stand at the venue or may still arrive there."""
        now = time.time()
        for order_id, left in self._left.items():
            taken = self._taken.get(order_id)
            if taken.is_open if taken is not None else not left.is_refused and now < left.valid_until:
                yield order_id

    def _is_rival(self, order_id: str, side: str, lot: int) -> bool:
        return self._left[order_id].lot == lot and self._left[order_id].side == side

    def _journalled(self, order_id: str) -> tuple[str, Decimal] | None:
        with closing(sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True, timeout=5)) as database:
            asked = "SELECT side, quantity FROM orders WHERE client_order_id = ?"
            row = database.execute(asked, (order_id,)).fetchone()
        return None if row is None else (row[0], Decimal(row[1]))
