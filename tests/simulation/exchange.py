"""A spot exchange: one account, one symbol, orders matched against a price. It keeps to the rules of Binance.

An id is unique among open orders only: that of a filled order is taken again, and fills again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from random import Random

from adapters.instrument import InstrumentSpec
from adapters.live.broker import Execution, Holdings, OrderPhase, OrderRequest, OrderState
from strategies.errors import OrderRefusedError
from tests.simulation.plan import Manners

_NOTHING = Decimal(0)
_SMALLEST = Decimal("0.00000001")
_SPARE_COINS, _SPARE_CASH = Decimal(50), Decimal(5000)


@dataclass(slots=True)
class Placed:
    """An order as the exchange has it; `active` once the price was at its stop, `seen_from` when it can be found."""

    request: OrderRequest
    number: str
    executions: list[Execution] = field(default_factory=list)
    phase: OrderPhase = OrderPhase.OPEN
    active: bool = False
    stuck: bool = False
    seen_from: float = 0.0
    detail: str = ""

    @property
    def left(self) -> Decimal:
        """What was not executed."""
        return self.request.quantity - sum((each.quantity for each in self.executions), _NOTHING)

    def state(self, executions: tuple[Execution, ...] | None = None) -> OrderState:
        """Return what the exchange says of it."""
        told = tuple(self.executions) if executions is None else executions
        return OrderState(self.request.client_order_id, self.number, self.phase, told, self.detail or self.phase)


class Exchange:
    """Keeps the account. `report` hears of every change of an order, `watch` of every execution."""

    def __init__(
        self, spec: InstrumentSpec, manners: Manners, quote: Decimal, random: Random, clock: Callable[[], datetime]
    ) -> None:
        self.spare = (_SPARE_COINS, _SPARE_CASH) if manners.spare else (_NOTHING, _NOTHING)
        self.base, self.quote = self.spare[0], quote + self.spare[1]
        self.price = Decimal(100)
        self.orders: list[Placed] = []
        self.report: Callable[[OrderState], None] = lambda state: None
        self.watch: Callable[[Placed, Execution], None] = lambda order, execution: None
        self.over: Callable[[str], None] = lambda order_id: None
        self._spec, self._manners, self._random, self._clock = spec, manners, random, clock
        self._by_id: dict[str, Placed] = {}

    @property
    def open(self) -> list[Placed]:
        """The orders that stand."""
        return [each for each in self.orders if each.phase is OrderPhase.OPEN]

    def deposit(self) -> None:
        """Let the owner bring money of its own: no entry fails any more because a price is a little higher."""
        self._manners = replace(self._manners, stuck=0.0)
        self.spare = (self.spare[0], self.spare[1] + _SPARE_CASH)
        self.quote += _SPARE_CASH

    def find(self, order_id: str) -> Placed | None:
        """Return the last order of that id."""
        return self._by_id.get(order_id)

    def holdings(self) -> Holdings:
        """Return what the account has."""
        resting = tuple(each.request.client_order_id for each in self.open)
        return Holdings(self.base, self.base - self._locked(), self.quote, self.quote, resting)

    def place(self, request: OrderRequest, now: float) -> Placed:
        """Take an order.

        Raises
        ------
        OrderRefusedError
            For the exchange's reasons.
        """
        known = self._by_id.get(request.client_order_id)
        if known is not None and known.phase is OrderPhase.OPEN:
            raise OrderRefusedError("-2010", "Duplicate order sent.")
        self._hold_to_rules(request)
        order = Placed(request, str(1000 + len(self.orders)), seen_from=now)
        self.orders.append(order)
        self._by_id[request.client_order_id] = order
        self.report(order.state(()))
        if request.stop_price is None and self._manners.stuck and self._random.random() < self._manners.stuck:
            self._stick(order)
        elif request.stop_price is None and self._manners.at_once:
            self.match(order, whole=True)
        return order

    def cancel(self, order_id: str, detail: str = "CANCELED") -> None:
        """Take an order back.

        Raises
        ------
        OrderRefusedError
            If none of that id stands.
        """
        order = self._by_id.get(order_id)
        if order is None or order.phase is not OrderPhase.OPEN:
            raise OrderRefusedError("-2011", "Unknown order sent.")
        self.end(order, detail)

    def end(self, order: Placed, detail: str) -> None:
        """End an order, whoever wants it."""
        order.phase, order.detail = OrderPhase.ENDED, detail
        self.over(order.request.client_order_id)
        self.report(order.state())

    def move(self, price: Decimal) -> None:
        """Take in a new price and execute what it allows."""
        self.price = price
        for order in self.open:
            self.match(order)

    def match(self, order: Placed, *, whole: bool = False) -> None:
        """Execute an order as far as the price allows, in parts if the venue's manners are such."""
        while order.phase is OrderPhase.OPEN and not order.stuck and (price := self._price_for(order)) is not None:
            parts = 1 if order.left <= self._spec.size_step else self._random.randint(1, self._manners.parts)
            part = self._spec.round_size_down(order.left / parts) if parts > 1 else order.left
            if not self._execute(order, part or order.left, price) or not whole:
                return
            if order.left and self._random.random() < self._manners.thin:
                self.end(order, "EXPIRED")

    def force(self, order: Placed, *, whole: bool) -> None:
        """Execute a stop, or half of it, as if the price had touched it for a moment."""
        request = order.request
        if order.phase is OrderPhase.OPEN and request.stop_price is not None:
            order.active = True
            half = self._spec.round_size_down(order.left / 2)
            self._execute(order, order.left if whole or not half else half, request.stop_price)

    def _stick(self, order: Placed) -> None:
        half = self._spec.round_size_down(order.left / 2)
        if half and self._random.random() < 0.5:
            self._execute(order, half, self._slipped(order.request.side))
        order.stuck = True

    def _hold_to_rules(self, request: OrderRequest) -> None:
        spec, stop = self._spec, request.stop_price
        at = self.price if request.limit_price is None else request.limit_price
        if request.quantity % spec.size_step or request.quantity < spec.min_quantity:
            raise OrderRefusedError("-1013", "Filter failure: LOT_SIZE")
        if any(price is not None and price % spec.price_step for price in (stop, request.limit_price)):
            raise OrderRefusedError("-1013", "Filter failure: PRICE_FILTER")
        if request.quantity * at < spec.min_notional:
            raise OrderRefusedError("-1013", "Filter failure: NOTIONAL")
        if stop is not None and self.price <= stop:
            raise OrderRefusedError("-2010", "Stop price would trigger immediately.")
        buys = request.side == "buy"
        cost = request.quantity * self._slipped("buy") * (1 + self._manners.fee)
        if cost > self.quote if buys else request.quantity > self.base - self._locked():
            raise OrderRefusedError("-2010", "Account has insufficient balance for requested action.")

    def _locked(self) -> Decimal:
        return sum((each.left for each in self.open if each.request.side == "sell"), _NOTHING)

    def _price_for(self, order: Placed) -> Decimal | None:
        request = order.request
        if request.stop_price is None or request.limit_price is None:
            return self._slipped(request.side)
        order.active = order.active or self.price <= request.stop_price
        return self.price if order.active and self.price >= request.limit_price else None

    def _slipped(self, side: str) -> Decimal:
        share = Decimal(str(self._manners.slip))
        return self._spec.round_price(self.price * (1 + share if side == "buy" else 1 - share))

    def _execute(self, order: Placed, quantity: Decimal, price: Decimal) -> bool:
        spec, manners, value = self._spec, self._manners, quantity * price
        if order.request.side == "buy":
            if value * (1 + manners.fee) > self.quote:
                self.end(order, "EXPIRED")
                return False
            self.quote -= value
            self.base += quantity
        else:
            self.base -= quantity
            self.quote += value
        in_coin = manners.fee_in_coin and order.request.side == "buy"
        fee = ((quantity if in_coin else value) * manners.fee).quantize(_SMALLEST, ROUND_DOWN)
        if in_coin:
            self.base -= fee
        else:
            self.quote -= fee
        number = f"{order.number}.{len(order.executions)}"
        execution = Execution(number, quantity, price, fee, spec.base if in_coin else spec.quote, self._clock())
        order.executions.append(execution)
        if not order.left:
            order.phase = OrderPhase.FILLED
        self.watch(order, execution)
        self.report(order.state() if order.phase is OrderPhase.FILLED else order.state((execution,)))
        return True
