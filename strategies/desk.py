"""What the Nautilus strategy carries between: the trader's desk on one side, the bot around it on the other."""

from collections.abc import Sequence
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


class Desk(Protocol):
    """The trader as the strategy sees it."""

    bar_time: datetime | None
    """Time of the last bar that was traded on, in this run or an earlier one."""
    last_bar: Bar | None
    """The last bar that was seen, if only for warming up."""

    def warm_up(self, bars: Sequence[Bar]) -> None:
        """Take the bars of the past."""
        ...

    def on_bar(self, bar: Bar, *, market_price: float | None = None) -> Sequence[Order]:
        """Take a closed bar, late if it comes with the market's present price; answer with orders to send."""
        ...

    def on_price(self, price: float, time: datetime) -> Sequence[Order]:
        """Take a price between bars; answer with orders to send."""
        ...

    def unresolved(self) -> Sequence[str]:
        """Return the ids of orders of which an earlier run never heard the end."""
        ...

    def on_never_arrived(self, order_id: str, time: datetime, *, market_price: float | None) -> Order | None:
        """Hear that the venue knows nothing of an order; answer with the order to send instead."""
        ...

    def on_submitted(self, order_id: str) -> None:
        """Hear that an order was sent."""
        ...

    def on_accepted(self, order_id: str) -> None:
        """Hear that the venue has an order."""
        ...

    def on_rejected(self, order_id: str, detail: str, time: datetime) -> None:
        """Hear that the venue refused an order."""
        ...

    def on_execution(
        self, trade_id: str, order_id: str, quantity: Decimal, price: Decimal, commission: Decimal, time: datetime,
        complete: bool,
    ) -> None:  # fmt: skip
        """Hear of an execution; `complete` with the last one of its order."""
        ...

    def close_all(self) -> Sequence[Order]:
        """Return orders that close every position."""
        ...

    def close_halted(self) -> Sequence[Order]:
        """Return orders that close what a halt says must not stay open."""
        ...


class Hooks:
    """What the strategy tells the bot around it; the defaults do nothing."""

    def bar_done(self) -> None:
        """Hear that a bar was dealt with and no order is on its way."""

    def order_sent(self, order_id: str) -> None:
        """Hear that an order leaves."""

    def order_finished(self, order_id: str) -> None:
        """Hear that an order was filled whole or refused."""

    def warmed_up(self) -> None:
        """Hear that live bars come from here on."""

    def failed(self, error: Exception) -> None:
        """Hear of an error that the strategy cannot go on from."""
        raise error
