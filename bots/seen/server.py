"""What the bot serves over HTTP, from the very loop that trades: a frozen loop cannot say that it is alive."""

import asyncio
import errno
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from bots.results.plain_json import json_ready
from bots.running.health import Health
from bots.seen import history
from bots.seen.changing import ADDRESSES, LARGEST_BODY, Changing
from bots.seen.history import History
from bots.seen.last_lines import LastLines
from bots.seen.posting import Posting
from bots.seen.rebinding import is_this_machine, refuse_other_names
from bots.trading.records import EquityPoint, Trade
from strategies.errors import PortTakenError, TradingBotError

DEFAULT_PORT = 8080
_PORTS_TRIED = 100
_THEIRS = (HttpProcessingError, web.RequestPayloadError)
LOGGER = logging.getLogger("tradingbot.http")
_MOST_POINTS = 100_000


def _is_ours(record: logging.LogRecord) -> bool:
    """Say whether trouble with a request is our own: bytes that are no request are their sender's, who was told so."""
    return record.exc_info is None or not isinstance(record.exc_info[1], _THEIRS)


LOGGER.addFilter(_is_ours)


@web.middleware
async def _told_in_a_line(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer our own errors with their sentence: a journal that cannot be read is no reason for a traceback."""
    try:
        return await handler(request)
    except TradingBotError as error:
        return web.json_response({"error": str(error)}, status=503)


class Served(Protocol):
    """The bot as its server sees it."""

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics."""
        ...

    def get_status(self) -> Mapping[str, Any]:
        """Return the status."""
        ...

    def health(self) -> Health:
        """Return what the probes answer."""
        ...

    def trades(self) -> list[Trade]:
        """Return all trades; may block."""
        ...

    def equity_curve(self, limit: int) -> list[EquityPoint]:
        """Return the last points of the equity curve; may block."""
        ...


class BotServer:
    """The bot's HTTP server; see docs/run.md for what each address answers.

    Without `changing` nothing can be changed, without `posting` no console can tell what happens, without `last_lines`
    its log is read where it lies, and without `history` it tells trades and equity only of what was.
    """

    def __init__(
        self,
        bot: Served,
        changing: Changing | None = None,
        posting: Posting | None = None,
        last_lines: LastLines | None = None,
        history: History | None = None,
    ) -> None:
        self._bot = bot
        self._changing, self._posting, self._last_lines = changing, posting, last_lines
        self._history = history
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int | None) -> str:
        """Listen and return the address; without a port the first free one from 8080 on is taken.

        Raises
        ------
        PortTakenError
            If the port, or every port tried, is in use.
        """
        guards = [refuse_other_names] if is_this_machine(host) else []
        app = web.Application(middlewares=[*guards, _told_in_a_line], client_max_size=LARGEST_BODY)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/healthz", self._probe(lambda health: health.alive)),
                web.get("/readyz", self._probe(lambda health: health.ready)),
                web.get("/metrics", self._metrics),
                web.get("/status", self._status),
                web.get("/trades", self._trades),
                web.get("/equity", self._equity),
                *(self._history.routes() if self._history is not None else ()),
                *(self._changing.routes() if self._changing is not None else ()),
                *(self._posting.routes() if self._posting is not None else ()),
                *(self._last_lines.routes() if self._last_lines is not None else ()),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, logger=LOGGER, shutdown_timeout=1.0)
        await self._runner.setup()
        candidates = range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED) if port is None else (port,)
        for candidate in candidates:
            try:
                site = web.TCPSite(self._runner, host, candidate)
                await site.start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise PortTakenError(f"cannot listen on {host}:{candidate}: {error.strerror}") from error
                continue
            name, listening = self._runner.addresses[0][:2]
            return f"http://[{name}]:{listening}" if ":" in name else f"http://{name}:{listening}"
        tried = f"{candidates[0]}" if len(candidates) == 1 else f"{candidates[0]} to {candidates[-1]}"
        raise PortTakenError(f"port {tried} on {host} is in use; choose another with --port")

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _probe(self, answer: Callable[[Health], bool]) -> Callable[[web.Request], Any]:
        async def probe(_request: web.Request) -> web.Response:
            health = self._bot.health()
            good = answer(health)
            body = {"ok": good, "reasons": list(health.reasons)}
            return web.json_response(body, status=200 if good else 503)

        return probe

    async def _index(self, _request: web.Request) -> web.Response:
        seen = history.ADDRESSES if self._history is not None else ()
        return web.json_response(
            {
                "bot": self._bot.get_status()["bot"],
                "see": ["/status", "/trades", "/equity", *seen, "/metrics", "/healthz", "/readyz"],
                "change": list(ADDRESSES if self._changing is not None else ()),
            }
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._bot.registry), headers={"Content-Type": content_type})

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response(self._bot.get_status())

    async def _trades(self, _request: web.Request) -> web.Response:
        return web.json_response(text=await asyncio.to_thread(_listed, self._bot.trades))

    async def _equity(self, request: web.Request) -> web.Response:
        asked = request.query.get("limit", "1000")
        if not asked.isdecimal() or len(asked) > len(str(_MOST_POINTS)) or not 0 < int(asked) <= _MOST_POINTS:
            raise web.HTTPBadRequest(text=f"limit is a number from 1 to {_MOST_POINTS}")
        return web.json_response(text=await asyncio.to_thread(_listed, lambda: self._bot.equity_curve(int(asked))))


def _listed(read: Callable[[], Sequence[Trade | EquityPoint]]) -> str:
    """Return rows as JSON. In a thread, and row by row: whoever may look must not keep the bot from trading."""
    return f"[{', '.join(json.dumps(json_ready(asdict(row))) for row in read())}]"
