"""What a bot has done: its trades, orders, events, log and document, each a page of its own."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from bots.results.plain_json import json_ready
from bots.trading.records import Trade
from bots.web.console import TheConsole
from bots.web.forms import masked
from bots.web.pages.bot import had
from bots.web.pages.cells import gain, glance
from bots.web.pages.rendering import render

router = APIRouter()
_ROWS = 200
_LINES = 400
_PAGE = 50
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


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
    rows = [json_ready(asdict(trade)) for trade in await console.bots.trades(name)]
    writer = csv.DictWriter(file, list(Trade.__slots__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    disposition = {"Content-Disposition": f'attachment; filename="{console.bots.entry(name).name}-trades.csv"'}
    return PlainTextResponse(file.getvalue(), media_type="text/csv", headers=disposition)


@router.get("/bots/{name}/orders")
async def orders(request: Request, console: TheConsole, name: str) -> Response:
    """Show its last orders."""
    found, trouble = await had(console.bots.orders(name, _ROWS))
    return _tab(request, console, name, "orders", trouble, orders=found or (), most=_ROWS)


@router.get("/bots/{name}/events")
async def events(request: Request, console: TheConsole, name: str) -> Response:
    """Show what happened to it."""
    found, trouble = await had(console.bots.events(name, _ROWS))
    return _tab(request, console, name, "events", trouble, events=found or (), most=_ROWS)


@router.get("/bots/{name}/log")
async def log(request: Request, console: TheConsole, name: str, level: str = "", words: str = "") -> Response:
    """Show the end of its log."""
    found, trouble = await had(console.bots.log_tail(name, _LINES))
    level = level if level in _LEVELS else ""
    lines = list(_of_level(_levelled(found or ()), level, words[:100]))
    return _tab(
        request, console, name, "log", trouble, lines=lines, level=level, levels=_LEVELS, words=words[:100], most=_LINES
    )


@router.get("/bots/{name}/document")
async def document(request: Request, console: TheConsole, name: str) -> Response:
    """Show its document; what looks like a secret is not shown."""
    written, trouble = await had(console.bots.document(name))
    text = masked(written.text) if written is not None else ""
    return _tab(request, console, name, "document", trouble, text=_pretty(text))


def _tab(request: Request, console: TheConsole, name: str, tab: str, trouble: str, **more: Any) -> Response:
    bot = glance(console.bots.entry(name), datetime.now(UTC))
    return render(request, f"bot_{tab}.html", tab=tab, bot=bot, trouble=trouble, **more)


def _held(trade: Trade) -> str:
    if trade.exit_bar is None:
        return ""
    minutes = int((trade.exit_bar - trade.entry_bar).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _levelled(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each line its level; one that has none, as those of a traceback, belongs to the line before."""
    level = "INFO"
    for line in lines:
        head = line[:40] if not line.startswith("{") else line[:200]
        level = next((each for each in _LEVELS if each in head), level)
        yield level, line


def _of_level(lines: Iterable[tuple[str, str]], level: str, words: str) -> Iterator[tuple[str, str]]:
    least = _LEVELS.index(level) if level else 0
    wanted = words.lower().split()
    for each, line in lines:
        if _LEVELS.index(each) >= least and all(word in line.lower() for word in wanted):
            yield each.lower(), line


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
