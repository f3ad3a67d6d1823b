"""Waiting in the server's loop."""

import asyncio
from collections.abc import Callable

from aiohttp import web

_LOOK_SECONDS = 0.002


async def until(condition: Callable[[], bool]) -> None:
    """Return when something is so; the caller's task may be cancelled meanwhile."""
    while True:
        if condition():
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def until_gone(request: web.BaseRequest) -> None:
    """Return when the client of a request has hung up."""
    await until(lambda: request.transport is None or request.transport.is_closing())
