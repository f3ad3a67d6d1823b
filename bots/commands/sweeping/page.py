"""sweep.html: heat-maps of every pair of parameters and a table, one page that opens anywhere without a network."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.ledger import told_as_faults
from bots.commands.sweeping.neighbours import Company
from bots.commands.sweeping.rows import METRICS, Metric, Numbers, Row, worded
from bots.commands.sweeping.values import label_of, short_names

# A number needs no more digits than anybody can see on a chart.
_DIGITS = 6
_TOLD = 200


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep has come to so far: `metric` is the one by which the best are found."""

    title: str
    period: str
    grid: Grid
    rows: Mapping[int, Row]
    metric: Metric
    split: float | None


def write_page(path: Path, sweep: Sweep, said: Sequence[str], best: Sequence[Row], steady: Company | None) -> None:
    """Write the page; the text of documents is shown as it is, never taken for HTML.

    Parameters
    ----------
    path : Path
        Where.
    sweep : Sweep
        What it shows.
    said : Sequence[str]
        What a reader is warned of.
    best : Sequence[Row]
        Those that were traded, the best first.
    steady : Company, optional
        The combination with the best neighbours.

    Raises
    ------
    SweepError
        If it cannot be written.
    """
    untraded = sorted((row for row in sweep.rows.values() if row.state != "traded"), key=lambda row: row.number)
    template = Template(files("bots.commands.sweeping").joinpath("page.html").read_text("utf-8"))
    page = template.substitute(
        title=escape(sweep.title),
        period=escape(sweep.period),
        counts=escape(_counts(sweep)),
        warning="".join(f"<p>{escape(sentence)}</p>" for sentence in said),
        cards=_cards(sweep, best, steady),
        untraded=_untraded(sweep.grid, untraded),
        data=_in_script(_data(sweep, best)),
        plotly=files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8"),
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with told_as_faults(path):
        draft.write_text(page, "utf-8")
        draft.replace(path)


def _counts(sweep: Sweep) -> str:
    traded = sum(row.state == "traded" for row in sweep.rows.values())
    words = [f"{traded:,} of {len(sweep.grid):,} combinations traded"]
    for state in ("refused", "failed"):
        count = sum(row.state == state for row in sweep.rows.values())
        words += [f"{count:,} {state}"] * bool(count)
    if (left := len(sweep.grid) - len(sweep.rows)) > 0:
        words.append(f"{left:,} still to do")
    return ", ".join(words)


def _cards(sweep: Sweep, best: Sequence[Row], steady: Company | None) -> str:
    cards = []
    if best:
        cards.append(_card(f"The best by {sweep.metric.label}", sweep, best[0], None))
    if steady is not None:
        cards.append(_card("The best among good neighbours", sweep, steady.row, steady))
    return "".join(cards)


def _card(title: str, sweep: Sweep, row: Row, found: Company | None) -> str:
    metric = sweep.metric
    pairs = list(zip(short_names([p.key for p in sweep.grid.parameters]), _labels(sweep.grid, row), strict=True))
    pairs.append((metric.label, worded(row.number_of(metric), metric) + metric.unit))
    if row.later:
        pairs.append((f"{metric.label}, out of sample", worded(row.later[METRICS.index(metric)], metric) + metric.unit))
    if found is not None:
        pairs.append((f"its {found.count} neighbours, median", worded(found.median, metric) + metric.unit))
        pairs.append(("the worst of them", worded(found.worst, metric) + metric.unit))
    inner = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(value)}</dd></div>" for term, value in pairs)
    return f"<section><h2>{escape(title)}</h2><dl>{inner}</dl></section>"


def _untraded(grid: Grid, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    names = short_names([parameter.key for parameter in grid.parameters])
    items = []
    for row in rows[:_TOLD]:
        values = ", ".join(f"{name} {label}" for name, label in zip(names, _labels(grid, row), strict=True))
        items.append(f"<li><b>{escape(row.state)}</b> {escape(values)}: {escape(row.why)}</li>")
    more = f"<li>and {len(rows) - _TOLD:,} more, in results.csv</li>" if len(rows) > _TOLD else ""
    head = f"<summary>{len(rows):,} combinations without figures</summary>"
    return f"<details>{head}<ul>{''.join(items)}{more}</ul></details>"


def _data(sweep: Sweep, best: Sequence[Row]) -> dict[str, Any]:
    parameters = sweep.grid.parameters
    names = short_names([parameter.key for parameter in parameters])
    return {
        "params": [
            {"name": name, "key": p.key, "labels": [label_of(value) for value in p.values], "ordered": p.is_ordered}
            for name, p in zip(names, parameters, strict=True)
        ],
        "metrics": [metric._asdict() for metric in METRICS],
        "metric": METRICS.index(sweep.metric),
        "numbers": [row.number for row in best],
        "rows": [_short(row.numbers) for row in best],
        "later": [_short(row.later) for row in best] if sweep.split is not None else None,
        "split": sweep.split,
    }


def _short(numbers: Numbers) -> list[float | None]:
    return [None if number is None else float(f"{number:.{_DIGITS}g}") for number in numbers]


def _labels(grid: Grid, row: Row) -> list[str]:
    return [label_of(value) for value in grid.values(row.number)]


def _in_script(value: object) -> str:
    """Give JSON that may stand in a script element: nothing in it closes the element or opens a comment."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
