"""A venue in a thread of its own, and doing things there from any other thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from copy import copy
from typing import Any

from tests.venues.binance.orders import Order
from tests.venues.binance.playing import Player
from tests.venues.binance.server import Server
from tests.venues.binance.venue import Venue

_SECONDS = 30.0


class Held:
    """A server and its thread; what the server's loop owns is touched there only."""

    def __init__(self, venue: Venue, server: Server, pulse_seconds: float) -> None:
        self._venue, self._server, self._player = venue, server, Player(venue)
        self._pulse_seconds = pulse_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="binance-double", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        self._await(self._server.start())
        asyncio.run_coroutine_threadsafe(self._player.pulse(self._pulse_seconds), self._loop)

    def stop(self) -> None:
        """Stop playing and listening; may be called twice."""
        if self._loop.is_closed():
            return
        self._await(self._server.stop())
        self._await(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    def _do[T](self, act: Callable[[], T]) -> T:
        """Do something in the server's loop, and return what came of it."""

        async def doing() -> T:
            return act()

        return self._await(doing())

    def _await[T](self, doing: Coroutine[Any, Any, T], seconds: float = _SECONDS) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(seconds)


def copied(order: Order) -> Order:
    """Return an order as it is now, which does not change any more."""
    snapshot = copy(order)
    snapshot.trades = list(order.trades)
    return snapshot


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
