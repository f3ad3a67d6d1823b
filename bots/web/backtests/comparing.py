"""What backtests brought, side by side: figures with the best of each marked, and equity to be drawn."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any, Literal

from bots.web.backtests.backtest import Backtest
from bots.web.backtests.keeping import EQUITY, SUMMARY

CURVE_POINTS = 1000
type Unit = Literal["percent", "money", "count", "ratio", "days"]
type Better = Literal["more", "less", ""]


@dataclass(frozen=True, slots=True)
class Point:
    """The equity at the close of a bar; `time` in seconds since 1970."""

    time: int
    equity: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one backtest brought: `figures` as summary.json has them."""

    backtest: Backtest
    figures: Mapping[str, Any]
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one backtest, in words."""

    text: str
    best: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of all of them; `better` says which of two is the better one."""

    label: str
    better: Better
    cells: tuple[Cell, ...]


# What a trader asks for first, in this order, and which of two is the better one where one can be.
_FIGURES: tuple[tuple[str, str, Unit, Better], ...] = (
    ("total_return_pct", "Return", "percent", "more"),
    ("cagr_pct", "Return a year", "percent", "more"),
    ("final_equity", "Equity at the end", "money", "more"),
    ("max_drawdown_pct", "Max drawdown", "percent", "less"),
    ("longest_drawdown_seconds", "Longest drawdown", "days", "less"),
    ("sharpe", "Sharpe ratio", "ratio", "more"),
    ("sortino", "Sortino ratio", "ratio", "more"),
    ("exposure_pct", "In the market", "percent", ""),
    ("closed_trades", "Trades", "count", ""),
    ("win_rate_pct", "Trades won", "percent", "more"),
    ("profit_factor", "Profit factor", "ratio", "more"),
    ("average_trade", "Average trade", "money", "more"),
    ("commission", "Commission", "money", "less"),
    ("bars", "Bars", "count", ""),
)
FIRST = 6
"""So many of the figures are enough beside a form."""


def compared(results: Sequence[Result]) -> list[Row]:
    """Return the figures of some backtests; with several, the best of each are marked."""
    return [_row(results, *figure) for figure in _FIGURES]


def same_bars(results: Sequence[Result]) -> bool:
    """Say whether they were run on bars of the same time, so that comparing them means something."""
    return len({(result.figures.get("start"), result.figures.get("end")) for result in results}) <= 1


def read_result(backtest: Backtest, folder: Path) -> Result:
    """Read what the command `backtest` has left in a folder."""
    figures = json.loads((folder / SUMMARY).read_text("utf-8"))
    with (folder / EQUITY).open(encoding="utf-8", newline="") as file:
        points = [Point(int(datetime.fromisoformat(line[0]).timestamp()), float(line[1])) for line in _lines(file)]
    return Result(backtest, figures, tuple(thinned(points, CURVE_POINTS)))


def in_short(folder: Path) -> str:
    """Say in a few words what a backtest brought; nothing where that cannot be read."""
    try:
        figures = json.loads((folder / SUMMARY).read_text("utf-8"))
        return f"{figures['total_return_pct']:+,.2f} %, {figures['closed_trades']:,} trades"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def thinned(points: Sequence[Point], most: int) -> Iterator[Point]:
    """Return the lowest and the highest point of each run of points, the first one and the last one."""
    size = max(ceil(2 * len(points) / most), 1)
    for start in range(0, len(points), size):
        run = points[start : start + size]
        chosen = {min(run, key=_equity), max(run, key=_equity)}
        if start == 0:
            chosen.add(run[0])
        if start + size >= len(points):
            chosen.add(run[-1])
        yield from sorted(chosen, key=lambda point: point.time)


def _equity(point: Point) -> float:
    return point.equity


def _lines(file: Any) -> Iterator[list[str]]:
    lines = csv.reader(file)
    next(lines, None)
    return lines


def _row(results: Sequence[Result], key: str, label: str, unit: Unit, better: Better) -> Row:
    values = [result.figures.get(key) for result in results]
    texts = [worded(value, unit) for value in values]
    known = [value for value in values if isinstance(value, int | float)]
    best = ""
    # What reads the same is as good for whoever reads it.
    if better and len(known) > 1 and len(set(texts)) > 1:
        best = worded(max(known) if better == "more" else min(known), unit)
    return Row(label, better, tuple(Cell(text, text == best) for text in texts))


def worded(value: object, unit: Unit) -> str:
    """Return a figure in words."""
    if not isinstance(value, int | float):
        return "n/a"
    match unit:
        case "percent":
            return f"{value + 0.0:,.2f} %"
        case "money":
            return f"{value + 0.0:,.2f}"
        case "count":
            return f"{value:,}"
        case "ratio":
            return f"{value + 0.0:.2f}"
        case "days":
            days, hours = divmod(round(value / 3600), 24)
            return f"{days} d {hours} h" if days else f"{hours} h"
