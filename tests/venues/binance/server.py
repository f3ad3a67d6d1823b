"""The server: one port for REST, market streams and the web-socket API."""

import socket
import time

from aiohttp import web

from tests.venues.binance import rest, ws_api
from tests.venues.binance.connection import Connection, Rhythm, cut
from tests.venues.binance.limits import Pace
from tests.venues.binance.refusals import RefusedError
from tests.venues.binance.streams import MOST_STREAMS
from tests.venues.binance.venue import Venue

# Opening a connection to the web-socket API costs as much as a small question.
_CONNECTING_WEIGHT = 2


class Server:
    """Listens on one address; used in the server's loop only."""

    def __init__(self, venue: Venue, rhythm: Rhythm, host: str, port: int = 0) -> None:
        self.venue, self._rhythm = venue, rhythm
        self.host, self.port = host, port
        self.account_connections: list[Connection] = []
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None

    async def start(self) -> None:
        """Begin to listen."""
        app = web.Application()
        app.router.add_get("/stream", self._streams)
        app.router.add_get("/ws", self._streams)
        app.router.add_get("/ws/{names:.*}", self._streams)
        app.router.add_get("/ws-api/v3", self._ws_api)
        app.router.add_route("*", "/{path:.*}", self._rest)
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
        """Take no connection any more, and cut those that there are, as if the network were gone."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        if self._runner is not None and self._runner.server is not None:
            for connection in self._runner.server.connections:
                cut(connection.transport)

    async def stop(self) -> None:
        """Listen no more."""
        await self.vanish()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        return await rest.handle(self.venue, request)

    async def _streams(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refusal(request, "streams")) is not None:
            return refused
        combined = request.path == "/stream"
        named = request.query.get("streams", "") if combined else request.match_info.get("names", "")
        names = named.split("/")
        if len(names) > MOST_STREAMS:
            return web.Response(status=400, text="too many streams")
        connection = Connection(request, self._rhythm, Pace())
        await connection.accept()
        streams = self.venue.streams
        streams.join(connection, names, combined=combined)

        async def hear(text: str) -> None:
            await streams.hear(connection, text)

        try:
            return await connection.serve(hear)
        finally:
            streams.leave(connection)

    async def _ws_api(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refusal(request, "ws_api")) is not None:
            return refused
        try:
            self.venue.weights.spend(request.remote or "", _CONNECTING_WEIGHT, time.time())
        except RefusedError as busy:
            return web.json_response(busy.body, status=busy.status, headers={"Retry-After": str(busy.retry_after)})
        connection = Connection(request, self._rhythm, None)
        await connection.accept()
        self.account_connections.append(connection)

        async def hear(text: str) -> None:
            await ws_api.hear(self.venue, connection, text)

        try:
            return await connection.serve(hear)
        finally:
            self.account_connections.remove(connection)
            self.venue.user_data.forget(connection)

    def _refusal(self, request: web.Request, kind: str) -> web.Response | None:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=400, text="this is for web sockets")
        if self.venue.is_in_maintenance or kind in self.venue.refusing:
            return web.Response(status=503, text="Service Temporarily Unavailable")
        return None
