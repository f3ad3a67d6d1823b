"""The addresses that change a bot: /halt, /resume and /hold, for those who show the bot's token."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bots.seen.authorisation import Denial, deny, read_token
from bots.seen.bodies import BadBodyError, read_halt, read_hold, read_resume
from bots.trading.halts import HaltMode

ADDRESSES = ("/halt", "/resume", "/hold")
LARGEST_BODY = 4096


class Changed(Protocol):
    """The bot as those see it who may change it; each answers with what is halted, held and open afterwards."""

    def halt(self, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """Make no entries until resumed."""
        ...

    def resume(self, *, by: str) -> Mapping[str, Any]:
        """Go on after a halt."""
        ...

    def hold(self, seconds: int) -> Mapping[str, Any]:
        """Make no entries for so long; 0 ends a hold."""
        ...


class Changing:
    """Handlers of the addresses that change a bot.

    Parameters
    ----------
    bot : Changed
        Whom to tell.
    token_file : Path, optional
        Holds the token; without it nothing can be changed.
    """

    def __init__(self, bot: Changed, token_file: Path | None) -> None:
        self._bot = bot
        self._token_file = token_file

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        changes = (self._halt, self._resume, self._hold)
        return [web.post(path, self._taking(change)) for path, change in zip(ADDRESSES, changes, strict=True)]

    def _taking(self, change: Callable[[bytes], Mapping[str, Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def take(request: web.Request) -> web.Response:
            # Before the body is looked at: whoever may change nothing also learns nothing.
            denial = deny(read_token(self._token_file), request.headers.get("Authorization"))
            if denial is not None:
                return denied(denial)
            body = await read_body(request)
            if isinstance(body, web.Response):
                return body
            try:
                return web.json_response(change(body))
            except BadBodyError as error:
                return refused(400, str(error))

        return take

    def _halt(self, body: bytes) -> Mapping[str, Any]:
        asked = read_halt(body)
        return self._bot.halt(asked.mode, asked.reason, by=asked.by)

    def _resume(self, body: bytes) -> Mapping[str, Any]:
        return self._bot.resume(by=read_resume(body))

    def _hold(self, body: bytes) -> Mapping[str, Any]:
        return self._bot.hold(read_hold(body))


async def read_body(request: web.Request) -> bytes | web.Response:
    """Return a request's body, or what to answer where there is none that can be read."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return refused(413, f"the body is larger than {LARGEST_BODY} bytes")
    except web.RequestPayloadError:
        return refused(400, "the body is not encoded as its headers say")


def denied(denial: Denial) -> web.Response:
    """Return the answer to whoever may not ask."""
    answer = refused(denial.status, denial.text)
    if denial.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="tradingbot"'
    return answer


def refused(status: int, text: str) -> web.Response:
    """Return an answer that says in a line why there is no other."""
    return web.json_response({"error": text}, status=status)
