"""The account and its orders: filters, balances, fills, stops. Pure; times are milliseconds of the wall clock."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from tests.venues.spot.refusing import (
    AT_ONCE,
    DUPLICATE,
    NO_BALANCE,
    NO_ORDER,
    NOTHING_TO_CANCEL,
    Refused,
    filter_failure,
)

D = Decimal
OPEN = ("NEW", "PARTIALLY_FILLED")


@dataclass(slots=True)
class Symbol:
    """What is traded and in which steps."""

    name: str
    base: str
    quote: str
    tick: Decimal = D("0.01")
    step: Decimal = D("0.00001")
    least: Decimal = D("0.00001")
    notional: Decimal = D(5)


@dataclass(slots=True)
class Execution:
    """One trade of an order."""

    number: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    coin: str
    time: int


@dataclass(slots=True)
class Order:
    """An order as the exchange keeps it."""

    number: int
    client_id: str
    side: str
    kind: str
    quantity: Decimal
    price: Decimal
    stop: Decimal
    time: int
    status: str = "NEW"
    working: bool = True
    executions: list[Execution] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        """How much of it was executed."""
        return sum((each.quantity for each in self.executions), D(0))

    @property
    def is_open(self) -> bool:
        """Whether it may be executed any further."""
        return self.status in OPEN


class Account:
    """Balances and orders of one key in one symbol.

    `fee_coin` None takes the commission of a buy from the coin bought and that of a sell from the proceeds, as the
    exchange does; a name takes it in that coin at `fee_price`. `portions` are the fractions of fills.
    """

    def __init__(self, symbol: Symbol, cash: Decimal, fee_rate: Decimal) -> None:
        self.symbol, self.fee_rate = symbol, fee_rate
        self.free = {symbol.base: D(0), symbol.quote: cash}
        self.locked = {symbol.base: D(0), symbol.quote: D(0)}
        self.bid = self.ask = D(0)
        self.orders: list[Order] = []
        self.fee_coin: str | None = None
        self.fee_price = D(600)
        self.portions: tuple[Decimal, ...] = (D(1),)
        self.doubled: list[str] = []
        self._numbers, self._trades = count(1001), count(50_001)

    def total(self, coin: str) -> Decimal:
        """Return what is held of a coin."""
        return self.free.get(coin, D(0)) + self.locked.get(coin, D(0))

    def place(self, asked: dict[str, str], now: int) -> Order:
        """Take an order in, and execute what of it can be executed now.

        Raises
        ------
        Refused
            As the exchange would.
        """
        order = self._read(asked, now)
        same = [each for each in self.orders if each.client_id == order.client_id]
        if any(each.is_open for each in same):
            raise DUPLICATE
        if order.kind == "STOP_LOSS_LIMIT" and order.stop >= self.bid:
            raise AT_ONCE
        self._lock(order)
        if same:
            self.doubled.append(order.client_id)
        self.orders.append(order)
        return order

    def execute(self, order: Order, portion: Decimal, now: int) -> Execution:
        """Execute a part of a market order at the best price."""
        step = self.symbol.step
        left = order.quantity - order.filled
        quantity = min(left, (order.quantity * portion / step).to_integral_value() * step)
        return self._trade(
            order, quantity if quantity > 0 else left, self.ask if order.side == "BUY" else self.bid, now
        )

    def trigger(self, now: int) -> list[tuple[Order, Execution | None]]:
        """Wake the stops that the bid has reached, and fill those that it does not leave behind."""
        happened: list[tuple[Order, Execution | None]] = []
        for order in self.orders:
            if not order.is_open or order.kind != "STOP_LOSS_LIMIT":
                continue
            if not order.working and self.bid <= order.stop:
                order.working = True
                happened.append((order, None))
            if order.working and self.bid >= order.price:
                happened.append((order, self._trade(order, order.quantity - order.filled, self.bid, now)))
        return happened

    def cancel(self, client_id: str) -> Order:
        """Take an open order back."""
        order = next((each for each in self.orders if each.client_id == client_id and each.is_open), None)
        if order is None:
            raise NOTHING_TO_CANCEL
        self.end(order, "CANCELED")
        return order

    def end(self, order: Order, status: str) -> None:
        """End an order that was not filled whole, and free what it locked."""
        order.status = status
        coin, rest = self.symbol.base, order.quantity - order.filled
        if order.side == "SELL":
            self.locked[coin] -= rest
            self.free[coin] += rest

    def find(self, client_id: str) -> Order:
        """Return the newest order of an id."""
        found = next((each for each in reversed(self.orders) if each.client_id == client_id), None)
        if found is None:
            raise NO_ORDER
        return found

    def _read(self, asked: dict[str, str], now: int) -> Order:
        symbol, kind = self.symbol, asked["type"]
        quantity = D(asked["quantity"])
        price, stop = D(asked.get("price", "0")), D(asked.get("stopPrice", "0"))
        if quantity % symbol.step or quantity < symbol.least:
            raise filter_failure("LOT_SIZE")
        if kind == "STOP_LOSS_LIMIT":
            if asked.get("timeInForce") != "GTC" or not price or not stop:
                raise Refused(-1102, "Mandatory parameter was not sent, was empty/null, or malformed.")
            if price % symbol.tick or stop % symbol.tick:
                raise filter_failure("PRICE_FILTER")
        elif kind != "MARKET" or price or stop:
            raise Refused(-1106, "A parameter was sent when not required.")
        if quantity * (price or (self.ask if asked["side"] == "BUY" else self.bid)) < symbol.notional:
            raise filter_failure("NOTIONAL")
        return Order(
            next(self._numbers), asked["newClientOrderId"], asked["side"], kind, quantity, price, stop, now,
            working=kind == "MARKET",
        )  # fmt: skip

    def _lock(self, order: Order) -> None:
        base, quote = self.symbol.base, self.symbol.quote
        if order.side == "BUY":
            if order.quantity * self.ask > self.free[quote]:
                raise NO_BALANCE
            return
        if order.quantity > self.free[base]:
            raise NO_BALANCE
        self.free[base] -= order.quantity
        self.locked[base] += order.quantity

    def _trade(self, order: Order, quantity: Decimal, price: Decimal, now: int) -> Execution:
        base, quote = self.symbol.base, self.symbol.quote
        value = quantity * price
        if order.side == "BUY":
            self.free[quote] -= value
            self.free[base] += quantity
        else:
            self.locked[base] -= quantity
            self.free[quote] += value
        coin = self.fee_coin or (base if order.side == "BUY" else quote)
        amount = {base: quantity, quote: value}.get(coin, value / self.fee_price) * self.fee_rate
        fee = amount.quantize(D("0.00000001"))
        self.free[coin] = self.free.get(coin, D(0)) - fee
        done = Execution(next(self._trades), quantity, price, fee, coin, now)
        order.executions.append(done)
        order.status = "FILLED" if order.filled == order.quantity else "PARTIALLY_FILLED"
        return done
