"""What a test lets go wrong with the double, at once; what is to go wrong later is in `misbehaviour.py`."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from tests.venues.binance.auth import Key
from tests.venues.binance.connection import Connection
from tests.venues.binance.held import Held
from tests.venues.binance.misbehaviour import Misbehaviour
from tests.venues.binance.watching import Watcher

_HERE = "127.0.0.1"

type Kind = Literal["streams", "ws_api"]


class Troubled(Held):
    """Breaking it."""

    @property
    def misbehave(self) -> Misbehaviour:
        """What is to go wrong at the next requests, fills, bars and events."""
        return self._venue.misbehave

    @property
    def key(self) -> Key:
        """The API key; what is changed in it counts from the next request on, such as `double.key.revoked = True`."""
        return self._venue.key

    def watch(self, watcher: Watcher) -> None:
        """Let somebody watch every step, and lose requests."""

        def watching() -> None:
            watcher.begins(self._venue.matching)
            self._venue.watcher, self._venue.user_data.tells = watcher, watcher.tells

        self._do(watching)

    def skew_clock(self, seconds: float) -> None:
        """Let the server's clock be ahead of the wall's, or behind it."""
        self._venue.skew_ms = int(seconds * 1000)

    def limit_weight(self, limit: int) -> None:
        """Let an address use so much in a minute."""
        self._venue.weights.limit = limit

    def limit_orders(self, in_ten_seconds: int) -> None:
        """Let the account have so many unfilled orders in ten seconds, as where bars are played faster than time."""
        self._venue.order_counts.allow(in_ten_seconds)

    def ban(self, seconds: float) -> None:
        """Answer everything with 418 for so long."""
        self._do(lambda: self._venue.weights.ban(_HERE, seconds, time.time()))

    def without_sapi(self) -> None:
        """Have no /sapi, as the testnet has none."""
        self._venue.has_sapi = False

    def drop_streams(self) -> None:
        """Cut all market streams without a word."""
        self._do(lambda: _cut(self._venue.streams.connections))

    def drop_user_data(self) -> None:
        """Cut all connections to the web-socket API without a word."""
        self._do(lambda: _cut(self._server.account_connections))

    def half_open_streams(self) -> None:
        """Let the market streams fall silent, though TCP stands: nothing comes, and no ping is answered."""
        self._do(lambda: _half_open(self._venue.streams.connections))

    def half_open_user_data(self) -> None:
        """Let the web-socket API fall silent, though TCP stands."""
        self._do(lambda: _half_open(self._server.account_connections))

    def refuse_connections(self, *kinds: Kind) -> None:
        """Refuse new web sockets; all kinds, if none is named."""
        self._do(lambda: self._venue.refusing.update(kinds or ("streams", "ws_api")))

    def accept_connections(self) -> None:
        """Take new web sockets again."""
        self._do(self._venue.refusing.clear)

    def release_user_data(self) -> None:
        """Tell the events that `misbehave.user_data.hold` has held back, and hold no more."""
        self.misbehave.user_data.hold = False
        self._do(self._venue.user_data.release)

    def terminate_user_data(self) -> None:
        """End all subscriptions to the account with the event that says so; the connections stand."""
        self._do(lambda: self._venue.user_data.end(self._venue.user_data.all(), self._venue.now_ms()))

    def end_of_day(self, *, announced: bool = False) -> None:
        """Close all web sockets as the exchange does after 24 hours, if so wished with word before."""

        async def closing() -> None:
            if announced:
                self._venue.streams.announce_shutdown(self._venue.now_ms())
                for each in self._server.account_connections:
                    each.send({"event": {"e": "serverShutdown", "E": self._venue.now_ms()}})
                await asyncio.sleep(0.05)
            every = [*self._venue.streams.connections, *self._server.account_connections]
            await asyncio.gather(*(each.close() for each in every))

        self._await(closing())

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """Answer everything with 503, and have no web sockets, for the length of a with statement."""
        self._venue.is_in_maintenance = True
        self.end_of_day()
        try:
            yield
        finally:
            self._venue.is_in_maintenance = False

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Be nowhere on the network, for the length of a with statement: connections are cut, new ones refused."""
        self._await(self._server.vanish())
        try:
            yield
        finally:
            self._await(self._server.listen())


def _cut(connections: Sequence[Connection]) -> None:
    for connection in connections:
        connection.cut()


def _half_open(connections: Sequence[Connection]) -> None:
    for connection in connections:
        connection.is_half_open = True
