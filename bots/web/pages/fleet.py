"""The page of all bots: how they are, what they have, filtered and sorted by the server."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from bots.seen.rows import State
from bots.web.bots import Bots
from bots.web.console import TheConsole
from bots.web.pages.cells import glance, sum_of
from bots.web.pages.rendering import render
from bots.web.selecting import Choice, Selection, Sort, select

router = APIRouter()
PAGE = 100
_MODES = ("live", "paper", "fallback")
_COLUMNS: tuple[tuple[str, Sort | None, str], ...] = (
    ("Bot", Sort.NAME, ""),
    ("State", Sort.TROUBLE, ""),
    ("Market", Sort.SYMBOL, ""),
    ("Position", Sort.POSITION, "num"),
    ("Equity", Sort.EQUITY, "num"),
    ("Of late", None, ""),
    ("Today", Sort.TODAY, "num"),
    ("In all", Sort.PROFIT, "num"),
    ("Drawdown", Sort.DRAWDOWN, "num"),
    ("Last bar", None, "num"),
)


def choice_of(query: Mapping[str, str]) -> Choice:
    """Return what an address asks for; what makes no sense is left out, since people write addresses by hand."""
    page = query.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1
    return Choice(
        words=query.get("words", "")[:200].strip(),
        state=next((state for state in State if state == query.get("state")), None),
        mode=next((mode for mode in _MODES if mode == query.get("mode")), ""),
        alarmed=query.get("alarmed") == "1",
        sort=next((sort for sort in Sort if sort == query.get("sort")), Sort.TROUBLE),
        backwards=query.get("backwards") == "1",
        offset=(max(number, 1) - 1) * PAGE,
        limit=PAGE,
    )


def address_of(choice: Choice, **changed: Any) -> str:
    """Return the part of an address that asks for a choice, with something of it changed."""
    known = {
        "words": choice.words,
        "state": choice.state or "",
        "mode": choice.mode,
        "alarmed": "1" if choice.alarmed else "",
        "sort": "" if choice.sort is Sort.TROUBLE else choice.sort,
        "backwards": "1" if choice.backwards else "",
        "page": "" if choice.offset == 0 else choice.offset // PAGE + 1,
    }
    return urlencode({key: value for key, value in {**known, **changed}.items() if value != ""})


def told(bots: Bots, choice: Choice) -> tuple[Selection, dict[str, Any]]:
    """Return what was found, and what templates say of it."""
    found, now = select(bots.fleet(), choice), datetime.now(UTC)
    return found, {
        "choice": choice,
        "rows": [glance(entry, now) for entry in found.entries],
        "found": found.found,
        "of": found.of,
        "sums": [sum_of(total) for total in found.totals],
        "states": found.states,
        "columns": [_column(choice, *column) for column in _COLUMNS],
        "pages": -(-found.found // PAGE),
        "page": choice.offset // PAGE + 1,
        "address": lambda **changed: address_of(choice, **changed),
        "modes": _MODES,
        "all_states": list(State),
        "now": now,
    }


@router.get("/")
async def fleet(request: Request, console: TheConsole) -> Response:
    """Show the bots."""
    choice = choice_of(request.query_params)
    _, words = told(console.bots, choice)
    return render(request, "fleet.html", news=f"/fleet/news?{address_of(choice)}", **words)


def _column(choice: Choice, title: str, sort: Sort | None, kind: str) -> dict[str, Any]:
    chosen = sort is not None and choice.sort is sort
    backwards = "1" if chosen and not choice.backwards else ""
    link = address_of(choice, sort=sort, backwards=backwards, page="") if sort is not None else ""
    order = ("descending" if choice.backwards else "ascending") if chosen else ""
    return {"title": title, "kind": kind, "link": link, "order": order}
