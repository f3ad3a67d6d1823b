"""The page of one bot: how it is and why, its chart, its account."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bots.web.bots import Bots
from bots.web.console import TheConsole
from bots.web.pages.cells import gain, glance
from bots.web.pages.charting import chart_of
from bots.web.pages.rendering import render
from strategies.errors import TradingBotError

router = APIRouter()
_BARS, _POINTS, _EVENTS = 500, 600, 8


@router.get("/bots/{name}")
async def bot(request: Request, console: TheConsole, name: str) -> Response:
    """Show a bot."""
    entry = console.bots.entry(name)
    now = await _now(console.bots, name)
    return render(request, "bot.html", tab="overview", bot=glance(entry, datetime.now(UTC)), **now)


@router.get("/bots/{name}/now")
async def how_it_is(request: Request, console: TheConsole, name: str) -> Response:
    """Show the part beside the charts as it is now."""
    console.bots.entry(name)
    return render(request, "bot_side.html", **await _now(console.bots, name))


@router.get("/bots/{name}/chart.json")
async def chart(console: TheConsole, name: str) -> Response:
    """Return what the charts of a bot's page are drawn from; what cannot be had is left out, and told."""
    console.bots.entry(name)
    return JSONResponse(await _charted(console.bots, name))


async def _now(bots: Bots, name: str) -> dict[str, Any]:
    status, trouble = await had(bots.status(name))
    events, no_events = await had(bots.events(name, _EVENTS))
    return {
        "status": status,
        "trouble": trouble,
        "events": events or (),
        "no_events": no_events,
        "gain": gain,
        "now": datetime.now(UTC),
    }


async def _charted(bots: Bots, name: str) -> dict[str, Any]:
    bars, no_bars = await had(bots.bars(name, _BARS))
    curve, no_curve = await had(bots.curve(name, _POINTS))
    trades, _ = await had(bots.trades(name))
    status, _ = await had(bots.status(name))
    lots: Sequence[Mapping[str, Any]] = (status or {}).get("position", {}).get("lots", ())
    told = chart_of(bars or {}, trades or (), lots, curve or ())
    return {**told, "no_bars": no_bars, "no_curve": no_curve}


async def had[T](asked: Awaitable[T]) -> tuple[T | None, str]:
    """Return what was asked for, or the sentence that says why it cannot be had."""
    try:
        return await asked, ""
    except TradingBotError as error:
        return None, str(error)
