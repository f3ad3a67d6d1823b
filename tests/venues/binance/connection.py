"""One web socket of a client: what it may send, pings and pongs, and how it may end."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.venues.binance.limits import Pace
from tests.venues.binance.waiting import until_gone

_FAREWELL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the exchange pings, and how long it waits for a pong."""

    ping_seconds: float = 20.0
    pong_seconds: float = 60.0


class Connection:
    """A web socket; whatever is sent on it keeps its order. Used in the server's loop only."""

    def __init__(self, request: web.Request, rhythm: Rhythm, pace: Pace | None) -> None:
        self.request, self.rhythm, self.pace = request, rhythm, pace
        self.address = request.remote or ""
        self.is_half_open = False
        """TCP stands, but nobody is there any more: nothing is sent, nothing answered, not even a ping."""
        self._socket = web.WebSocketResponse(autoping=False, autoclose=False, max_msg_size=0)
        self._waiting: asyncio.Queue[tuple[str, Callable[[], None] | None]] = asyncio.Queue()
        self._last_pong = time.monotonic()

    async def accept(self) -> None:
        """Finish the handshake."""
        await self._socket.prepare(self.request)

    def send(self, message: Any, sent: Callable[[], None] | None = None) -> None:
        """Put a message on the wire; `sent` is called when it goes."""
        self._waiting.put_nowait((json.dumps(message, separators=(",", ":")), sent))

    async def serve(self, hear: Callable[[str], Awaitable[None]]) -> web.WebSocketResponse:
        """Go on until the connection ends, by whomever; `hear` takes what the client says."""
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._ping())]
        try:
            await self._read(hear)
        finally:
            for helper in helpers:
                helper.cancel()
        return self._socket

    async def close(self, code: int = WSCloseCode.GOING_AWAY, reason: str = "") -> None:
        """End it as a server does, with a close frame."""
        if not self._socket.closed and not self.is_half_open:
            try:
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._socket.close(code=code, message=reason.encode())
            except TimeoutError:
                self.cut()

    def cut(self) -> None:
        """End it without a word."""
        cut(self.request.transport)

    async def _read(self, hear: Callable[[str], Awaitable[None]]) -> None:
        while True:
            message = await self._socket.receive()
            if self.is_half_open:
                if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                    # The client's own close frame is not answered either: it has to give up by itself.
                    await until_gone(self.request)
                    return
                continue
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                await self.close(WSCloseCode.OK)
                return
            if self.pace is not None and not self.pace.allows(time.monotonic()):
                await self.close(WSCloseCode.POLICY_VIOLATION, "Too many requests")
                return
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._last_pong = time.monotonic()
            elif message.type is WSMsgType.TEXT:
                await hear(message.data)

    async def _write(self) -> None:
        while True:
            text, sent = await self._waiting.get()
            if self.is_half_open:
                continue
            if sent is not None:
                sent()
            try:
                await self._socket.send_str(text)
            except ConnectionError:
                return

    async def _ping(self) -> None:
        self._last_pong = time.monotonic()
        while True:
            await asyncio.sleep(self.rhythm.ping_seconds)
            if self.is_half_open:
                continue
            if time.monotonic() - self._last_pong > self.rhythm.ping_seconds + self.rhythm.pong_seconds:
                await self.close(WSCloseCode.POLICY_VIOLATION, "Pong timeout")
                return
            try:
                await self._socket.ping(str(int(time.time() * 1000)).encode())
            except ConnectionError:
                return


def cut(transport: asyncio.BaseTransport | None) -> None:
    """Cut a connection with a TCP reset."""
    if not isinstance(transport, asyncio.Transport):
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
