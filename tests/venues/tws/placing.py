"""What TWS looks at before it takes an order, and what it says if it does not."""

from decimal import Decimal

from tests.venues.tws import answers
from tests.venues.tws.books import Order
from tests.venues.tws.instruments import Instrument
from tests.venues.tws.venue import Client, Venue
from tests.venues.tws.wire import BadMessageError, Message

_TYPES = {"MKT": "MKT", "LMT": "LMT", "STP": "STP", "STP LMT": "STPLMT"}


def place(venue: Venue, client: Client, asked: Message) -> Order:
    """Take an order into the books and tell its client; raise BadMessageError with the venue's refusal."""
    number = int(asked["order_id"])
    if number < venue.books.next_order_id:
        raise BadMessageError("Duplicate order id", number=number, code=103)
    venue.books.next_order_id = number + 1
    if venue.misbehaving.read_only:
        text = "Error validating request.-'bI' : cause - The API interface is currently in Read-Only mode."
        raise BadMessageError(text, number=number, code=321)
    instrument = _instrument(venue, asked, number)
    _validate(venue, asked, instrument, number)
    order = Order(
        order_id=number,
        client_id=client.client_id or 0,
        perm_id=venue.books.perm_id(),
        instrument=instrument,
        account=asked["account"] or venue.books.accounts[0],
        action=asked["action"],
        quantity=Decimal(asked["quantity"]),
        type=asked["type"],
        limit=_price(asked["limit"]),
        stop=_price(asked["aux"]),
        tif=asked["tif"] or "DAY",
        ref=asked["ref"],
        outside_rth=asked["outside_rth"] == "1",
    )
    venue.books.orders.append(order)
    if not venue.market_open:
        text = "Order Message: Warning: your order will not be placed at the exchange until the market opens"
        client.send(*answers.error(number, 399, text))
    elif order.stop is None:
        order.status = "Submitted"
    if not venue.has_upstream:
        order.status = "PendingSubmit"
    return order


def execute_at_once(venue: Venue, order: Order) -> None:
    """Fill a market order, in as many parts as the test wants."""
    if order.type != "MKT" or not venue.market_open or not venue.misbehaving.market_fills or not venue.has_upstream:
        return
    parts = min(venue.misbehaving.partial_fills, int(order.quantity))
    each = order.quantity // max(parts, 1)
    for part in range(max(parts, 1)):
        left = order.quantity - order.filled
        venue.fill(order, left if part >= parts - 1 else each, venue.price(order.instrument))


def cancel(venue: Venue, client: Client, asked: Message) -> None:
    """Take an order back, if this client may."""
    number = int(asked["order_id"])
    order = next(
        (each for each in venue.books.orders if (each.order_id, each.client_id) == (number, client.client_id)), None
    )
    if order is None:
        raise BadMessageError(f"OrderId {number} that needs to be cancelled is not found.", number=number, code=10147)
    if not order.stands:
        text = f"OrderId {number} that needs to be cancelled cannot be cancelled, state: {order.status}."
        raise BadMessageError(text, number=number, code=10148)
    venue.books.end(order, "Cancelled")
    for each in venue.hearing(order):
        if not venue.misbehaving.withhold_statuses:
            each.send(*answers.order_status(order))
        each.send(*answers.error(number, 202, "Order Canceled - reason:"))


def _instrument(venue: Venue, asked: Message, number: int) -> Instrument:
    found = venue.matching(asked)
    if len(found) != 1:
        raise BadMessageError("No security definition has been found for the request", number=number, code=200)
    return found[0]


def _validate(venue: Venue, asked: Message, instrument: Instrument, number: int) -> None:
    def refuse(code: int, text: str) -> BadMessageError:
        return BadMessageError(text, number=number, code=code)

    if not asked["account"] and len(venue.books.accounts) > 1:
        raise refuse(435, "You must specify an account.")
    if asked["account"] and asked["account"] not in venue.books.accounts:
        raise refuse(321, "Error validating request.-'bI' : cause - Invalid account code")
    if asked["action"] not in ("BUY", "SELL"):
        raise refuse(321, "Error validating request.-'bI' : cause - Invalid order side")
    if _TYPES.get(asked["type"], "?") not in instrument.order_types.split(","):
        raise refuse(387, "Unsupported order type for this exchange and security type.")
    if asked["tif"] not in ("", "DAY", "GTC", "IOC"):
        raise refuse(10052, "Invalid time in force")
    if asked["transmit"] != "1" or asked["what_if"] != "0":
        raise refuse(321, "Error validating request.-'bI' : cause - The double takes plain orders only")
    quantity = Decimal(asked["quantity"])
    if quantity <= 0:
        raise refuse(434, "The order size cannot be zero")
    if instrument.sec_type == "STK" and quantity % 1:
        raise refuse(10243, "Fractional-sized order cannot be placed via API. Please use desktop version.")
    if quantity % instrument.increment:
        raise refuse(321, "Error validating request.-'bI' : cause - Order size does not conform to market rule.")
    needed = {"MKT": (), "LMT": ("limit",), "STP": ("aux",), "STP LMT": ("limit", "aux")}[asked["type"]]
    for name in ("limit", "aux"):
        price = _price(asked[name])
        if (price is not None) != (name in needed):
            raise refuse(321, f"Error validating request.-'bI' : cause - {name} price and {asked['type']} do not agree")
        if price is not None and price % instrument.tick:
            raise refuse(110, "The price does not conform to the minimum price variation for this contract.")
    if asked["action"] == "BUY" and asked["type"] == "MKT":
        if quantity * venue.price(instrument) > venue.books.cash.get(instrument.currency, Decimal(0)):
            raise refuse(201, "Order rejected - reason:Your account has insufficient funds for this order")


def _price(text: str) -> Decimal | None:
    return Decimal(text) if text and Decimal(text) else None
