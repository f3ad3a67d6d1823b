"""The bot's orders of which the end is not known yet. Pure bookkeeping."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from bots.trading.order_machine import OrderStatus, step
from bots.trading.orders import Fill, OrderIntent

_FILLED_REMEMBERED = 256


@dataclass(slots=True)
class PendingEntry:
    """An entry order on its way: its lot's marks and age are kept as if it were filled already."""

    intent: OrderIntent
    marks: Any
    bars_held: int = 0


class OpenOrders:
    """Knows which orders are open and how far they have come, which are entries, and what was booked of them."""

    def __init__(self) -> None:
        self.intents: dict[str, OrderIntent] = {}
        self.entries: dict[str, PendingEntry] = {}
        self.leaving: set[str] = set()
        """Market orders that are being taken back."""
        self._statuses: dict[str, OrderStatus] = {}
        self._booked: dict[str, set[str]] = {}
        self._filled: deque[str] = deque(maxlen=_FILLED_REMEMBERED)

    def add(self, intent: OrderIntent, entry: PendingEntry | None = None) -> OrderIntent:
        """Take in an order, with what its lot will need if it is an entry; return its intent."""
        self.intents[intent.client_order_id] = intent
        self._statuses[intent.client_order_id] = OrderStatus.INTENT
        if entry is not None:
            self.entries[intent.client_order_id] = entry
        return intent

    def take(self, order_id: str, word: OrderStatus) -> OrderStatus | None:
        """Take in a word about an order; return what it has become by it, None where that changes nothing."""
        if order_id not in self.intents:
            return None
        became = step(self._statuses[order_id], word)
        if became is not None:
            self._statuses[order_id] = became
        return became

    def unexecuted(self) -> list[str]:
        """Return the market orders that the venue has taken and not executed whole, though it should at once."""
        at_venue = (OrderStatus.ACCEPTED, OrderStatus.PARTLY_FILLED)
        return [
            order_id
            for order_id, intent in self.intents.items()
            if not intent.is_stop and self._statuses[order_id] in at_venue and order_id not in self.leaving
        ]

    def filled(self, order_id: str) -> None:
        """Note that an order was filled whole: a venue that tells of it again says nothing new."""
        self._filled.append(order_id)

    def is_strange(self, order_id: str) -> bool:
        """Say whether an order is neither open nor known to be filled, so that an execution of it has no place."""
        return order_id not in self.intents and order_id not in self._filled

    def forget(self, order_id: str) -> PendingEntry | None:
        """Let go of an order whose end is known; return what was kept of an entry."""
        self.intents.pop(order_id, None)
        self._statuses.pop(order_id, None)
        self.leaving.discard(order_id)
        self._booked.pop(order_id, None)
        return self.entries.pop(order_id, None)

    def is_entering(self, lot: int) -> bool:
        """Say whether an entry of this lot is still on its way."""
        return any(entry.intent.lot == lot for entry in self.entries.values())

    def has_booked(self, order_id: str) -> bool:
        """Say whether an execution of an open order was booked."""
        return bool(self._booked.get(order_id))

    def is_new(self, fill: Fill) -> bool:
        """Say whether an execution is of an open order and was not booked yet; from now on it counts as booked."""
        if fill.client_order_id not in self.intents:
            return False
        booked = self._booked.setdefault(fill.client_order_id, set())
        if fill.trade_id in booked:
            return False
        booked.add(fill.trade_id)
        return True

    def remember_booked(self, order_id: str, trade_id: str) -> None:
        """Note an execution that an earlier run has booked."""
        self._booked.setdefault(order_id, set()).add(trade_id)
