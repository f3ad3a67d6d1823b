"""What one bot's pod says of itself, and how its equity has gone of late."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bots.console.answers import read_status
from bots.console.fleet import BotAt
from bots.resource.bot_http import BotHttp
from bots.seen.rows import row_of_status
from bots.web.in_cluster.entries import Heard
from strategies.errors import BotUnreachableError

_POINTS = 40
_CURVE_EVERY_SECONDS = 300.0


async def hear(http: BotHttp, bot: BotAt, before: Heard) -> Heard:
    """Return what a bot says now; where it does not, what it said before, and why."""
    try:
        status = await status_of(http, bot)
    except BotUnreachableError as error:
        return replace(before, has_pod=True, silence=str(error))
    row = replace(row_of_status(status, datetime.now(UTC)), bot=bot.key[1], address="")
    heard = replace(before, has_pod=True, row=row, halted=bool(status.get("halt")), silence="")
    if before.answers and time.monotonic() - before.traced < _CURVE_EVERY_SECONDS:
        return heard
    return replace(heard, equity=await _equity(http, bot) or before.equity, traced=time.monotonic())


async def status_of(http: BotHttp, bot: BotAt) -> Mapping[str, Any]:
    """Return what a bot answers at /status.

    Raises
    ------
    BotUnreachableError
        If it does not answer, or another one does.
    """
    told = await http.ask("GET", f"{bot.url}/status", bot.name)
    status = read_status(told, bot.name)
    if told.get("bot") != bot.key[1]:
        raise BotUnreachableError(f"another bot answers at the address of {bot.name}: its pod is being replaced")
    return status


async def _equity(http: BotHttp, bot: BotAt) -> tuple[float, ...]:
    try:
        told = await http.ask("GET", f"{bot.url}/curve", bot.name, query=[("points", str(_POINTS))])
        return tuple(float(point["equity"]) for point in told)
    except (BotUnreachableError, KeyError, TypeError, ValueError):
        # One of an earlier release has no such address.
        return ()
