"""The addresses /bars, /orders, /events and /curve: what was seen and done so far."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from aiohttp import web

from bots.results.plain_json import json_ready
from bots.seen.bodies import BadBodyError, read_count
from bots.seen.changing import refused
from strategies.bar import Bar

ADDRESSES = ("/bars", "/orders", "/events", "/curve")
MOST_ROWS, MOST_POINTS = 1000, 2000
type Rows = Sequence[Mapping[str, Any]]


class Remembered(Protocol):
    """What a bot remembers; all but the bars may block."""

    @property
    def interval(self) -> str:
        """The length of its bars, as the document has it."""
        ...

    def bars(self, limit: int) -> Sequence[Bar]:
        """Return its last bars, oldest first."""
        ...

    def orders(self, limit: int) -> Rows:
        """Return its last orders, newest first."""
        ...

    def events(self, limit: int) -> Rows:
        """Return what happened last, newest first."""
        ...

    def curve(self, points: int) -> Rows:
        """Return equity and drawdown in all, oldest first."""
        ...


class History:
    """Handlers; what is read from the journal or is long is made in a thread, beside the loop that trades.

    Parameters
    ----------
    bot : Remembered
        Who remembers.
    """

    def __init__(self, bot: Remembered) -> None:
        self._bot = bot

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        bot = self._bot
        return [
            web.get("/bars", self._counted("limit", 1, 300, MOST_ROWS, lambda limit: bars_told(bot, limit))),
            web.get("/orders", self._counted("limit", 1, 100, MOST_ROWS, lambda limit: rows_told(bot.orders(limit)))),
            web.get("/events", self._counted("limit", 1, 100, MOST_ROWS, lambda limit: rows_told(bot.events(limit)))),
            web.get("/curve", self._counted("points", 2, 300, MOST_POINTS, lambda count: rows_told(bot.curve(count)))),
        ]

    def _counted(
        self, name: str, least: int, usual: int, most: int, answer: Callable[[int], object]
    ) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            try:
                count = read_count(request.query.get(name), name, least, usual, most)
            except BadBodyError as error:
                return refused(400, str(error))
            return web.json_response(text=await asyncio.to_thread(lambda: json.dumps(answer(count))))

        return handle


def bars_told(bot: Remembered, limit: int) -> dict[str, Any]:
    """Return a bot's last bars as JSON's values, with their length."""
    return {"interval": bot.interval, "bars": [json_ready(bar._asdict()) for bar in bot.bars(limit)]}


def rows_told(rows: Rows) -> list[dict[str, Any]]:
    """Return rows, and the rows within them, as JSON's values: money as numbers, times as text."""
    return [
        json_ready({key: rows_told(value) if key == "fills" else value for key, value in row.items()}) for row in rows
    ]
