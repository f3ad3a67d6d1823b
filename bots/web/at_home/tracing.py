"""A bot's equity of late, few enough points to be drawn beside its name; read now and then."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Engine

from bots.journal.looking import Found
from bots.journal.reading import read_equity, read_hourly_equity
from bots.web.at_home.past import from_journal
from strategies.errors import TradingBotError

POINTS = 40
_DAYS = 30
# A bot that began today has no hours to be drawn.
_YOUNG_POINTS = 400
_AGAIN_SECONDS = 30.0
# After a trade: on a quickened market they come by the second.
_SOON_SECONDS = 5.0


class Trace:
    """The equity of one bot."""

    def __init__(self) -> None:
        self.values: tuple[float, ...] = ()
        self._seen: object = None
        self._next, self._soon = 0.0, 0.0

    async def follow(self, found: Found, interval: timedelta, seen: object, *, runs: bool) -> None:
        """Read it if there may be more than there was; `seen` is another after a trade, or a word in the journal."""
        now = asyncio.get_running_loop().time()
        is_news = seen != self._seen and (now >= self._soon or not runs)
        if not is_news and not (runs and now >= self._next):
            return
        self._seen, self._next, self._soon = seen, now + _AGAIN_SECONDS, now + _SOON_SECONDS
        try:
            values = await asyncio.to_thread(from_journal, found, lambda engine: _of_late(engine, interval), ())
        except TradingBotError:
            # Its row says so already.
            return
        if values != self.values:
            self.values = values


def thinned(values: Sequence[float], limit: int) -> tuple[float, ...]:
    """Return evenly spaced values, `limit` at most, the last among them."""
    if len(values) <= limit:
        return tuple(values)
    last = len(values) - 1
    return tuple(values[round(number * last / (limit - 1))] for number in range(limit))


def _of_late(engine: Engine, interval: timedelta) -> tuple[float, ...]:
    last = read_equity(engine, 1)
    if not last:
        return ()
    points = read_hourly_equity(engine, last[0].time, interval, _DAYS)
    if len(points) < POINTS:
        points = read_equity(engine, _YOUNG_POINTS)
    return thinned([float(point.equity) for point in points], POINTS)
