"""Whether two sides made the same trades: without that, their speeds say nothing about each other."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple


class Trade(NamedTuple):
    """A trade by its bars and by what it was filled at; an open one has no exit."""

    entry_bar: str
    exit_bar: str | None
    entry_price: float
    exit_price: float | None


def ours(path: Path) -> list[Trade]:
    """Read a trades.json."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Trade(row["entry_bar"], row["exit_bar"], row["entry_price"], row["exit_price"]) for row in rows]


def theirs(path: Path) -> list[Trade]:
    """Read what tests.bench.in_backtrader wrote."""
    rows = [row + [None] * (4 - len(row)) for row in json.loads(path.read_text(encoding="utf-8"))]
    return [Trade(entry_bar, exit_bar, entry, exit) for entry_bar, entry, exit_bar, exit in rows]


def first_difference(ours: list[Trade], theirs: list[Trade], peer: str) -> str | None:
    """Tell the first trade that only one side made, or None."""
    for number, (our, their) in enumerate(zip_longest(ours, theirs), start=1):
        if our != their:
            return f"trade {number} differs:\n  tradingbot {our}\n  {peer} {their}"
    return None
