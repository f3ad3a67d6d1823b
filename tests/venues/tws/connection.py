"""One client's connection to the double: its messages are read strictly and answered as TWS does."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from tests.venues.tws import answers, placing
from tests.venues.tws.arrived import Arrived
from tests.venues.tws.books import Order
from tests.venues.tws.venue import BarSubscription, Venue
from tests.venues.tws.wire import SERVER_VERSION, BadMessageError, Message, frame, parse, read_frame

_LISTS_THAT_CHANGE = ("reqOpenOrders", "reqAllOpenOrders", "reqCompletedOrders")
_READ_ONLY = "Error validating request.-'cO' : cause - The API interface is currently in Read-Only mode."
_DETAIL_TAGS = {"AccountType": "INDIVIDUAL", "NetLiquidation": "", "TotalCashValue": "", "AvailableFunds": ""}


class Connection:
    """A socket with somebody behind it."""

    def __init__(self, venue: Venue, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.client_id: int | None = None
        self.subscriptions: dict[str, BarSubscription] = {}
        self.real_time: dict[str, str] = {}
        self.is_frozen = False
        self._summaries: set[str] = set()
        self._venue, self._reader, self._writer = venue, reader, writer
        self._handlers: dict[str, Callable[[Message], None]] = {
            "startApi": self._start, "reqManagedAccts": self._managed, "reqIds": self._ids,
            "reqCurrentTime": self._time, "reqContractDetails": self._details, "reqHistoricalData": self._history,
            "cancelHistoricalData": self._cancel_history, "reqRealTimeBars": self._real_time,
            "cancelRealTimeBars": self._cancel_real_time, "reqMarketDataType": self._nothing,
            "reqPositions": self._positions, "cancelPositions": self._nothing, "reqAccountSummary": self._summary,
            "cancelAccountSummary": self._cancel_summary, "reqAccountUpdates": self._updates,
            "reqAccountUpdatesMulti": self._updates_multi, "cancelAccountUpdatesMulti": self._nothing,
            "reqOpenOrders": self._own_orders, "reqAllOpenOrders": self._all_orders,
            "reqCompletedOrders": self._completed, "reqExecutions": self._executions, "placeOrder": self._place,
            "cancelOrder": self._cancel,
        }  # fmt: skip

    async def run(self) -> None:
        """Serve until one side hangs up."""
        try:
            await self._handshake()
            while True:
                raw = await read_frame(self._reader)
                if not self.is_frozen:
                    self._take(raw)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        except BadMessageError as error:
            self._venue.complaints.append(str(error))
        finally:
            self.close()

    def send(self, *fields: object) -> None:
        """Send a message, unless the line is dead though nobody knows it."""
        if not self.is_frozen and not self._writer.is_closing():
            self._writer.write(frame(*fields))

    def close(self) -> None:
        """Hang up."""
        if self in self._venue.clients:
            self._venue.clients.remove(self)
        self._writer.close()

    def freeze(self) -> None:
        """Let the line die without either end hearing of it."""
        self.is_frozen = True

    async def _handshake(self) -> None:
        if await self._reader.readexactly(4) != b"API\0":
            raise BadMessageError("no greeting", fatal=True)
        low, high = (await read_frame(self._reader)).decode().removeprefix("v").split(" ")[0].split("..")
        if not int(low) <= SERVER_VERSION <= int(high):
            raise BadMessageError(f"versions {low} to {high} are not spoken here", fatal=True)
        self.send(SERVER_VERSION, f"{datetime.now(UTC):%Y%m%d %H:%M:%S} UTC")

    def _take(self, raw: bytes) -> None:
        try:
            message = parse(raw)
            self._venue.received.append(message)
            if self.client_id is None and message.name != "startApi":
                raise BadMessageError(f"{message.name} before startApi", fatal=True)
            self._handlers[message.name](message)
        except BadMessageError as error:
            self.send(*answers.error(error.number, error.code, str(error)))
            if error.code in (320, 505, 507):
                self._venue.complaints.append(str(error))
            if error.fatal:
                raise ConnectionError from error

    def _nothing(self, asked: Message) -> None:
        """Take what has no answer."""

    def _start(self, asked: Message) -> None:
        wanted = int(asked["client_id"])
        if self._venue.is_held(wanted) or any(each.client_id == wanted for each in self._venue.clients):
            text = "Unable to connect as the client id is already in use. Retry with a unique client id."
            self.send(*answers.error(-1, 326, text))
            raise ConnectionError(text)
        self.client_id = wanted
        self._venue.clients.append(self)
        self._managed(asked)
        self._ids(asked)
        if self._venue.has_upstream:
            self._tell_farms()
        else:
            self.send(
                *answers.error(
                    -1, 2110, "Connectivity between TWS and server is broken. It will be restored automatically."
                )
            )

    def _tell_farms(self) -> None:
        fine = self._venue.farms_fine
        word = "OK" if fine else "broken"
        self.send(*answers.error(-1, 2104 if fine else 2103, f"Market data farm connection is {word}:usfarm"))
        self.send(*answers.error(-1, 2106 if fine else 2105, f"HMDS data farm connection is {word}:ushmds"))
        self.send(*answers.error(-1, 2158, "Sec-def data farm connection is OK:secdefil"))

    def _managed(self, asked: Message) -> None:
        self.send(15, 1, ",".join(self._venue.books.accounts) + ",")

    def _ids(self, asked: Message) -> None:
        self.send(9, 1, self._venue.books.next_order_id)

    def _time(self, asked: Message) -> None:
        self.send(49, 1, int(self._venue.clock()))

    def _details(self, asked: Message) -> None:
        found = self._venue.matching(asked)
        if not found:
            text = "No security definition has been found for the request"
            raise BadMessageError(text, number=int(asked["number"]), code=200)
        for known in found:
            self.send(*answers.contract_details(asked["number"], known))
        self.send(52, 1, asked["number"])

    def _history(self, asked: Message) -> None:
        venue, number = self._venue, int(asked["number"])
        if venue.misbehaving.history_troubles:
            code, text = venue.misbehaving.history_troubles.pop(0)
            raise BadMessageError(text, number=number, code=code)
        found = venue.matching(asked)
        if len(found) != 1:
            text = "No security definition has been found for the request"
            raise BadMessageError(text, number=number, code=200)
        venue.market.check(found[0], asked)
        if not (venue.has_upstream and venue.farms_fine):
            text = "Historical Market Data Service error message:HMDS server connection was not successful."
            raise BadMessageError(text, number=number, code=162)
        bars = venue.market.history(found[0], asked)
        if venue.misbehaving.lag_history and asked["keep"] == "0":
            bars = bars[:-1]
        self.send(*answers.history(asked["number"], bars, asked["size"], asked["shows"]))
        if asked["keep"] == "1":
            name = found[0].local_symbol
            self.subscriptions[asked["number"]] = BarSubscription(name, asked["size"], asked["shows"])

    def _cancel_history(self, asked: Message) -> None:
        number = asked["number"]
        if self.subscriptions.pop(number, None) is None:
            text = f"No historical data query found for ticker id:{number}"
            raise BadMessageError(text, number=int(number), code=366)
        text = f"Historical Market Data Service error message:API historical data query cancelled: {number}"
        self.send(*answers.error(number, 162, text))

    def _real_time(self, asked: Message) -> None:
        found = self._venue.matching(asked)
        if len(found) != 1 or asked["size"] != "5":
            raise BadMessageError("Invalid Real-time Query", number=int(asked["number"]), code=420)
        self.real_time[asked["number"]] = found[0].local_symbol

    def _cancel_real_time(self, asked: Message) -> None:
        self.real_time.pop(asked["number"], None)

    def _positions(self, asked: Message) -> None:
        books = self._venue.books
        for (account, con_id), units in books.positions.items():
            self.send(*answers.position(account, books.instruments[con_id], units))
        self.send(62, 1)

    def _summary(self, asked: Message) -> None:
        if len(self._summaries) >= 2:
            text = "Error processing request.-'bT' : cause - Maximum number of account summary requests exceeded"
            raise BadMessageError(text, number=int(asked["number"]), code=322)
        self._summaries.add(asked["number"])
        books, number = self._venue.books, asked["number"]
        worth = sum((cash * books.values.get(name, Decimal(1)) for name, cash in books.cash.items()), Decimal(0))
        for account in books.accounts:
            for tag in asked["tags"].split(","):
                if tag == "$LEDGER:ALL":
                    for name, cash in books.cash.items():
                        self.send(63, 1, number, account, "CashBalance", f"{cash:f}", name)
                        self.send(63, 1, number, account, "ExchangeRate", f"{books.values.get(name, 1)}", name)
                    self.send(63, 1, number, account, "CashBalance", f"{worth:f}", "BASE")
                elif tag in _DETAIL_TAGS:
                    value = _DETAIL_TAGS[tag] or f"{worth:f}"
                    self.send(63, 1, number, account, tag, value, "USD" if not _DETAIL_TAGS[tag] else "")
        self.send(64, 1, number)

    def _cancel_summary(self, asked: Message) -> None:
        self._summaries.discard(asked["number"])

    def _updates(self, asked: Message) -> None:
        account = asked["account"] or self._venue.books.accounts[0]
        for name, cash in self._venue.books.cash.items():
            self.send(6, 2, "CashBalance", f"{cash:f}", name, account)
        self.send(54, 1, account)

    def _updates_multi(self, asked: Message) -> None:
        self.send(74, 1, asked["number"])

    def _require_writable(self) -> None:
        if self._venue.misbehaving.read_only:
            raise BadMessageError(_READ_ONLY, code=321)

    def _own_orders(self, asked: Message) -> None:
        self._list([order for order in self._venue.books.orders if order.client_id == self.client_id])

    def _all_orders(self, asked: Message) -> None:
        self._list(self._venue.books.orders)

    def _list(self, orders: list[Order]) -> None:
        self._require_writable()
        for order in orders:
            if order.stands:
                self.send(*answers.open_order(order))
                if not self._venue.misbehaving.withhold_statuses:
                    self.send(*answers.order_status(order))
        self.send(53, 1)

    def _completed(self, asked: Message) -> None:
        self._require_writable()
        for order in self._venue.books.completed:
            self.send(*answers.completed_order(order, f"{datetime.now(UTC):%Y%m%d %H:%M:%S} UTC"))
        self.send(102)

    def _executions(self, asked: Message) -> None:
        wrong = self._venue.misbehaving
        for done in self._venue.books.executions:
            order = done.order
            if asked["client_id"] in ("0", str(order.client_id)) and asked["account"] in ("", order.account):
                self.send(*answers.execution(asked["number"], done))
                if wrong.charges_when_asked or wrong.commission_delay is not None:
                    self.send(*answers.commission_report(done))
        self.send(55, 1, asked["number"])

    def _place(self, asked: Message) -> None:
        wrong = self._venue.misbehaving
        if self._plays(asked):
            return
        if wrong.hang_up_on_order == "before":
            wrong.hang_up_on_order = ""
            raise ConnectionError
        number = int(asked["order_id"])
        if wrong.reject:
            code, text = wrong.reject.pop(0)
            self._venue.books.next_order_id = number + 1
            raise BadMessageError(text, number=number, code=code)
        order = placing.place(self._venue, self, asked)
        if wrong.hang_up_on_order == "after":
            wrong.hang_up_on_order = ""
            self.close()
            placing.execute_at_once(self._venue, order)
            raise ConnectionError
        if not wrong.swallow_orders:
            self._venue.tell_order(order)
            placing.execute_at_once(self._venue, order)

    def _cancel(self, asked: Message) -> None:
        if not self._plays(asked) and not self._venue.misbehaving.swallow_cancels:
            placing.cancel(self._venue, self, asked)

    def _plays(self, asked: Message) -> bool:
        """Play the fault that waits for such a message, if one does."""
        for fault in self._venue.misbehaving.order_faults:
            if fault.times and fault.picks(asked):
                fault.times -= 1
                self._venue.play(fault.play(Arrived(self._venue, self, asked)))
                return True
        return False


def hold(venue: Venue, connection: Connection, seconds: float) -> None:
    """Let the gateway keep a connection's client id though it is gone."""
    if connection.client_id is not None:
        venue.held_ids[connection.client_id] = time.monotonic() + seconds
