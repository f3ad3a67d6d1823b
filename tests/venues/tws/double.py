"""A double of TWS on this machine: a server in a thread of its own, which a test plays like an instrument.

    with TwsDouble() as double:
        double.past("AAPL", "1 min", bars)
        ... endpoints=Endpoints(port=double.port) ...

Everything a test does to it happens in the server's thread, one thing after the other.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from strategies.bar import Bar
from tests.venues.tws import answers
from tests.venues.tws.books import Books, Execution, Order
from tests.venues.tws.connection import Connection, hold
from tests.venues.tws.instruments import Instrument
from tests.venues.tws.misbehaving import Misbehaving
from tests.venues.tws.venue import Venue
from tests.venues.tws.wire import Message

_SECONDS = 10.0


class TwsDouble:
    """A gateway with one login; `accounts` as it would name them, those that begin with a D are for paper trading."""

    def __init__(self, accounts: Iterable[str] = ("DU1234567",), port: int = 0) -> None:
        self.venue = Venue(Books(tuple(accounts)))
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tws-double", daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._playing: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._await(self._listen(self._listening))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    # What was seen.

    @property
    def misbehaving(self) -> Misbehaving:
        """The switches of misbehaviour."""
        return self.venue.misbehaving

    @property
    def complaints(self) -> list[str]:
        """What clients sent that TWS would not have understood, and faults that could not be played."""
        return list(self.venue.complaints)

    def received(self, name: str = "") -> list[Message]:
        """Return the messages of all clients, or those of one kind."""
        return [message for message in tuple(self.venue.received) if name in ("", message.name)]

    @property
    def orders(self) -> list[Order]:
        """All orders of the day, in the order of their arrival."""
        return list(self.venue.books.orders)

    @property
    def executions(self) -> list[Execution]:
        """All executions of the day."""
        return list(self.venue.books.executions)

    def position(self, symbol: str, account: str | None = None) -> Decimal:
        """Return how many units of a stock an account holds."""
        held = (account or self.venue.books.accounts[0], self.venue.named(symbol).con_id)
        return self.venue.books.positions.get(held, Decimal(0))

    @property
    def cash(self) -> dict[str, Decimal]:
        """The account's cash by currency."""
        return dict(self.venue.books.cash)

    def connected(self) -> list[int]:
        """Return the client ids of those who are connected."""
        return [client.client_id for client in tuple(self.venue.clients) if client.client_id is not None]

    # The market.

    def list_instrument(self, instrument: Instrument) -> None:
        """Let another contract be known, in the place of one of the same number."""
        self._do(self._list_instrument, instrument)

    def past(self, symbol: str, size: str, bars: Iterable[Bar]) -> None:
        """Set bars of the past; the last of them is forming until another one follows."""

        def putting() -> None:
            for bar in bars:
                self.venue.market.put(symbol, size, bar)

        self._do(putting)

    def show(self, symbol: str, size: str, bar: Bar) -> None:
        """Let a bar begin or change; who follows it is told."""
        self._do(self.venue.show, symbol, size, bar)

    def play(self, symbol: str, size: str, bars: Iterable[Bar], seconds_each: float = 0.02) -> None:
        """Let bars form and close one after the other, faster than they do; go on meanwhile."""

        async def playing() -> None:
            for bar in bars:
                for close in (bar.open, bar.high, bar.low, bar.close):
                    self.venue.show(symbol, size, bar._replace(close=close))
                    await asyncio.sleep(seconds_each / 4)

        self._do(lambda: self._playing.add(self._loop.create_task(playing())))

    def is_at_fault(self) -> bool:
        """Say whether a fault is being played."""
        return bool(self.venue.playing)

    def is_playing(self) -> bool:
        """Say whether bars are still being played."""
        return any(not task.done() for task in self._playing)

    def real_time(self, symbol: str, bar: Bar) -> None:
        """Tell of five seconds of trading those who asked for them."""

        def tell() -> None:
            for client in self.venue.clients:
                for number, followed in client.real_time.items():
                    if followed == symbol:
                        client.send(*answers.real_time_bar(number, bar))

        self._do(tell)

    def trade(self, symbol: str, price: float) -> None:
        """Let a trade happen at a price, which may trigger what rests."""
        self._do(self.venue.trade, symbol, price)

    def set_clock(self, clock: Callable[[], float]) -> None:
        """Let the double tell another time than this machine's."""
        self._do(setattr, self.venue, "clock", clock)

    def be_at(self, moment: datetime) -> None:
        """Let the double's time be another from now on, and go on as time does."""
        ahead = moment.timestamp() - time.time()
        self.set_clock(lambda: time.time() + ahead)

    def close_market(self) -> None:
        """Hold orders back from now on."""
        self._do(setattr, self.venue, "market_open", False)

    def open_market(self) -> None:
        """Let those that were held back go on, at the price of the moment."""
        self._do(self.venue.open_market)

    # Orders.

    def fill(self, ref: str, quantity: Decimal | None = None, price: Decimal | None = None) -> Execution:
        """Execute an order, or a part of it, whether its client is connected or not."""

        def filling() -> Execution:
            order = self.venue.books.find(ref)
            at = price if price is not None else self.venue.price(order.instrument)
            return self.venue.fill(order, order.quantity - order.filled if quantity is None else quantity, at)

        done: Execution = self._do(filling)
        return done

    def end_order(self, ref: str, status: str = "Cancelled", code: int = 0, text: str = "") -> None:
        """Let the venue end an order by itself."""

        def ending() -> None:
            order = self.venue.books.find(ref)
            self.venue.books.end(order, status)
            self.venue.tell_order(order)
            if code:
                for client in self.venue.hearing(order):
                    client.send(*answers.error(order.order_id, code, text))

        self._do(ending)

    def place_elsewhere(self, order: Order) -> None:
        """Let somebody else have an order on the books."""
        self._do(self.venue.books.orders.append, order)

    def begin_day(self) -> None:
        """Forget the executions and ended orders of the day, as TWS does at midnight."""
        self._do(self.venue.books.begin_day)

    # The line.

    def drop(self, refuse: float = 0.0) -> None:
        """Hang up on everybody, and refuse connections for so many seconds."""
        self._do(self._drop, refuse)

    def nightly_reset(self, refuse: float) -> None:
        """Do what happens every night: the servers go, then the gateway restarts."""
        self.lose_upstream()
        self.drop(refuse)
        self._do(setattr, self.venue, "has_upstream", True)

    def freeze(self, hold_ids: float = 0.0, mute: float = 0.0) -> None:
        """Let the lines of everybody die unheard; keep their ids for a while, and new connections silent likewise."""

        def freezing() -> None:
            self.venue.mute_until = time.monotonic() + mute
            for connection in tuple(self._connections):
                connection.freeze()
                hold(self.venue, connection, hold_ids)
                if connection in self.venue.clients:
                    self.venue.clients.remove(connection)

        self._do(freezing)

    def hold_id(self, client_id: int, seconds: float) -> None:
        """Let a client id be taken for so many seconds."""
        self._do(self.venue.held_ids.__setitem__, client_id, time.monotonic() + seconds)

    def lose_upstream(self) -> None:
        """Let the gateway lose Interactive Brokers."""
        self._do(self._lose_upstream)

    def lose_upstream_before(self, symbol: str, size: str, bars: Iterable[Bar]) -> None:
        """Let it lose them while it still has bars to tell: those arrive after the news."""

        def losing() -> None:
            self._lose_upstream()
            self.venue.has_upstream = True
            for bar in bars:
                self.venue.show(symbol, size, bar)
            self.venue.has_upstream = False

        self._do(losing)

    def restore_upstream(self, code: int = 1102) -> None:
        """Let it have them again: 1102 with the data that were asked for, 1101 without."""
        self._do(self._restore_upstream, code)

    def break_farms(self) -> None:
        """Let the gateway lose the data farms alone."""
        self._do(self._set_farms, False)

    def mend_farms(self) -> None:
        """Let it have them again."""
        self._do(self._set_farms, True)

    def end_subscriptions(self, code: int, text: str) -> None:
        """End what everybody follows with an error."""

        def ending() -> None:
            for client in self.venue.clients:
                for number in tuple(client.subscriptions):
                    client.subscriptions.pop(number)
                    client.send(*answers.error(number, code, text))

        self._do(ending)

    def tell(self, code: int, text: str) -> None:
        """Send everybody an error message or a note that is about nothing in particular."""
        self._do(self.venue.broadcast, code, text)

    def say(self, *fields: object) -> None:
        """Send everybody a message, such as one of a later version."""

        def saying() -> None:
            for client in tuple(self.venue.clients):
                client.send(*fields)

        self._do(saying)

    # How it works.

    def _do(self, act: Callable[..., Any], *arguments: Any) -> Any:
        async def acting() -> Any:
            return act(*arguments)

        # A fault that is being played is in the server's thread already.
        return act(*arguments) if threading.current_thread() is self._thread else self._await(acting())

    def _await(self, act: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(_SECONDS)

    def _list_instrument(self, instrument: Instrument) -> None:
        self.venue.instruments = [each for each in self.venue.instruments if each.con_id != instrument.con_id]
        self.venue.instruments.append(instrument)

    def _lose_upstream(self) -> None:
        text = "Connectivity between IBKR and Trader Workstation has been lost."
        self.venue.has_upstream = False
        self.venue.broadcast(1100, text)

    def _restore_upstream(self, code: int) -> None:
        self.venue.has_upstream = True
        if code == 1101:
            for client in self.venue.clients:
                client.subscriptions.clear()
                client.real_time.clear()
        kept = "lost" if code == 1101 else "maintained"
        self.venue.broadcast(code, f"Connectivity between IBKR and Trader Workstation has been restored - data {kept}.")

    def _set_farms(self, fine: bool) -> None:
        self.venue.farms_fine = fine
        if not fine:
            for client in self.venue.clients:
                client.subscriptions.clear()
        word = "OK" if fine else "broken"
        self.venue.broadcast(2104 if fine else 2103, f"Market data farm connection is {word}:usfarm")
        self.venue.broadcast(2106 if fine else 2105, f"HMDS data farm connection is {word}:ushmds")

    async def _listen(self, listening: socket.socket) -> None:
        self._server = await asyncio.start_server(self._accept, sock=listening)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self.venue, reader, writer)
        if self.venue.mute_until > time.monotonic():
            connection.freeze()
        self._connections.add(connection)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)
            self._serving.discard(task)

    def _drop(self, refuse: float) -> None:
        if refuse and self._server is not None:
            self._server.close()
            self._loop.call_later(refuse, lambda: self._playing.add(self._loop.create_task(self._listen_again())))
        for connection in tuple(self._connections):
            connection.close()

    async def _listen_again(self) -> None:
        await self._listen(socket.create_server(("127.0.0.1", self.port)))

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.close()
        tasks = (*self._playing, *self._serving, *self.venue.playing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
