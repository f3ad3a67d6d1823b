"""What a bot has done: its trades, orders, events, log and document, each a page of its own."""

import csv
import io
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from starlette.responses import PlainTextResponse, Response

from bots.results.plain_csv import cell
from bots.results.plain_json import json_ready
from bots.trading.records import Trade
from bots.web.api.bot_values import EVENTS, ORDERS
from bots.web.api.values import understood
from bots.web.console import TheConsole
from bots.web.forms import masked
from bots.web.pages.bot import had
from bots.web.pages.cells import gain, glance
from bots.web.pages.log_tail import LEVELS, lines_of, mark_of, since
from bots.web.pages.rendering import render

type Told = Mapping[str, Any]

router = APIRouter()
_ROWS = 200
_LINES = 400
_PAGE = 50
_LONGEST_WORDS = 100
# Lines that came are added to those that a person reads, or has selected; nothing else is touched.
_APPENDED = {"HX-Retarget": "#log-lines", "HX-Reswap": "beforeend", "HX-Reselect": ".line"}


@router.get("/bots/{name}/trades")
async def trades(request: Request, console: TheConsole, name: str, page: int = 1) -> Response:
    """Show its trades, newest first."""
    found, trouble = await had(console.bots.trades(name))
    every = list(reversed(found or ()))
    page = max(1, min(page, -(-len(every) // _PAGE) or 1))
    shown = every[(page - 1) * _PAGE : page * _PAGE]
    return _tab(
        request, console, name, "trades", trouble,
        trades=shown, all=len(every), page=page, pages=-(-len(every) // _PAGE), gain=gain, held=_held,
    )  # fmt: skip


@router.get("/bots/{name}/trades.csv")
async def trades_csv(console: TheConsole, name: str) -> Response:
    """Return all trades as a file, oldest first."""
    file = io.StringIO()
    made = await console.bots.trades(name)
    rows = [{key: cell(value) for key, value in json_ready(asdict(trade)).items()} for trade in made]
    writer = csv.DictWriter(file, list(Trade.__slots__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    disposition = {"Content-Disposition": f'attachment; filename="{console.bots.entry(name).name}-trades.csv"'}
    return PlainTextResponse(file.getvalue(), media_type="text/csv", headers=disposition)


@router.get("/bots/{name}/orders")
async def orders(request: Request, console: TheConsole, name: str) -> Response:
    """Show its last orders."""
    found, trouble = await had(_understood(console.bots.orders(name, _ROWS), ORDERS, name))
    return _tab(request, console, name, "orders", trouble, orders=found or (), most=_ROWS)


@router.get("/bots/{name}/events")
async def events(request: Request, console: TheConsole, name: str) -> Response:
    """Show what happened to it."""
    found, trouble = await had(_understood(console.bots.events(name, _ROWS), EVENTS, name))
    return _tab(request, console, name, "events", trouble, events=found or (), most=_ROWS)


@router.get("/bots/{name}/log")
async def log(
    request: Request, console: TheConsole, name: str, level: str = "", words: str = "", have: str = ""
) -> Response:
    """Show the end of its log; a page that has a part of it gets what came since, or nothing."""
    found, trouble = await had(console.bots.log_tail(name, _LINES))
    level, words = level if level in LEVELS else "", words[:_LONGEST_WORDS]
    lines = lines_of(found or (), level, words)
    mark = mark_of([("", trouble)] if trouble else lines, level, words)
    if request.headers.get("HX-Request") == "true":
        new = None if trouble else since(have, lines, level, words)
        if have == mark:
            return Response(status_code=204)
        if new:
            answer = render(request, "bot_log_more.html", lines=new, mark=mark)
            answer.headers.update(_APPENDED)
            return answer
    return _tab(request, console, name, "log", trouble, lines=lines, level=level, levels=LEVELS, words=words, mark=mark)


@router.get("/bots/{name}/document")
async def document(request: Request, console: TheConsole, name: str) -> Response:
    """Show its document; what looks like a secret is not shown."""
    written, trouble = await had(console.bots.document(name))
    text = masked(written.text) if written is not None else ""
    return _tab(request, console, name, "document", trouble, text=_pretty(text))


async def _understood(asked: Awaitable[Sequence[Told]], adapter: TypeAdapter[Any], name: str) -> Sequence[Told]:
    return [told.model_dump(mode="json") for told in understood(adapter, list(await asked), name)]


def _tab(request: Request, console: TheConsole, name: str, tab: str, trouble: str, **more: Any) -> Response:
    bot = glance(console.bots.entry(name), datetime.now(UTC))
    return render(request, f"bot_{tab}.html", tab=tab, bot=bot, trouble=trouble, **more)


def _held(trade: Trade) -> str:
    if trade.exit_bar is None:
        return ""
    minutes = int((trade.exit_bar - trade.entry_bar).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
