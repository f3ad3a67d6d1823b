"""What the gateway sends, sorted: answers to who asked, updates to who follows, news of orders to who listens.

ib_async's client reads the socket and calls a method here for each message. Its own receiver is not used: it takes some
refusals for notes and some notes for ends of orders, and forgets who waits when the connection goes.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from adapters.ibkr.codes import Trouble
from adapters.ibkr.news import Charged, Executed, Gone, OrderListed, OrderNews, OrderTroubled, Restored, StatusTold
from adapters.ibkr.questions import Questions
from adapters.live.reading import finite, moment

# How the wire writes "no value".
_UNSET = 1.7976931348623157e308
_LONGEST_TEXT = 1000


type Update = Any | Trouble | Gone | Restored


class Inbox:
    """Receives messages; `on_order` hears all news of orders, `on_system` what concerns the whole connection."""

    # Asked for by the decoder when an execution's time has no zone.
    ib = SimpleNamespace(TimezoneTWS="")
    defaultTimezone = UTC  # noqa: N815

    def __init__(self, on_order: Callable[[OrderNews], None], on_system: Callable[[Trouble], None]) -> None:
        self.questions = Questions()
        self.followers: dict[int, asyncio.Queue[Update]] = {}
        self.accounts: tuple[str, ...] = ()
        self.heard_at = time.monotonic()
        self._on_order, self._on_system = on_order, on_system

    def unreadable(self, kind: str) -> None:
        """Take a message that could not be read for the end of every question: a list that lacks a line is a lie."""
        self.questions.end_all(Trouble(0, f"a message of the kind {kind}, which could not be read here"))

    def tell_followers(self, update: Update) -> None:
        """Put something before everybody who follows bars."""
        for queue in self.followers.values():
            queue.put_nowait(update)

    # What the client itself calls.

    def connectAck(self) -> None:  # noqa: N802
        """Hear that the handshake is done."""

    def setEventsDone(self) -> None:  # noqa: N802
        """Hear that the socket is closed; the session notices by itself."""

    def connectionClosed(self) -> None:  # noqa: N802
        """Hear the same."""

    def tcpDataArrived(self) -> None:  # noqa: N802
        """Note that the gateway lives."""
        self.heard_at = time.monotonic()

    # Messages, by the names that the wire's decoder gives them.

    def managedAccounts(self, accounts: str) -> None:  # noqa: N802
        """Learn which accounts the gateway is logged in to."""
        self.accounts = tuple(name.strip() for name in accounts.split(",") if name.strip())

    def currentTime(self, seconds: int) -> None:  # noqa: N802
        """Take the gateway's time."""
        self.questions.add("currentTime", seconds)
        self.questions.end("currentTime")

    def contractDetails(self, request: int, details: Any) -> None:  # noqa: N802
        """Take one contract that fits."""
        self.questions.add(request, details)

    def contractDetailsEnd(self, request: int) -> None:  # noqa: N802
        """Take the last."""
        self.questions.end(request)

    def historicalData(self, request: int, bar: Any) -> None:  # noqa: N802
        """Take a bar of the past."""
        self.questions.add(request, bar)

    def historicalDataEnd(self, request: int, _start: str, _end: str) -> None:  # noqa: N802
        """Take the last of them."""
        self.questions.end(request)

    def historicalDataUpdate(self, request: int, bar: Any) -> None:  # noqa: N802
        """Hand on the bar that is forming."""
        if request in self.followers:
            self.followers[request].put_nowait(bar)

    def position(self, account: str, contract: Any, units: float, _cost: float) -> None:
        """Take what an account holds of a contract."""
        self.questions.add("positions", (account, int(contract.conId), exact(units)))

    def positionEnd(self) -> None:  # noqa: N802
        """Take the last."""
        self.questions.end("positions")

    def accountSummary(self, request: int, account: str, tag: str, value: str, currency: str) -> None:  # noqa: N802
        """Take one figure of an account."""
        self.questions.add(request, (account, tag, value, currency))

    def accountSummaryEnd(self, request: int) -> None:  # noqa: N802
        """Take the last."""
        self.questions.end(request)

    def openOrder(self, order_id: int, contract: Any, order: Any, state: Any) -> None:  # noqa: N802
        """Take an order that stands, in a list or because it changed."""
        listed = _listed(order_id, order.clientId, contract, order, state.status)
        self.questions.add("openOrders", listed)
        self._on_order(listed)

    def openOrderEnd(self) -> None:  # noqa: N802
        """Take the last of the list."""
        self.questions.end("openOrders")

    def completedOrder(self, contract: Any, order: Any, state: Any) -> None:  # noqa: N802
        """Take an order that ended."""
        filled = order.filledQuantity
        listed = _listed(0, 0, contract, order, state.status, None if filled == _UNSET else exact(filled))
        self.questions.add("completedOrders", listed)
        self._on_order(listed)

    def completedOrdersEnd(self) -> None:  # noqa: N802
        """Take the last of the list."""
        self.questions.end("completedOrders")

    def orderStatus(  # noqa: N802
        self, order_id: int, status: str, filled: float, _remaining: float, _price: float, perm_id: int, _parent: int,
        _last: float, client_id: int, *_: Any,
    ) -> None:  # fmt: skip
        """Hear how far an order has come."""
        self._on_order(StatusTold(order_id, client_id, perm_id, status, exact(filled)))

    def execDetails(self, request: int, contract: Any, told: Any) -> None:  # noqa: N802
        """Take an execution, in a list or as it happens."""
        executed = Executed(
            told.execId, told.orderRef, told.orderId, told.clientId, told.permId, told.acctNumber, int(contract.conId),
            exact(told.shares), exact(told.price), moment(told.time.timestamp()),
        )  # fmt: skip
        self.questions.add(request, executed)
        self._on_order(executed)

    def execDetailsEnd(self, request: int) -> None:  # noqa: N802
        """Take the last of the list."""
        self.questions.end(request)

    def commissionReport(self, told: Any) -> None:  # noqa: N802
        """Hear an execution's fee."""
        if told.commission != _UNSET:
            self._on_order(Charged(told.execId, exact(told.commission), told.currency))

    def error(self, request: int, code: int, text: str, _advanced: str = "") -> None:
        """Hear of trouble: with a question, with something followed, with an order, or with everything."""
        trouble = Trouble(code, " ".join(text[:_LONGEST_TEXT].split()))
        if request in self.questions:
            if not trouble.is_note:
                self.questions.end(request, trouble)
        elif request in self.followers:
            if not trouble.is_note:
                self.followers[request].put_nowait(trouble)
        elif request > 0:
            self._on_order(OrderTroubled(request, trouble))
        elif trouble.is_read_only:
            # It does not say which question it answers: those without a number are the ones that need more.
            self.questions.end("openOrders", trouble)
            self.questions.end("completedOrders", trouble)
        else:
            self._on_system(trouble)


def exact(number: float) -> Decimal:
    """Return a number of the wire as it was written there.

    Raises
    ------
    ValueError
        If nothing can be counted with it.
    """
    return finite(number)


def _listed(
    order_id: int, client_id: int, contract: Any, order: Any, status: str, filled: Decimal | None = None
) -> OrderListed:
    limit = order.lmtPrice
    return OrderListed(
        ref=order.orderRef,
        order_id=order_id,
        client_id=client_id,
        perm_id=order.permId,
        account=order.account,
        con_id=int(contract.conId),
        side="buy" if order.action == "BUY" else "sell",
        quantity=exact(order.totalQuantity),
        status=status,
        completed=order_id == 0,
        filled=filled,
        limit_price=None if limit in (None, 0.0, _UNSET) else exact(limit),
    )
