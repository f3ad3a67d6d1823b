"""What the Nautilus strategy carries between: the trader's desk on one side, the bot around it on the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from strategies.bar import Bar


class Order(Protocol):
    """An order as the trader hands it over, already journalled."""

    @property
    def client_order_id(self) -> str:
        """The id under which it is known everywhere."""
        ...

    @property
    def side(self) -> str:
        """`buy` or `sell`."""
        ...

    @property
    def quantity(self) -> Decimal:
        """Units of the base currency."""
        ...

    @property
    def reference_price(self) -> Decimal:
        """The price on which it was decided."""
        ...

    @property
    def stop_price(self) -> Decimal | None:
        """The price at which an order that rests at the venue becomes active; None for a market order."""
        ...

    @property
    def limit_price(self) -> Decimal | None:
        """The lowest price at which a resting order may sell once it is active; None for a market order."""
        ...


NEVER_ARRIVED = "it never arrived at the venue"
"""Why an order was rejected that surely is not at the venue, though it was sent."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The wish to take an order back that rests at the venue, already journalled."""

    client_order_id: str


class Desk(Protocol):
    """The trader as the strategy sees it."""

    bar_time: datetime | None
    """Time of the last bar that was traded on, in this run or an earlier one."""
    last_bar: Bar | None
    """The last bar that was seen, if only for warming up."""

    def warm_up(self, bars: Sequence[Bar]) -> None:
        """Take the bars of the past."""
        ...

    def on_bar(self, bar: Bar, *, market_price: float | None = None) -> Sequence[Order | Cancel]:
        """Take a closed bar, late if it comes with the market's present price; answer with what to send."""
        ...

    def on_price(self, price: float, time: datetime) -> Sequence[Order | Cancel]:
        """Take a price between bars; answer with what to send."""
        ...

    def unresolved(self) -> Sequence[str]:
        """Return the ids of orders of which an earlier run never heard the end."""
        ...

    def on_never_arrived(
        self, order_id: str, time: datetime, *, market_price: float | None
    ) -> Sequence[Order | Cancel]:
        """Hear that the venue knows nothing of an order; answer with what to send instead."""
        ...

    def on_submitted(self, order_id: str) -> None:
        """Hear that an order was sent."""
        ...

    def on_accepted(self, order_id: str) -> None:
        """Hear that the venue has an order."""
        ...

    def on_rejected(self, order_id: str, detail: str, time: datetime) -> Sequence[Order | Cancel]:
        """Hear that the venue refused an order; answer with what to send."""
        ...

    def on_execution(
        self, trade_id: str, order_id: str, quantity: Decimal, price: Decimal, commission: Decimal,
        commission_currency: str, time: datetime, complete: bool,
    ) -> Sequence[Order | Cancel]:  # fmt: skip
        """Hear of an execution, `complete` with the last one of its order; answer with what to send.

        The commission is in the instrument's base or quote currency.
        """
        ...

    def on_cancelled(self, order_id: str, detail: str, time: datetime) -> Sequence[Order | Cancel]:
        """Hear that an order has ended and will not be executed any further; answer with what to send.

        Whoever ended it: this bot, a person at the venue, or the venue itself. All its executions were told before.
        """
        ...

    def on_cancel_refused(self, order_id: str, detail: str, time: datetime) -> Sequence[Order | Cancel]:
        """Hear that an order could not be taken back, maybe because it is filled just now; answer with what to send."""
        ...

    def resting(self) -> Sequence[Order]:
        """Return the orders that rest at the venue as far as is known, so that a new run can take them over."""
        ...

    def close_all(self) -> Sequence[Order | Cancel]:
        """Return what closes every position."""
        ...

    def obey_halt(self) -> Sequence[Order | Cancel]:
        """Return what a halt asks for and is not under way: orders taken back, positions closed."""
        ...

    def on_time(self, now: datetime, *, market_open: bool) -> Sequence[Order | Cancel]:
        """Hear what time it is; answer with what to take back of orders that stand for too long."""
        ...


class Hooks:
    """What the strategy tells the bot around it; the defaults do nothing."""

    def is_late(self, bar_time: datetime) -> bool:
        """Say whether a bar was filled in from behind a gap: it may exit, never enter."""
        return False

    def bar_seen(self, bar: Bar, *, late: bool) -> None:
        """Hear of a bar that the trader has dealt with, or was warmed up by."""

    def bar_done(self) -> None:
        """Hear that a bar was dealt with and no order is on its way."""

    def order_sent(self, order_id: str) -> None:
        """Hear that an order leaves."""

    def order_finished(self, order_id: str) -> None:
        """Hear that an order was filled whole, refused, or ended otherwise."""

    def warmed_up(self) -> None:
        """Hear that live bars come from here on."""

    def failed(self, error: Exception) -> None:
        """Hear of an error that the strategy cannot go on from."""
        raise error
