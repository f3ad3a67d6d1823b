"""The double's world: market, books and who is connected; what changes in it is told to those whom it concerns."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from strategies.bar import Bar
from tests.venues.tws import answers
from tests.venues.tws.books import Books, Execution, Order
from tests.venues.tws.instruments import AAPL, EURUSD, Instrument
from tests.venues.tws.market import Market
from tests.venues.tws.misbehaving import Misbehaving
from tests.venues.tws.wire import Message


@dataclass(frozen=True, slots=True)
class BarSubscription:
    """Bars of which a client is told as they form."""

    symbol: str
    size: str
    shows: str


class Client(Protocol):
    """A connection, as the world sees it."""

    client_id: int | None
    subscriptions: dict[str, BarSubscription]
    real_time: dict[str, str]

    def send(self, *fields: object) -> None:
        """Send a message."""
        ...


@dataclass(slots=True)
class Venue:
    """Everything that outlives connections."""

    books: Books
    market: Market = field(default_factory=Market)
    misbehaving: Misbehaving = field(default_factory=Misbehaving)
    instruments: list[Instrument] = field(default_factory=lambda: [AAPL, EURUSD])
    clients: list[Client] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    has_upstream: bool = True
    farms_fine: bool = True
    market_open: bool = True
    held_ids: dict[int, float] = field(default_factory=dict)
    mute_until: float = 0.0
    clock: Callable[[], float] = time.time
    playing: set[asyncio.Task[None]] = field(default_factory=set)

    def named(self, symbol: str) -> Instrument:
        """Return an instrument by what documents call it."""
        return next(known for known in self.instruments if known.local_symbol == symbol)

    def matching(self, asked: Message) -> list[Instrument]:
        """Return the instruments that a contract of the wire may mean."""
        return [
            known
            for known in self.instruments
            if (asked["con_id"] == "0" or int(asked["con_id"]) == known.con_id)
            and asked["symbol"] in ("", known.symbol)
            and asked["sec_type"] in ("", known.sec_type)
            and asked["currency"] in ("", known.currency)
            and asked["exchange"] in ("", known.exchange)
        ]

    def price(self, instrument: Instrument) -> Decimal:
        """Return what it was last traded at."""
        return Decimal(str(self.market.prices.get(instrument.local_symbol, 100.0)))

    # What happens in the market.

    def show(self, symbol: str, size: str, bar: Bar) -> None:
        """Let a bar begin or change, and tell those who follow it."""
        self.market.put(symbol, size, bar)
        if self.has_upstream and self.farms_fine:
            for client in tuple(self.clients):
                for number, followed in tuple(client.subscriptions.items()):
                    if (followed.symbol, followed.size) == (symbol, size):
                        for _ in range(self.misbehaving.repeat_updates):
                            client.send(*answers.bar_update(number, bar, size, followed.shows))
        self.look_at_stops(symbol)

    def trade(self, symbol: str, price: float) -> None:
        """Let a trade happen that is in no bar, and look at what rests."""
        self.market.prices[symbol] = price
        self.look_at_stops(symbol)

    def open_market(self) -> None:
        """Let trading begin: market orders that were held back are executed."""
        self.market_open = True
        for order in tuple(self.books.orders):
            if order.stands and order.type == "MKT":
                self.fill(order, order.quantity - order.filled, self.price(order.instrument))

    def look_at_stops(self, symbol: str) -> None:
        """Trigger and execute what rests, by the last price."""
        for order in self.resting(symbol):
            price = self.price(order.instrument)
            if order.stop is not None and not order.triggered:
                order.triggered = price <= order.stop if order.action == "SELL" else price >= order.stop
                if order.triggered and order.type == "STP LMT":
                    order.status = "Submitted"
                    self.tell_order(order)
            if order.stop is None or order.triggered:
                if order.type in ("STP", "MKT") or _at_limit(order, price):
                    self.fill(order, order.quantity - order.filled, price)

    def resting(self, symbol: str) -> Iterable[Order]:
        """Return the orders on a symbol that stand, market orders apart: a test may hold those back."""
        return [
            order
            for order in self.books.orders
            if order.stands and order.instrument.local_symbol == symbol and order.type != "MKT"
        ]

    # What happens to orders.

    def fill(self, order: Order, quantity: Decimal, price: Decimal) -> Execution:
        """Execute an order, wholly or in part, whether its client is connected or not."""
        done = self.books.execute(order, quantity, price)
        self.tell_execution(done)
        return done

    def tell_order(self, order: Order) -> None:
        """Tell its client how an order stands."""
        for client in self.hearing(order):
            client.send(*answers.open_order(order))
            if not self.misbehaving.withhold_statuses:
                client.send(*answers.order_status(order))

    def tell_execution(self, done: Execution) -> None:
        """Tell its client of an execution: first that, then how the order stands, later the fee."""
        order, wrong = done.order, self.misbehaving
        words: list[answers.Fields] = []
        if not wrong.withhold_executions:
            words.append(answers.execution("-1", done))
        if not wrong.withhold_statuses:
            words += [answers.open_order(order), answers.order_status(order)]
        fee = [] if wrong.withhold_executions or wrong.commission_delay is None else [answers.commission_report(done)]
        if wrong.tell_backwards:
            words, fee = [*fee, *reversed(words)], []
        for client in self.hearing(order):
            send_all(client, words * wrong.copies)
            if fee:
                delay = wrong.commission_delay or 0.0
                asyncio.get_running_loop().call_later(delay, send_all, client, fee * wrong.copies)

    def hearing(self, order: Order) -> list[Client]:
        """Return the connections that are told of an order: its own, as long as the gateway knows anything."""
        return [each for each in self.clients if each.client_id == order.client_id and self.has_upstream]

    def play(self, fault: Coroutine[Any, Any, None]) -> None:
        """Let a fault run its course; one that fails is a complaint."""

        def over(task: asyncio.Task[None]) -> None:
            self.playing.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self.complaints.append(f"a fault could not be played: {error!r}")

        task = asyncio.Task(fault, loop=asyncio.get_running_loop(), eager_start=True)
        self.playing.add(task)
        task.add_done_callback(over)

    # What happens to the gateway.

    def broadcast(self, code: int, text: str) -> None:
        """Tell everybody of trouble, or of its end."""
        for client in tuple(self.clients):
            client.send(*answers.error(-1, code, text))

    def is_held(self, client_id: int) -> bool:
        """Say whether a client id is taken by a connection that is no more."""
        return self.held_ids.get(client_id, 0.0) > time.monotonic()

    def today(self) -> datetime:
        """Return the time by the double's clock."""
        return datetime.fromtimestamp(self.clock(), UTC)


def send_all(client: Client, messages: Iterable[answers.Fields]) -> None:
    """Send messages one after the other."""
    for fields in messages:
        client.send(*fields)


def _at_limit(order: Order, price: Decimal) -> bool:
    if order.limit is None:
        return False
    return price >= order.limit if order.action == "SELL" else price <= order.limit
