"""Changes of the fleet as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from bots.web.api.documenting import problems
from bots.web.bots import Bots, Entry
from bots.web.console import TheConsole

router = APIRouter(tags=["Bots"])

# Bots change all the time; nobody can look at more than this.
_PAUSE_SECONDS = 1.0
# Proxies cut lines on which nothing comes, and a reader who has gone is only noticed by writing.
_SILENCE_SECONDS = 15.0

_EXAMPLE = 'event: fleet\nid: 7\ndata: {"version": 7, "changed": ["0001"], "removed": []}\n\n'


@router.get(
    "/events",
    summary="Follow the bots",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events `fleet`: which bots have changed or are new, and which are gone; the "
            "first one names all of them. A comment comes at least every 15 seconds.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems(401, 403),
    },
)
async def events(console: TheConsole) -> StreamingResponse:
    """Tell which bots change, at most once a second, until the session ends."""
    return StreamingResponse(
        _told(console.bots),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(bots: Bots) -> AsyncIterator[str]:
    known: Mapping[str, Entry] = {}
    version = bots.version
    while True:
        fleet = {entry.name: entry for entry in bots.fleet()}
        changed = [name for name, entry in fleet.items() if known.get(name) != entry]
        removed = [name for name in known if name not in fleet]
        if changed or removed or not known:
            data = json.dumps({"version": version, "changed": changed, "removed": removed})
            yield f"event: fleet\nid: {version}\ndata: {data}\n\n"
        known = fleet
        await asyncio.sleep(_PAUSE_SECONDS)
        try:
            version = await asyncio.wait_for(bots.changed(version), _SILENCE_SECONDS)
        except TimeoutError:
            yield ": still here\n\n"
