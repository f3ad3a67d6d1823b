"""Streams of events that end: with the session that they were asked for in, and with the console."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots.web.login.doors import Doors
from bots.web.login.sessions import Session


class Closing:
    """Ends the streams of a console that closes; it would wait until the last page is closed."""

    def __init__(self) -> None:
        self._open: set[_Stream] = set()
        self._begun = False

    def begin(self) -> None:
        """End all streams, and those that are asked for from now on."""
        self._begun = True
        for stream in self._open:
            stream.end()

    def add(self, stream: "_Stream") -> None:
        """Know of a stream."""
        self._open.add(stream)
        if self._begun:
            stream.end()

    def drop(self, stream: "_Stream") -> None:
        """Forget it."""
        self._open.discard(stream)


class EndableStreams:
    """Tells a route whose answer goes on and on that nobody listens any more.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    doors : Doors
        Says whether a session has ended.
    closing : Closing
        Says when the console closes.
    """

    def __init__(self, app: ASGIApp, doors: Doors, closing: Closing) -> None:
        self._app, self._doors, self._closing = app, doors, closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        session: Session | None = scope.get("state", {}).get("session")
        if scope["type"] != "http" or session is None:
            await self._app(scope, receive, send)
            return
        stream = _Stream(receive, send, self._doors, session)
        self._closing.add(stream)
        try:
            await self._app(scope, stream.receive, stream.send)
        finally:
            self._closing.drop(stream)
        await stream.finish()


class _Stream:
    """One answer, which may be a stream."""

    def __init__(self, receive: Receive, send: Send, doors: Doors, session: Session) -> None:
        self._receive, self._send, self._doors, self._session = receive, send, doors, session
        self._ended = asyncio.Event()
        self._whole = self._streams = self._over = False

    def end(self) -> None:
        self._ended.set()

    async def finish(self) -> None:
        """End as a stream ends: the browser sees no broken connection, and comes again."""
        if self._streams and not self._over:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def receive(self) -> Message:
        if not self._whole:
            message = await self._receive()
            self._whole = not message.get("more_body", False)
            return message
        heard = asyncio.ensure_future(self._receive())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((heard, ended), return_when=asyncio.FIRST_COMPLETED)
            return heard.result() if heard.done() else {"type": "http.disconnect"}
        finally:
            heard.cancel()
            ended.cancel()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._streams = any(
                name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                for name, value in message["headers"]
            )
        elif not message.get("more_body"):
            self._over = True
        elif self._streams and (self._ended.is_set() or not self._doors.is_in(self._session)):
            self._ended.set()
            # What is not sent gives no other task a turn, and a stream that never waits would not hear of its end.
            await asyncio.sleep(0)
            return
        await self._send(message)
