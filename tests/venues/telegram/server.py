"""The Bot API over HTTP: one token, and whatever is to go wrong."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.venues.telegram.api import Api
from tests.venues.telegram.records import Records, Request
from tests.venues.telegram.refusals import NOT_FOUND, UNAUTHORIZED, RefusedError


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at a request: an answer, or a connection that is cut (`status` 0), late by so much.

    With `executed` it is done all the same, and only the answer gets lost.
    """

    status: int
    body: Any = None
    seconds: float = 0.0
    executed: bool = False


class Server:
    """Listens on one port; used in its own loop only."""

    def __init__(self, token: str, api: Api, records: Records, host: str = "127.0.0.1") -> None:
        self.token, self.api, self.records = token, api, records
        self.faults: dict[str, list[Fault]] = {}
        self.always: dict[str, Fault] = {}
        self.host, self.port = host, 0
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None

    async def start(self) -> None:
        """Begin to listen."""
        app = web.Application(client_max_size=50_000_000)
        app.router.add_route("*", "/{bot:bot[^/]*}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.listen()

    async def listen(self) -> None:
        """Take connections, always on the same port."""
        if self._runner is None or self._site is not None:
            return
        taken = socket.create_server((self.host, self.port))
        self.port = taken.getsockname()[1]
        self._site = web.SockSite(self._runner, taken)
        await self._site.start()

    async def vanish(self) -> None:
        """Take no connection any more, and cut those that there are."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        if self._runner is not None and self._runner.server is not None:
            for connection in self._runner.server.connections:
                if connection.transport is not None:
                    connection.transport.abort()

    async def stop(self) -> None:
        """Listen no more."""
        await self.vanish()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        came, params = time.time(), await _params(request)
        fault = next(iter(self._pending(method)), None) or self.always.get(method) or self.always.get("")
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        status, body = (0, None) if fault is None else (fault.status, fault.body)
        if fault is None or fault.executed:
            answered = await self._answer(request.match_info["bot"], method, params)
            status, body = answered if fault is None else (status, body)
        self.records.requests.append(Request(came, method, params, status))
        if status == 0:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, body=content, content_type="application/json")

    def _pending(self, method: str) -> Iterator[Fault]:
        for name in (method, ""):
            if self.faults.get(name):
                yield self.faults[name].pop(0)

    async def _answer(self, bot: str, name: str, params: dict[str, Any]) -> tuple[int, Any]:
        try:
            if bot != f"bot{self.token}":
                raise RefusedError(*UNAUTHORIZED)
            method = self.api.method(name)
            if method is None:
                raise RefusedError(*NOT_FOUND)
            if strange := self.api.strangers(name, params):
                self.records.complaints.append(f"{name} has no {', '.join(sorted(strange))}")
            return 200, {"ok": True, "result": await method(params)}
        except RefusedError as refused:
            return refused.status, refused.body


async def _params(request: web.Request) -> dict[str, Any]:
    sent: dict[str, Any] = dict(request.query)
    for name, value in (await request.post()).items():
        sent[name] = value.file.read() if isinstance(value, web.FileField) else value
    return sent
