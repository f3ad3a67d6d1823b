"""What happened since the last commit, and the commit: the one way from the trader to its journal."""

from collections.abc import Callable

from bots.trading.events import Event
from bots.trading.halts import Halt
from bots.trading.keeping import Change, Journal, OrderUpdate, TraderState
from bots.trading.order_machine import OrderStatus
from bots.trading.orders import OrderIntent


class Diary:
    """Collects a change until it is committed as a whole.

    Parameters
    ----------
    journal : Journal
        Where it is kept.
    state : callable
        Returns what belongs to it: everything that a restarted trader goes on from.
    watch : callable, optional
        Called with each change after it was committed.
    """

    def __init__(
        self, journal: Journal, state: Callable[[], TraderState | None], watch: Callable[[Change], None] | None = None
    ) -> None:
        self.change = Change()
        self._journal, self._state, self._watch = journal, state, watch

    def tell(self, event: Event | None) -> None:
        """Add what a person is told, if there is something."""
        if event is not None:
            self.change.events.append(event)

    def update(self, order_id: str, status: OrderStatus, detail: str = "") -> None:
        """Add a step in an order's life."""
        self.change.updates.append(OrderUpdate(order_id, status, detail))

    def intend(self, intent: OrderIntent) -> OrderIntent:
        """Add an order that was decided on, and return it."""
        self.change.intents.append(intent)
        return intent

    def commit(self, *, urgent: bool) -> None:
        """Keep what was collected; nobody acts on it or hears of it before."""
        change, self.change = self.change, Change()
        self._journal.commit(change, self._state, urgent=urgent or bool(change.events))
        if self._watch is not None:
            self._watch(change)

    def standing_halt(self) -> Halt | None:
        """Return the halt that no person has lifted in the journal yet."""
        return self._journal.standing_halt()
