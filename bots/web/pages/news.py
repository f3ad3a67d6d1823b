"""What has changed, sent to a page as it happens: rows of the fleet that are shown, or the head of one bot."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from bots.web.bots import Bots, Entry
from bots.web.console import TheConsole, TheSession
from bots.web.login.sessions import Session
from bots.web.pages.cells import glance
from bots.web.pages.fleet import choice_of, told
from bots.web.pages.rendering import part
from bots.web.selecting import Choice
from strategies.errors import NoSuchBotError

router = APIRouter()

# Bots change all the time; nobody can look at more than this.
_PAUSE_SECONDS = 1.0
# A page that hears nothing for longer says that it is deaf.
_SILENCE_SECONDS = 10.0

type News = Iterator[tuple[str, Any]]


@router.get("/fleet/news")
async def fleet_news(request: Request, console: TheConsole, session: TheSession) -> StreamingResponse:
    """Send rows as they change, the summary, and word of another order."""
    return _stream(console.bots, _FleetNews(console.bots, choice_of(request.query_params), session).news)


@router.get("/bots/{name}/news")
async def bot_news(console: TheConsole, session: TheSession, name: str) -> StreamingResponse:
    """Send the head of a bot's page whenever it changes; of a bot that is not there, that it is gone."""
    return _stream(console.bots, _BotNews(console.bots, name, session).news)


class _FleetNews:
    """What of a part of the fleet was sent, and what is new. At first all is: the page may be older than the stream."""

    def __init__(self, bots: Bots, choice: Choice, session: Session) -> None:
        self._bots, self._choice, self._session = bots, choice, session
        self._shown: dict[str, Entry] | None = None
        self._summary = ""

    def news(self) -> News:
        """Yield what is new since the last time."""
        selection, words = told(self._bots, self._choice)
        before, now = self._shown, datetime.now(UTC)
        self._shown = {entry.name: entry for entry in selection.entries}
        for name, entry in self._shown.items():
            if before is None or before.get(name, entry) != entry:
                row = part("fleet_row.html", bot=glance(entry, now), session=self._session)
                yield "row", {"id": f"bot-{name}", "html": row}
        if before is None or list(self._shown) != list(before):
            yield "order", {"ids": [f"bot-{name}" for name in self._shown]}
        if (summary := part("fleet_summary.html", **words)) != self._summary:
            self._summary = summary
            yield "summary", {"html": summary}


class _BotNews:
    """The head of a bot's page, as it was sent; at first it was not."""

    def __init__(self, bots: Bots, name: str, session: Session) -> None:
        self._bots, self._name, self._session = bots, name, session
        self._entry: Entry | None = None

    def news(self) -> News:
        """Yield the head, if it is new."""
        try:
            entry = self._bots.entry(self._name)
        except NoSuchBotError:
            yield "gone", {"html": part("bot_gone.html", name=self._name, seen=self._entry is not None)}
            return
        if entry != self._entry:
            self._entry = entry
            head = part("bot_head.html", bot=glance(entry, datetime.now(UTC)), session=self._session)
            yield "head", {"html": head}


def _stream(bots: Bots, news: Callable[[], News]) -> StreamingResponse:
    return StreamingResponse(
        _told(bots, news),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(bots: Bots, news: Callable[[], News]) -> AsyncIterator[str]:
    version = bots.version
    yield "event: alive\ndata: {}\n\n"
    while True:
        for kind, data in news():
            yield f"event: {kind}\ndata: {json.dumps(data)}\n\n"
            if kind == "gone":
                return
        await asyncio.sleep(_PAUSE_SECONDS)
        try:
            version = await asyncio.wait_for(bots.changed(version), _SILENCE_SECONDS)
        except TimeoutError:
            yield "event: alive\ndata: {}\n\n"
