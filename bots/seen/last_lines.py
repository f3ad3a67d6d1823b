"""The address /logs: the last lines of the bot's own log, for those who show its token."""

import asyncio
from collections import deque
from pathlib import Path

from aiohttp import web

from bots.seen.authorisation import deny, read_token
from bots.seen.bodies import BadBodyError, read_lines
from bots.seen.changing import denied, refused

# Enough for the lines that people look at, and read in no time.
_TAIL_BYTES = 64_000


class LastLines:
    """Handler of /logs.

    Parameters
    ----------
    log : Path
        The bot's log.
    token_file : Path, optional
        Holds the token; without it nothing is read out.
    """

    def __init__(self, log: Path, token_file: Path | None) -> None:
        self._log, self._token_file = log, token_file

    def routes(self) -> list[web.RouteDef]:
        """Return what to serve."""
        return [web.get("/logs", self._read, allow_head=False)]

    async def _read(self, request: web.Request) -> web.Response:
        # A log says what was bought and why.
        denial = deny(read_token(self._token_file), request.headers.get("Authorization"))
        if denial is not None:
            return denied(denial)
        try:
            lines = read_lines(request.query.get("lines"))
        except BadBodyError as error:
            return refused(400, str(error))
        return web.json_response({"lines": await asyncio.to_thread(tail, self._log, lines)})


def tail(path: Path, lines: int) -> list[str]:
    """Return the last lines of a file, of a huge one without reading the rest; none where there is none."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - _TAIL_BYTES))
            content = file.read(_TAIL_BYTES)
    except OSError:
        return []
    told = content.decode("utf-8", "replace").splitlines()
    # The first may be the end of a line only.
    return list(deque(told[1:] if end > _TAIL_BYTES else told, lines))
