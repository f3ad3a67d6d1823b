"""The double's orders, executions and account: what a broker keeps whether anybody is connected or not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tests.venues.tws.instruments import Instrument

OPEN = ("PendingSubmit", "PreSubmitted", "Submitted")


@dataclass(slots=True)
class Order:
    """An order as the venue has it."""

    order_id: int
    client_id: int
    perm_id: int
    instrument: Instrument
    account: str
    action: str
    quantity: Decimal
    type: str
    limit: Decimal | None
    stop: Decimal | None
    tif: str
    ref: str
    outside_rth: bool = False
    status: str = "PreSubmitted"
    filled: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    triggered: bool = False

    @property
    def stands(self) -> bool:
        """Whether it may still be executed."""
        return self.status in OPEN

    @property
    def average(self) -> Decimal:
        """The average price of its executions."""
        return self.value / self.filled if self.filled else Decimal(0)


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; `number` is the venue's id of it."""

    number: str
    order: Order
    quantity: Decimal
    price: Decimal
    time: datetime
    total: Decimal
    average: Decimal
    commission: Decimal
    currency: str


@dataclass(slots=True)
class Books:
    """One login's accounts; orders and executions of the day."""

    accounts: tuple[str, ...]
    cash: dict[str, Decimal] = field(default_factory=lambda: {"USD": Decimal(100_000)})
    values: dict[str, Decimal] = field(default_factory=lambda: {"USD": Decimal(1), "EUR": Decimal("1.08")})
    positions: dict[tuple[str, int], Decimal] = field(default_factory=dict)
    instruments: dict[int, Instrument] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    completed: list[Order] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    commission: Decimal = Decimal("1.00")
    commission_currency: str = "USD"
    next_order_id: int = 1
    _perm_id: int = 1_700_000_000
    _execution: int = 0

    def perm_id(self) -> int:
        """Return a number that no order has."""
        self._perm_id += 1
        return self._perm_id

    def execute(self, order: Order, quantity: Decimal, price: Decimal) -> Execution:
        """Book an execution."""
        self._execution += 1
        order.filled += quantity
        order.value += quantity * price
        if order.filled == order.quantity:
            self.end(order, "Filled")
        else:
            order.status = "Submitted"
        done = Execution(
            f"0000e0d5.{self._execution:08x}.01.01", order, quantity, price, datetime.now(UTC).replace(microsecond=0),
            order.filled, order.average, self.commission, self.commission_currency,
        )  # fmt: skip
        self.executions.append(done)
        signed = quantity if order.action == "BUY" else -quantity
        instrument = order.instrument
        if instrument.is_forex:
            self._pay(instrument.symbol, signed)
        else:
            held = (order.account, instrument.con_id)
            self.positions[held] = self.positions.get(held, Decimal(0)) + signed
            self.instruments[instrument.con_id] = instrument
        self._pay(instrument.currency, -signed * price)
        self._pay(self.commission_currency, -self.commission)
        return done

    def end(self, order: Order, status: str) -> None:
        """Let an order end."""
        order.status = status
        self.completed.append(order)

    def begin_day(self) -> None:
        """Forget what TWS does not tell any more on the next day."""
        self.executions.clear()
        self.completed.clear()
        self.orders = [order for order in self.orders if order.stands]

    def find(self, ref: str) -> Order:
        """Return the last order of that reference."""
        return next(order for order in reversed(self.orders) if order.ref == ref)

    def _pay(self, currency: str, amount: Decimal) -> None:
        self.cash[currency] = self.cash.get(currency, Decimal(0)) + amount
