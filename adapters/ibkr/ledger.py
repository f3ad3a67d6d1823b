"""What the gateway said of each order, put together from messages that come in any order. Pure.

An order is known here by the reference that the bot gave it. Executions decide how much was traded, statuses only
whether more can follow: either may be missing or late.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal

from adapters.ibkr.codes import Trouble
from adapters.ibkr.news import Charged, Executed, OrderListed, OrderNews, OrderTroubled, StatusTold
from adapters.live.broker import OrderPhase

FILLED = "Filled"
ENDED = ("Cancelled", "ApiCancelled", "Inactive")
_FINAL = (FILLED, "Cancelled", "ApiCancelled")
# It was handed to the gateway, and nothing more is known.
_ON_ITS_WAY = ("", "PendingSubmit", "ApiPending")
_REMEMBERED = 1000


@dataclass(slots=True)
class Known:
    """One order; `came` is when each execution was first heard of, by a clock that only goes forward."""

    ref: str
    order_id: int = 0
    client_id: int = 0
    perm_id: int = 0
    side: str = ""
    quantity: Decimal = Decimal(0)
    status: str = ""
    filled: Decimal = Decimal(0)
    executions: dict[str, Executed] = field(default_factory=dict)
    came: dict[str, float] = field(default_factory=dict)
    charges: dict[str, Charged] = field(default_factory=dict)
    trouble: Trouble | None = None

    @property
    def executed(self) -> Decimal:
        """How much its executions amount to."""
        return sum((each.quantity for each in self.executions.values()), Decimal(0))

    @property
    def is_taken(self) -> bool:
        """Whether the venue has it, or had it."""
        return bool(self.executions) or self.status not in _ON_ITS_WAY

    @property
    def phase(self) -> OrderPhase:
        """How far it has come, as far as executions bear it out."""
        if 0 < self.quantity <= self.executed:
            return OrderPhase.FILLED
        if self.status in ENDED and self.executed >= self.filled:
            return OrderPhase.ENDED
        return OrderPhase.OPEN

    @property
    def lacks_executions(self) -> bool:
        """Whether it ended by its status, but executions that it must have were not told."""
        return self.status in (FILLED, *ENDED) and self.phase is OrderPhase.OPEN

    def uncharged(self) -> list[str]:
        """Return the executions whose fees are not known yet."""
        return [number for number in self.executions if number not in self.charges]


class Ledger:
    """Takes news and says whose they are."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, Known] = OrderedDict()
        self._by_perm_id: dict[int, str] = {}
        self._by_order_id: dict[tuple[int, int], str] = {}
        self._early_charges: OrderedDict[str, Charged] = OrderedDict()
        self._whose: dict[str, str] = {}

    def __getitem__(self, ref: str) -> Known:
        return self._orders[ref]

    def get(self, ref: str) -> Known | None:
        """Return an order, if anything was heard of it."""
        return self._orders.get(ref)

    def expect(self, ref: str, order_id: int, client_id: int, side: str, quantity: Decimal) -> Known:
        """Note an order that is about to be sent."""
        known = self._known(ref)
        known.order_id, known.client_id, known.side, known.quantity = order_id, client_id, side, quantity
        self._by_order_id[client_id, order_id] = ref
        return known

    def take(self, news: OrderNews, client_id: int, now: float) -> str | None:
        """Note news; return the reference of the order that changed, if it is one that has a reference.

        `client_id` is our own: errors name orders by number alone.

        Raises
        ------
        ValueError
            If an execution is told that can be none.
        """
        match news:
            case OrderListed():
                return self._listed(news)
            case StatusTold():
                return self._status(news)
            case Executed():
                return self._executed(news, now)
            case Charged():
                return self._charged(news)
            case OrderTroubled():
                return self._troubled(news, client_id)

    def _listed(self, news: OrderListed) -> str | None:
        if not news.ref:
            return None
        known = self._known(news.ref)
        known.side, known.quantity, known.perm_id = news.side, news.quantity, news.perm_id or known.perm_id
        if not news.completed:
            known.order_id, known.client_id = news.order_id, news.client_id
            self._by_order_id[news.client_id, news.order_id] = news.ref
        if news.perm_id:
            self._by_perm_id[news.perm_id] = news.ref
        if news.filled is not None:
            known.filled = max(known.filled, news.filled)
        self._advance(known, news.status)
        return news.ref

    def _status(self, news: StatusTold) -> str | None:
        ref = self._by_order_id.get((news.client_id, news.order_id)) or self._by_perm_id.get(news.perm_id)
        if ref is None:
            return None
        known = self._known(ref)
        known.perm_id = news.perm_id or known.perm_id
        known.filled = max(known.filled, news.filled)
        self._advance(known, news.status)
        return ref

    def _executed(self, news: Executed, now: float) -> str | None:
        ref = news.ref or self._by_perm_id.get(news.perm_id)
        if not ref:
            return None
        if news.quantity <= 0 or news.price <= 0:
            raise ValueError(f"{news.quantity} units at {news.price} are no execution")
        known = self._known(ref)
        known.perm_id = news.perm_id or known.perm_id
        known.order_id, known.client_id = known.order_id or news.order_id, known.client_id or news.client_id
        # What follows the last point counts corrections of one and the same execution.
        number = news.execution_id.rpartition(".")[0] or news.execution_id
        self._whose[news.execution_id] = ref
        if number not in known.executions:
            known.executions[number] = news
            known.came[number] = now
        if (charge := self._early_charges.pop(news.execution_id, None)) is not None:
            known.charges.setdefault(number, charge)
        return ref

    def _charged(self, news: Charged) -> str | None:
        ref = self._whose.get(news.execution_id)
        if ref is None:
            # Those of other clients' orders never find theirs.
            self._early_charges[news.execution_id] = news
            while len(self._early_charges) > _REMEMBERED:
                self._early_charges.popitem(last=False)
            return None
        self._known(ref).charges[news.execution_id.rpartition(".")[0] or news.execution_id] = news
        return ref

    def _troubled(self, news: OrderTroubled, client_id: int) -> str | None:
        ref = self._by_order_id.get((client_id, news.order_id))
        if ref is not None:
            self._known(ref).trouble = news.trouble
        return ref

    def _advance(self, known: Known, status: str) -> None:
        # Messages that were on their way may come after the last word. An inactive order can still be woken up.
        if known.status not in _FINAL:
            known.status = status

    def _known(self, ref: str) -> Known:
        known = self._orders.setdefault(ref, Known(ref))
        self._orders.move_to_end(ref)
        while len(self._orders) > _REMEMBERED:
            self._forget(self._orders.popitem(last=False)[1])
        return known

    def _forget(self, known: Known) -> None:
        self._by_perm_id.pop(known.perm_id, None)
        self._by_order_id.pop((known.client_id, known.order_id), None)
        for executed in known.executions.values():
            self._whose.pop(executed.execution_id, None)
