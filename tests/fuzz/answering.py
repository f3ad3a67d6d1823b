"""A server on this machine that answers with whatever bytes it was given, over HTTP and over web sockets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web


@dataclass(frozen=True)
class Answer:
    """One answer over HTTP."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Answering:
    """Answers by method and path, the same question with one answer after another; then with `otherwise`."""

    def __init__(self) -> None:
        self.answers: Mapping[str, Sequence[Answer] | Answer] = {}
        self.messages: Sequence[bytes] = ()
        """What is sent to whoever opens a web socket, before it is closed."""
        self.otherwise = Answer(b"{}")
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._talk(request)
        asked = f"{request.method} {request.path}"
        answer = self.answers.get(asked, self.otherwise)
        if not isinstance(answer, Answer):
            self.answers = {**self.answers, asked: answer[1:]}
            answer = answer[0] if answer else self.otherwise
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        socket: Any = web.WebSocketResponse()
        await socket.prepare(request)
        for message in self.messages:
            # As text, though it may be none: a server that is broken does not look at what it sends.
            await socket._writer.send_frame(message, WSMsgType.TEXT)
        await socket.close()
        return socket  # type: ignore[no-any-return]
