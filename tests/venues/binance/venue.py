"""The exchange as one whole: all its parts, its clock, and telling what happens. Used in the server's loop only."""

import asyncio
import time
from collections.abc import Iterable
from itertools import count
from typing import Any

from tests.venues.binance import wording
from tests.venues.binance.account import Account
from tests.venues.binance.auth import Key
from tests.venues.binance.limits import OrderCounts, Weights
from tests.venues.binance.market import Market
from tests.venues.binance.matching import Matching
from tests.venues.binance.misbehaviour import Misbehaviour
from tests.venues.binance.orders import Happened, Order, Report
from tests.venues.binance.records import Records
from tests.venues.binance.refusals import text
from tests.venues.binance.streams import Streams
from tests.venues.binance.symbol import Symbol
from tests.venues.binance.user_data import UserData
from tests.venues.binance.watching import Watcher


class Venue:
    """One symbol, one account, one key."""

    def __init__(self, symbol: Symbol, market: Market, account: Account, matching: Matching, key: Key) -> None:
        self.symbol, self.market, self.account, self.matching, self.key = symbol, market, account, matching, key
        self.weights, self.sapi_weights, self.order_counts = Weights(), Weights(12_000), OrderCounts()
        self.records, self.user_data = Records(), UserData()
        self.watcher = Watcher()
        self.streams = Streams(symbol.name, market, self.records)
        self.misbehave = Misbehaviour(matching.plans.append)
        self.skew_ms = 0
        """By how much the server's clock is ahead of the wall's."""
        self.has_sapi = True
        self.is_in_maintenance = False
        self.refusing: set[str] = set()
        """Which web sockets are refused: `streams`, `ws_api`."""
        self._reports = count(9_000_001)
        self._generated_ids, self._books = count(1), count(400_900_217)
        self._scheduled: set[int] = set()

    def now_ms(self) -> int:
        """Return the server's time."""
        return int(time.time() * 1000) + self.skew_ms

    def generated_id(self) -> str:
        """Return a client order id for an order that was sent without one."""
        return f"and{next(self._generated_ids):019d}"

    def tell(self, happened: Iterable[Happened]) -> None:
        """Tell those who follow the account, count what trades, and see that planned parts follow."""
        now = self.now_ms()
        events: list[dict[str, Any]] = []
        for each in happened:
            if isinstance(each, Report):
                events.append(wording.execution_report(each, self.symbol.name, next(self._reports), now))
                if each.trade is not None:
                    self.order_counts.executed(each.order.order_id)
            else:
                events.append(wording.account_position(each, now))
        if events:
            self.user_data.tell(events, self.misbehave.user_data)
        self._schedule_parts()

    def tell_book(self) -> None:
        """Tell those who follow the book of its best prices."""
        self.streams.publish(
            f"{self.symbol.name.lower()}@bookTicker", {"u": next(self._books), "s": self.symbol.name, **self.book()}
        )

    def book(self) -> dict[str, str]:
        """Return the best prices as the stream has them."""
        depth = text(self.symbol.market_max_quantity)
        return {
            "b": text(self.matching.bid), "B": depth, "a": text(self.matching.ask), "A": depth,
        }  # fmt: skip

    def orders_by(self, order_id: int | None, client_order_id: str | None) -> list[Order]:
        """Return the orders of a number or a client's id, the newest first."""
        return [
            order
            for order in reversed(self.matching.orders)
            if (order_id is None or order.order_id == order_id)
            and (client_order_id is None or order.client_order_id == client_order_id)
        ]

    def _schedule_parts(self) -> None:
        for order_id, parts in self.matching.parts.items():
            if order_id not in self._scheduled:
                self._scheduled.add(order_id)
                asyncio.get_running_loop().call_later(parts.plan.seconds, self._next_part, order_id)

    def _next_part(self, order_id: int) -> None:
        self._scheduled.discard(order_id)
        (order,) = self.orders_by(order_id, None)
        self.tell(self.matching.next_part(order, self.now_ms()))
