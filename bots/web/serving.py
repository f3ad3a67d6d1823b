"""The application, served by uvicorn inside the loop that is there: no signals, no logging of its own."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from strategies.errors import PortTakenError

LOGGER = logging.getLogger("tradingbot.web")
_LAST_ANSWERS_SECONDS = 2
_HEAD_SECONDS = 15.0
_KEPT_OPEN_SECONDS = 30
_MOST_CONNECTIONS = 500
_LARGEST_HEAD = 65_536


class _Impatient(H11Protocol):
    """Does not wait for ever until a request has begun: whoever only connects would take the places of others."""

    _head_until: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            self._head_until = None
        elif self.timeout_keep_alive_task is None:
            # A part of a head. Its time runs from its first byte, however slowly others follow.
            self._await_head()

    def _await_head(self) -> None:
        self._head_until = self._head_until or self.loop.time() + _HEAD_SECONDS
        self.timeout_keep_alive_task = self.loop.call_at(self._head_until, self.timeout_keep_alive_handler)


class _Quiet(uvicorn.Server):
    """Leaves signals to the process, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Serving:
    """Serves an application at one address.

    Parameters
    ----------
    app : ASGIApp
        The application; its lifespan is not this one's to run.
    """

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            http=_Impatient,
            ws="none",
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEPT_OPEN_SECONDS,
            timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen and return the address.

        Raises
        ------
        PortTakenError
            If nothing can listen there.
        """
        listening = await _listen(host, port)
        name, number = listening.getsockname()[:2]
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        await self._server.listening.wait()
        return f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"

    async def stop(self) -> None:
        """Stop listening; what is being answered has a moment to come to its end."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    async def ended(self) -> None:
        """Wait until it does not serve any more; raises what has made it so."""
        if self._task is not None:
            await asyncio.shield(self._task)


async def _listen(host: str, port: int) -> socket.socket:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PortTakenError(
            f"there is no address {host!r} to listen at on this machine; choose another --host"
        ) from error
    family, _, _, _, address = found[0]
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_MOST_CONNECTIONS)
        made.setblocking(False)
    except OSError as error:
        made.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise PortTakenError(f"port {port} on {host} {why}; choose another with --port") from error
    return made
