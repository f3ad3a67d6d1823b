"""The page of one bot: how it is and why, its chart, its account."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from bots.web.api.bot_values import EVENTS, STATUS
from bots.web.api.values import understood
from bots.web.bots import Bots
from bots.web.console import TheConsole
from bots.web.pages.bars_in_words import bars_in_words, levels_in_words
from bots.web.pages.cells import gain, glance
from bots.web.pages.charting import chart_of
from bots.web.pages.rendering import render
from strategies.errors import TradingBotError

router = APIRouter()
_BARS, _POINTS, _EVENTS, _ROWS = 500, 600, 8, 50


class _Bars(TypedDict, total=False):
    interval: Any
    bars: list[dict[str, Any]]


# One bar that cannot be drawn is left out, and takes no other with it.
_ROUGHLY_BARS, _ROUGHLY_POINTS = TypeAdapter(_Bars), TypeAdapter(list[dict[str, Any]])


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
    curve, no_curve = await had(_said(console.bots.curve(name, _POINTS), _ROUGHLY_POINTS, name))
    return JSONResponse({**await _charted(console.bots, name, curve or ()), "no_curve": no_curve})


@router.get("/bots/{name}/bars")
async def bars(request: Request, console: TheConsole, name: str) -> Response:
    """Show the last bars with entries, exits and levels as a table, for whoever cannot see the chart."""
    console.bots.entry(name)
    found = await _charted(console.bots, name)
    return render(
        request, "bot_bars.html", name=name, interval=found["interval"], trouble=found["no_bars"],
        rows=bars_in_words(found, _ROWS), levels=levels_in_words(found),
    )  # fmt: skip


async def _now(bots: Bots, name: str) -> dict[str, Any]:
    status, trouble = await had(_said(bots.status(name), STATUS, name))
    events, no_events = await had(_said(bots.events(name, _EVENTS), EVENTS, name))
    return {
        "status": status,
        "trouble": trouble,
        "events": events or (),
        "no_events": no_events,
        "gain": gain,
        "now": datetime.now(UTC),
    }


async def _charted(bots: Bots, name: str, curve: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    bars, no_bars = await had(_said(bots.bars(name, _BARS), _ROUGHLY_BARS, name))
    trades, _ = await had(bots.trades(name))
    status, _ = await had(_said(bots.status(name), STATUS, name))
    lots = status["position"]["lots"] if status else ()
    return {**chart_of(bars or {}, trades or (), lots, curve), "no_bars": no_bars}


async def _said(asked: Awaitable[Any], adapter: TypeAdapter[Any], name: str) -> Any:
    """Return what a bot says, plain; one of another version may say what no page understands."""
    return adapter.dump_python(understood(adapter, await asked, name), mode="json")


async def had[T](asked: Awaitable[T]) -> tuple[T | None, str]:
    """Return what was asked for, or the sentence that says why it cannot be had."""
    try:
        return await asked, ""
    except TradingBotError as error:
        return None, str(error)
