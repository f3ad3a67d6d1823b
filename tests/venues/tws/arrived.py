"""An order's message that has just arrived at the double, for whoever plays a fault; all in the double's thread."""

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.venues.tws import answers, placing
from tests.venues.tws.books import Order
from tests.venues.tws.venue import Venue
from tests.venues.tws.wire import Message

if TYPE_CHECKING:
    from tests.venues.tws.connection import Connection


class Arrived:
    """A message about an order, to be taken, answered, or neither."""

    def __init__(self, venue: Venue, connection: "Connection", message: Message) -> None:
        self.message = message
        self.number = int(message["order_id"])
        self.client_id = connection.client_id or 0
        self._venue, self._connection = venue, connection

    def go_on(self) -> None:
        """Do what TWS does."""
        if self.message.name == "cancelOrder":
            placing.cancel(self._venue, self._connection, self.message)
        else:
            self.take()
            self.tell()
            self.execute_if_due()

    def take(self) -> Order:
        """Take the order into the books without a word."""
        return placing.place(self._venue, self._connection, self.message)

    @property
    def order(self) -> Order:
        """The order as it is in the books."""
        known = self._venue.books.orders
        return next(order for order in known if (order.order_id, order.client_id) == (self.number, self.client_id))

    def submit(self) -> None:
        """Let an order that the gateway has kept go on to the exchange, unless it was taken back meanwhile."""
        if not self.order.stands:
            return
        self.order.status = "Submitted" if self.order.stop is None else "PreSubmitted"
        self.tell()
        self.execute_if_due()

    def tell(self) -> None:
        """Tell its client how the order stands."""
        self._venue.tell_order(self.order)

    def execute_if_due(self) -> None:
        """Fill a market order."""
        placing.execute_at_once(self._venue, self.order)

    def execute(self, quantity: Decimal | None = None) -> None:
        """Fill the order or a part of it: one that rests at its stop price, as if the market had been there."""
        order = self.order
        left = order.quantity - order.filled if quantity is None else quantity
        self._venue.fill(order, left, order.stop or self._venue.price(order.instrument))

    def end(self, status: str) -> None:
        """Let the order end without a word."""
        self._venue.books.end(self.order, status)

    def say(self, code: int, text: str) -> None:
        """Send the client an error about the order, or a note."""
        self._connection.send(*answers.error(self.number, code, text))
