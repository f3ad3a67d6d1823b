"""The matching engine of one account in one symbol: a book of endless depth at one bid and one ask. Pure.

Everything that happens is returned as values, in the order in which the exchange would tell of it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from itertools import count

from tests.venues.binance import filters
from tests.venues.binance.account import Account
from tests.venues.binance.orders import FillPlan, Happened, NewOrder, Order, Parts, Report, Trade
from tests.venues.binance.refusals import rejected
from tests.venues.binance.symbol import Symbol

_UNFILLED = {"IOC": "UNFILLED_IOC_QUANTITY_EXPIRED", "FOK": "UNFILLED_FOK_ORDER_EXPIRED"}
_AT_ONCE = FillPlan((Decimal(1),))


class Matching:
    """Places, executes and cancels; `spread` is what lies between bid and ask."""

    def __init__(self, symbol: Symbol, account: Account, price: Decimal, spread: Decimal = Decimal(0)) -> None:
        self.symbol, self.account, self.spread = symbol, account, spread
        self.price = price
        self.orders: list[Order] = []
        self.trades: list[Trade] = []
        self.doubled: list[str] = []
        """Client order ids that were taken again though an order of that id had been executed."""
        self.plans: deque[FillPlan] = deque()
        """How the next executions are to go, one after the other; at once and whole where none is left."""
        self.parts: dict[int, Parts] = {}
        """What is still to come of orders that are executed little by little, by their number."""
        self._order_ids, self._trade_ids = count(12_000_001), count(7_000_001)

    @property
    def bid(self) -> Decimal:
        """The price at which one can sell."""
        return self.price - self.spread / 2

    @property
    def ask(self) -> Decimal:
        """The price at which one can buy."""
        return self.price + self.spread / 2

    def open_orders(self) -> list[Order]:
        """Return the orders that rest, oldest first."""
        return [order for order in self.orders if order.is_open]

    def check(self, new: NewOrder) -> None:
        """Refuse what the exchange would refuse without looking at the account.

        Raises
        ------
        RefusedError
            In the exchange's words.
        """
        if self.symbol.status != "TRADING":
            raise rejected("Market is closed.")
        filters.check(self.symbol, new, self.open_orders(), self.price)

    def place(self, new: NewOrder, now: int) -> tuple[Order, list[Happened]]:
        """Take an order, and execute what can be executed at once.

        Raises
        ------
        RefusedError
            In the exchange's words; nothing has happened then.
        """
        self.check(new)
        same = [order for order in self.orders if order.client_order_id == new.client_order_id]
        if any(order.is_open for order in same):
            raise rejected("Duplicate order sent.")
        if self._triggers(new.side, new.stop_price):
            raise rejected("Stop price would trigger immediately.")
        reserve = self.ask if new.price is None else new.price
        order = Order(
            next(self._order_ids), new.client_order_id, new.side, new.type, new.time_in_force, new.quantity,
            new.price, new.stop_price, now, now, locked_price=reserve,
        )  # fmt: skip
        self._lock(order)
        if any(each.executed for each in same):
            self.doubled.append(new.client_order_id)
        self.orders.append(order)
        if order.stop_price is None:
            order.is_working, order.working_time = True, now
        happened: list[Happened] = [Report("NEW", replace(order)), self._balances()]
        if order.is_working:
            if self._crosses(order) or order.type == "MARKET":
                happened += self._begin(order, now, is_maker=False)
            if order.is_open and order.time_in_force in _UNFILLED:
                happened += self._end(order, "EXPIRED", now, _UNFILLED[order.time_in_force])
        return order, happened

    def cancel(self, order: Order, cancel_id: str, now: int) -> list[Happened]:
        """Take a resting order back."""
        order.cancel_id = cancel_id
        return self._end(order, "CANCELED", now)

    def expire(self, order: Order, reason: str, now: int) -> list[Happened]:
        """End a resting order as the exchange itself does."""
        return self._end(order, "EXPIRED", now, reason)

    def jump(self, price: Decimal, now: int) -> list[Happened]:
        """Let the market be at a price, without having been at those between."""
        self.price = price
        return [each for order in self.open_orders() for each in self._look_at(order, now)]

    def slide(self, price: Decimal, now: int) -> list[Happened]:
        """Let the market go to a price through all that lie between."""
        happened: list[Happened] = []
        for level in self._levels(self.price, price):
            happened += self.jump(level, now)
        return happened

    def next_part(self, order: Order, now: int) -> list[Happened]:
        """Execute the next part of an order that is executed little by little."""
        parts = self.parts.get(order.order_id)
        return [] if parts is None else self._execute_part(order, parts, now)

    def _look_at(self, order: Order, now: int) -> list[Happened]:
        happened: list[Happened] = []
        rested = order.is_working
        if not rested:
            if not self._triggers(order.side, order.stop_price):
                return []
            order.is_working, order.working_time, order.update_time = True, now, now
            happened.append(Report("NEW", replace(order)))
        if order.order_id not in self.parts and self._crosses(order):
            happened += self._begin(order, now, is_maker=rested)
        return happened

    def _triggers(self, side: str, stop: Decimal | None) -> bool:
        if stop is None:
            return False
        return self.price >= stop if side == "BUY" else self.price <= stop

    def _crosses(self, order: Order) -> bool:
        if order.price is None:
            return True
        return self.ask <= order.price if order.is_buy else self.bid >= order.price

    def _levels(self, begin: Decimal, end: Decimal) -> Iterator[Decimal]:
        """Yield the prices on the way at which something happens to an order, and the last one."""
        half = self.spread / 2
        wanted = {order.stop_price for order in self.open_orders() if order.stop_price is not None}
        wanted |= {
            order.price - half if order.is_buy else order.price + half
            for order in self.open_orders()
            if order.price is not None
        }
        between = {level for level in wanted if min(begin, end) < level < max(begin, end)}
        yield from sorted(between, reverse=end < begin)
        yield end

    def _begin(self, order: Order, now: int, *, is_maker: bool) -> list[Happened]:
        plan = self.plans.popleft() if self.plans else _AT_ONCE
        amounts = deque(
            (order.remaining * share / self.symbol.step).to_integral_value(ROUND_DOWN) * self.symbol.step
            for share in plan.shares
        )
        if not plan.then_expires:
            amounts[-1] = order.remaining - sum(list(amounts)[:-1], Decimal(0))
        parts = Parts(deque(amount for amount in amounts if amount), plan, is_maker)
        self.parts[order.order_id] = parts
        if not parts.amounts:
            return self._finish_parts(order, parts, now)
        happened = self._execute_part(order, parts, now)
        while not plan.seconds and order.order_id in self.parts:
            happened += self._execute_part(order, parts, now)
        return happened

    def _execute_part(self, order: Order, parts: Parts, now: int) -> list[Happened]:
        amount = parts.amounts.popleft()
        price = self.ask if order.is_buy else self.bid
        if order.price is not None and (parts.is_maker or not self._crosses(order)):
            price = order.price
        happened = self._execute(order, amount, price, now, is_maker=parts.is_maker)
        if not parts.amounts:
            happened += self._finish_parts(order, parts, now)
        return happened

    def _finish_parts(self, order: Order, parts: Parts, now: int) -> list[Happened]:
        self.parts.pop(order.order_id, None)
        if order.is_open and parts.plan.then_expires:
            return self._end(order, "EXPIRED", now, "INSUFFICIENT_LIQUIDITY")
        return []

    def _execute(self, order: Order, amount: Decimal, price: Decimal, now: int, *, is_maker: bool) -> list[Happened]:
        base, quote = self.symbol.base, self.symbol.quote
        value = amount * price
        if order.is_buy:
            self.account.spend_locked(quote, amount * order.locked_price)
            self.account.add(quote, amount * order.locked_price - value)
            self.account.add(base, amount)
            fee, asset = self.account.charge(base, amount, value, is_maker=is_maker)
        else:
            self.account.spend_locked(base, amount)
            self.account.add(quote, value)
            fee, asset = self.account.charge(quote, value, value, is_maker=is_maker)
        trade = Trade(next(self._trade_ids), order.order_id, price, amount, fee, asset, now, order.is_buy, is_maker)
        self.trades.append(trade)
        order.trades.append(trade)
        order.executed += amount
        order.executed_quote += value
        order.update_time = now
        order.status = "PARTIALLY_FILLED" if order.remaining else "FILLED"
        return [Report("TRADE", replace(order), trade), self._balances()]

    def _end(self, order: Order, status: str, now: int, reason: str = "") -> list[Happened]:
        self.parts.pop(order.order_id, None)
        self._unlock(order)
        order.status, order.update_time, order.expiry_reason = status, now, reason
        order.is_working = False
        return [Report(status, replace(order)), self._balances()]

    def _lock(self, order: Order) -> None:
        if order.is_buy:
            self.account.lock(self.symbol.quote, order.quantity * order.locked_price)
        else:
            self.account.lock(self.symbol.base, order.quantity)

    def _unlock(self, order: Order) -> None:
        if order.is_buy:
            self.account.unlock(self.symbol.quote, order.remaining * order.locked_price)
        else:
            self.account.unlock(self.symbol.base, order.remaining)

    def _balances(self) -> Happened:
        assets = [self.symbol.base, self.symbol.quote]
        if self.account.fees.bnb_price is not None:
            assets.append("BNB")
        return self.account.told(*assets)
