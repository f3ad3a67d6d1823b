"""The addresses /outbox and /picture: a console fetches what people are to be told, and says what it has told them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bots.notify.message import Identity
from bots.seen.authorisation import deny, read_token
from bots.seen.bodies import BadBodyError, read_channels, read_event, read_limit, read_told
from bots.seen.changing import denied, read_body, refused
from bots.trading.keeping import KeptEvent

ADDRESS, PICTURE = "/outbox", "/picture"
_NO_CONSOLE = "this bot tells people itself: run it with TRADINGBOT_CONSOLE=1 to leave that to a console"
_NOT_HANDED_OUT = "no event of this number was handed out to this channel by this process: fetch what waits first"


class Posted(Protocol):
    """What waits to be told, as a console sees it."""

    @property
    def leaves_it_to_a_console(self) -> bool:
        """Say whether a console is to tell at all."""
        ...

    @property
    def whose(self) -> Callable[[], Identity]:
        """What returns whose messages they are."""
        ...

    def waiting(self, channels: Sequence[str], limit: int) -> Mapping[str, Sequence[KeptEvent]]:
        """Return what waits for each channel."""
        ...

    def told(self, channel: str, number: int) -> bool:
        """Note that all up to this event was told; say whether that can be."""
        ...

    async def picture_of(self, number: int) -> bytes | None:
        """Return the picture of an event as PNG, where it has one."""
        ...


class Posting:
    """Handlers, in the loop that trades; each takes a transaction of the journal, or a thread that draws.

    Parameters
    ----------
    posted : Posted
        What waits.
    token_file : Path, optional
        Holds the token; without it nothing is handed out.
    """

    def __init__(self, posted: Posted, token_file: Path | None) -> None:
        self._posted, self._token_file = posted, token_file

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        return [
            web.get(ADDRESS, self._for_a_console(self._waiting), allow_head=False),
            web.post(ADDRESS, self._for_a_console(self._told)),
            web.get(PICTURE, self._for_a_console(self._picture), allow_head=False),
        ]

    def _for_a_console(
        self, answer: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            # Messages hold figures, and whoever takes them takes them away from people.
            denial = deny(read_token(self._token_file), request.headers.get("Authorization"))
            if denial is not None:
                return denied(denial)
            if not self._posted.leaves_it_to_a_console:
                return refused(409, _NO_CONSOLE)
            try:
                return await answer(request)
            except BadBodyError as error:
                return refused(400, str(error))

        return handle

    async def _waiting(self, request: web.Request) -> web.Response:
        query = request.query
        channels, limit = read_channels(query.getall("channel", [])), read_limit(query.get("limit"))
        waiting = self._posted.waiting(channels, limit)
        return web.json_response(
            {
                "identity": asdict(self._posted.whose()),
                "waiting": {channel: [_plain(kept) for kept in events] for channel, events in waiting.items()},
            }
        )

    async def _told(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        told = read_told(body)
        if not self._posted.told(told.channel, told.number):
            return refused(409, _NOT_HANDED_OUT)
        return web.json_response({"channel": told.channel, "told": told.number})

    async def _picture(self, request: web.Request) -> web.Response:
        picture = await self._posted.picture_of(read_event(request.query.get("event")))
        if picture is None:
            return refused(404, "there is no picture of this event, or none any more")
        return web.Response(body=picture, content_type="image/png")


def _plain(kept: KeptEvent) -> dict[str, Any]:
    event = kept.event
    return {
        "number": kept.number,
        "kind": str(event.kind),
        "time": event.time.isoformat(),
        "text": event.text,
        "data": event.data,
    }
