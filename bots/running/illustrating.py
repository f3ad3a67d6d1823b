"""Pictures for messages: a trade among its bars, the account's last weeks. Drawn where nothing waits for it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bots.notify.message import ILLUSTRATED, Identity
from bots.notify.pictures import equity_picture, round_trip, trade_chart
from bots.trading.events import Event, EventKind
from bots.trading.records import EquityPoint
from strategies.bar import Bar

LOGGER = logging.getLogger("tradingbot.notify")

# What a picture of a trade can show.
_BARS = 300


class Illustrating:
    """Remembers the last bars, and draws what an event tells of.

    Parameters
    ----------
    equity : callable
        Returns the account's last weeks, few enough points to be drawn; may block.
    """

    def __init__(self, equity: Callable[[], Sequence[EquityPoint]]) -> None:
        self._equity = equity
        self._bars: deque[Bar] = deque(maxlen=_BARS)
        # Always the same one: each thread that has drawn keeps megabytes.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    def saw(self, bar: Bar) -> None:
        """Remember a bar; one that is told again after a restart of the strategy is known."""
        if not self._bars or bar.time > self._bars[-1].time:
            self._bars.append(bar)

    async def picture_of(self, event: Event, whose: Identity) -> bytes | None:
        """Return a picture as PNG, or None: no message waits for one that cannot be drawn."""
        if event.kind not in ILLUSTRATED:
            return None
        title = f"{whose.bot} ({whose.told_mode}) {whose.symbol}"
        try:
            if event.kind is EventKind.DAILY_SUMMARY:
                return await self._aside(lambda: self._account(title, whose.quote))
            bars, trip = tuple(self._bars), round_trip(event)
            if trip is None or not bars:
                return None
            return await self._aside(lambda: trade_chart(bars, trip, title=title, quote=whose.quote))
        except Exception as error:
            LOGGER.warning("a message goes without its picture: %r", error)
            return None

    def _account(self, title: str, quote: str) -> bytes | None:
        points = self._equity()
        return equity_picture(points, title=title, quote=quote) if points else None

    async def _aside(self, draw: Callable[[], bytes | None]) -> bytes | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, draw)
