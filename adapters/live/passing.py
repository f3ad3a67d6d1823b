"""Between a node and a broker: orders are sent and taken back, and what comes of them is passed on once. No Nautilus.

The node is Nautilus' in production and a small one in simulations: what is decided here is the same in both.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from adapters.live.broker import Execution, LiveBroker, OrderPhase, OrderRequest, OrderState
from adapters.live.line import Line
from adapters.live.sending import Sender
from strategies.desk import NEVER_ARRIVED
from strategies.errors import OrderRefusedError, VenueError, VenueLostError, VenueRefusedError

_REMEMBERED = 256
_PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# Reports may be lost without the stream breaking off: what rests is asked for now and then.
_LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that is not over as far as the node knows; `venue_order_id` once it was accepted there."""

    quantity: Decimal
    venue_order_id: str | None


class Node(Protocol):
    """What the node knows of its orders, and what it is told of them; it may take a word in a moment later."""

    def placed(self, order_id: str) -> Placed | None:
        """Return an order of the node's own; None for one that is over, and for everybody else's."""
        ...

    def open_orders(self) -> Sequence[str]:
        """Return the ids of the orders that stand at the venue as far as the node knows."""
        ...

    def accepted(self, order_id: str, venue_order_id: str) -> None:
        """Hear that the venue has an order."""
        ...

    def filled(self, order_id: str, venue_order_id: str, execution: Execution) -> None:
        """Hear of an execution."""
        ...

    def cancelled(self, order_id: str, venue_order_id: str) -> None:
        """Hear that an order ended before all of it was executed."""
        ...

    def rejected(self, order_id: str, why: str) -> None:
        """Hear that an order was not taken."""
        ...

    def cancel_rejected(self, order_id: str, why: str) -> None:
        """Hear that an order could not be taken back."""
        ...


@dataclass(slots=True)
class Known:
    """What was passed on of an order."""

    accepted: bool = False
    ended: bool = False
    booked: set[str] = field(default_factory=set)
    filled: Decimal = Decimal(0)

    def news(self, state: OrderState) -> list[Execution]:
        """Return the executions that were not passed on yet; from now on they count as such."""
        new = [each for each in state.executions if each.trade_id not in self.booked]
        self.booked.update(each.trade_id for each in new)
        self.filled += sum((each.quantity for each in new), Decimal(0))
        return new


class Passing:
    """Carries the orders of one node to a broker, and back what the venue says of them.

    Parameters
    ----------
    node : Node
        Whose orders they are.
    broker : LiveBroker
        Where they go.
    line : Line
        Is told of what is not answered.
    """

    def __init__(self, node: Node, broker: LiveBroker, line: Line) -> None:
        self._node, self._broker, self._line = node, broker, line
        self._sender = Sender(broker, line)
        self._orders: OrderedDict[str, Known] = OrderedDict()
        self._forgotten: set[str] = set()
        self._unanswered: dict[str, asyncio.Event] = {}
        self._leaving: set[str] = set()
        self._hears = False

    async def submit(self, order: OrderRequest) -> None:
        """Send an order and pass on what became of it."""
        order_id = order.client_order_id
        known = self._known(order_id)
        self._unanswered[order_id] = answered = asyncio.Event()
        try:
            state = await self._sender.submit(order)
        except OrderRefusedError as error:
            why = f"{error} [{error.code}]" if error.code else str(error)
        else:
            if state is not None:
                self.pass_on(state)
                return
            why = NEVER_ARRIVED
        finally:
            del self._unanswered[order_id]
            answered.set()
        if not known.ended:
            known.ended = True
            self._node.rejected(order_id, why)

    async def cancel(self, order_id: str) -> None:
        """Take an order back and pass on how it ended, or that it stays; the same wish twice is one."""
        if order_id in self._leaving:
            return
        self._leaving.add(order_id)
        try:
            await self._take_back(order_id)
        finally:
            self._leaving.discard(order_id)

    async def _take_back(self, order_id: str) -> None:
        if (answered := self._unanswered.get(order_id)) is not None:
            # Still on its way it cannot be taken back: it might arrive after that was answered.
            await answered.wait()
        if self._known(order_id).ended:
            return
        try:
            state = await self._sender.cancel(order_id)
        except VenueLostError as error:
            self._line.warn(str(error))
            self._node.cancel_rejected(order_id, str(error))
            return
        if state is None:
            state = OrderState(order_id, "", OrderPhase.ENDED, detail="the venue knows no such order any more")
        self.pass_on(state)

    async def listen(self) -> None:
        """Follow the venue's reports; after each new beginning ask for what rests, which may have ended meanwhile."""
        failures = 0
        while True:
            try:
                async with self._broker.reports() as states:
                    await self._ask_for_open_orders()
                    self._hears = True
                    self._line.back()
                    failures = 0
                    async for state in states:
                        self.pass_on(state)
                raise VenueLostError("the stream of reports ended")
            except VenueError as error:
                self._hears = False
                self._line.failed_to_reconnect(str(error), refused=isinstance(error, VenueRefusedError))
                asked = (error.retry_after or 0.0) if isinstance(error, VenueLostError) else 0.0
                await asyncio.sleep(max(asked, _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS) - 1)]))
                failures += 1

    async def look(self) -> None:
        """Ask for what rests, now and then."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._ask_for_open_orders()
            except VenueError as error:
                self._line.lost(str(error))
            else:
                # Where nothing rests nobody was asked; then the stream alone says how the line is.
                if self._hears:
                    self._line.back()

    def pass_on(self, state: OrderState) -> None:
        """Tell the node what is new in a state; of other people's orders, nothing."""
        order_id = state.client_order_id
        if (answered := self._unanswered.get(order_id)) is not None:
            answered.set()
        order, known = self._node.placed(order_id), self._known(order_id)
        if order is None or known.ended:
            return
        # The name under which the node has it: it takes no word of an order that was taken over under another.
        venue_order_id = order.venue_order_id or state.venue_order_id or order_id
        if not known.accepted and order.venue_order_id is None:
            self._node.accepted(order_id, venue_order_id)
        known.accepted = True
        for execution in known.news(state):
            self._node.filled(order_id, venue_order_id, execution)
        whole = known.filled >= order.quantity
        known.ended = whole or state.phase is not OrderPhase.OPEN
        if known.ended and not whole:
            if state.detail and order_id not in self._leaving:
                self._line.warn(f"order {order_id} was ended by the venue: {state.detail}")
            self._node.cancelled(order_id, venue_order_id)

    async def _ask_for_open_orders(self) -> None:
        for order_id in self._node.open_orders():
            if order_id in self._unanswered:
                # To be taken back already, and maybe still waiting for a way: that it is not there means nothing yet.
                continue
            state = await self._broker.ask(order_id)
            if state is None:
                # An order just taken may not be found for a moment.
                state = await self._sender.find_out(order_id, time.monotonic())
            if state is not None:
                self.pass_on(state)
            elif self._broker.remembers is None:
                self.pass_on(OrderState(order_id, "", OrderPhase.ENDED, detail="the venue knows no such order"))
            elif order_id not in self._forgotten:
                # It may have been filled on a day of which the venue tells no more: selling again could sell twice.
                self._forgotten.add(order_id)
                self._line.warn(
                    f"order {order_id} stands no longer, and the venue does not tell how it ended: look at the "
                    "account, make it agree with `tradingbot status`, and start the bot again"
                )

    def _known(self, order_id: str) -> Known:
        known = self._orders.setdefault(order_id, Known())
        self._orders.move_to_end(order_id)
        if len(self._orders) > _REMEMBERED:
            self._orders.popitem(last=False)
        return known
