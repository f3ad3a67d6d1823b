"""Bodies of requests: none larger than any of ours is, and none that never arrives."""

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots.web.login.policy import Refusal
from bots.web.login.refusing import answer


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes of a body, and the most seconds until all of them have come."""

    largest: int = 1_048_576
    patience: float = 30.0

    @property
    def too_large(self) -> Refusal:
        """The answer to more."""
        return Refusal(413, f"this takes {self.largest} bytes at most")

    @property
    def too_slow(self) -> Refusal:
        """The answer to later."""
        return Refusal(408, f"the rest of this did not come within {self.patience:.0f} s")


USUAL = Limits()
WIDE = Limits(20 * 1_048_576 + 1, 120.0)
# Where files of bars are sent to.
_BARS = ("/backtests/bars", "/api/v1/backtests/bars/")
_GONE: Message = {"type": "http.disconnect"}


class SmallBodies:
    """Answers a body that is too large or too slow, whatever route waits for it.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    usual : Limits
        What holds everywhere, but where files of bars are sent to.
    """

    def __init__(self, app: ASGIApp, usual: Limits = USUAL) -> None:
        self._app, self._usual = app, usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limits = WIDE if scope["path"].startswith(_BARS) else self._usual
        if _said(Headers(scope=scope)) > limits.largest:
            await answer(scope, limits.too_large)(scope, receive, send)
            return
        body = _Body(limits, scope, receive, send)
        await self._app(scope, body.receive, body.send)


class _Body:
    """One request's body on its way to a route."""

    def __init__(self, limits: Limits, scope: Scope, receive: Receive, send: Send) -> None:
        self._limits, self._until = limits, asyncio.get_running_loop().time() + limits.patience
        self._scope, self._receive, self._send = scope, receive, send
        self._bytes, self._whole, self._begun, self._refused = 0, False, False, False

    async def receive(self) -> Message:
        if self._refused:
            return _GONE
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return await self._refuse(self._limits.too_slow)
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return await self._refuse(self._limits.too_large) if self._bytes > self._limits.largest else message

    async def send(self, message: Message) -> None:
        # Whatever the route makes of half a body: it has been answered.
        if not self._refused:
            self._begun = True
            await self._send(message)

    async def _refuse(self, refusal: Refusal) -> Message:
        if not self._begun:
            await answer(self._scope, refusal)(self._scope, self._receive, self._send)
        self._refused = True
        return _GONE


def _said(headers: Headers) -> int:
    said = headers.get("Content-Length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0
