"""Asking one bot: what it says of itself, or its journal does."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from bots.results.plain_json import json_ready
from bots.web.api.bot_values import (
    BARS,
    CURVE,
    EVENTS,
    LOG,
    ORDERS,
    STATUS,
    TRADES,
    Bars,
    CurvePoint,
    EventTold,
    LogLines,
    OrderTold,
    Status,
    Trades,
)
from bots.web.api.documenting import NAMED, problems
from bots.web.api.values import BotName, understood
from bots.web.console import TheConsole

router = APIRouter(tags=["One bot"], prefix="/bots/{name}", responses=problems(*NAMED, 422))

type Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]


@router.get("/status", summary="Ask a bot how it is", responses=problems(409))
async def status(console: TheConsole, name: BotName) -> Status:
    """Return what the bot says of itself; a stopped one's figures are those of its journal, where that is at hand."""
    return understood(STATUS, await console.bots.status(name), name)


@router.get("/trades", summary="List its trades", responses=problems(409))
async def trades(
    console: TheConsole,
    name: BotName,
    limit: Annotated[int, Query(ge=1, le=10_000, description="How many of the last.")] = 1000,
) -> Trades:
    """Return its last trades, oldest first, open ones last."""
    made = await console.bots.trades(name)
    last = understood(TRADES, [json_ready(asdict(trade)) for trade in made[-limit:]], name)
    return Trades(total=len(made), trades=last)


@router.get("/curve", summary="See its equity", responses=problems(409))
async def curve(
    console: TheConsole,
    name: BotName,
    points: Annotated[int, Query(ge=2, le=2000, description="About how many points.")] = 300,
) -> tuple[CurvePoint, ...]:
    """Return equity and drawdown over the whole life of its account, thinned so that the extremes stay."""
    return understood(CURVE, list(await console.bots.curve(name, points)), name)


@router.get("/bars", summary="See its last bars", responses=problems(409))
async def bars(console: TheConsole, name: BotName, limit: Limit = 300) -> Bars:
    """Return the last bars that it has seen, those of its warm-up included; none where it does not run."""
    return understood(BARS, await console.bots.bars(name, limit), name)


@router.get("/orders", summary="List its orders", responses=problems(409))
async def orders(console: TheConsole, name: BotName, limit: Limit = 100) -> tuple[OrderTold, ...]:
    """Return its last orders with their executions, newest first."""
    return understood(ORDERS, list(await console.bots.orders(name, limit)), name)


@router.get("/events", summary="List what happened to it", responses=problems(409))
async def events(console: TheConsole, name: BotName, limit: Limit = 100) -> tuple[EventTold, ...]:
    """Return what happened to it, newest first."""
    return understood(EVENTS, list(await console.bots.events(name, limit)), name)


@router.get("/log", summary="See the end of its log", responses=problems(409))
async def log(
    console: TheConsole,
    name: BotName,
    lines: Annotated[int, Query(ge=1, le=1000, description="How many lines at most.")] = 100,
) -> LogLines:
    """Return the last lines of its log, oldest first."""
    return understood(LOG, {"lines": list(await console.bots.log_tail(name, lines))}, name)
