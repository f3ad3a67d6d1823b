"""The results as text: the best for a terminal, all of them as CSV."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.ledger import told_as_faults
from bots.commands.sweeping.rows import METRICS, Metric, Row, metric_named, worded
from bots.commands.sweeping.values import label_of, short_names

_SHOWN = ("sharpe", "sortino", "profit", "return", "drawdown", "profit-factor", "win-rate", "trades")


def best_lines(grid: Grid, best: Sequence[Row], metric: Metric) -> list[str]:
    """Give the best combinations as aligned columns, the one by which they are sorted right after the parameters."""
    shown = [metric, *(metric_named(name) for name in _SHOWN if name != metric.name)]
    head = [*short_names([p.key for p in grid.parameters]), *(f"{m.name}{m.unit}".replace(" ", "") for m in shown)]
    with_later = any(row.later for row in best)
    if with_later:
        head[len(grid.parameters) + 1 : len(grid.parameters) + 1] = [f"{metric.name}, later"]
    cells = [head]
    for row in best:
        numbers = [worded(row.number_of(m), m) for m in shown]
        if with_later:
            numbers.insert(1, worded(row.later[METRICS.index(metric)] if row.later else None, metric))
        cells.append([*(label_of(value) for value in grid.values(row.number)), *numbers])
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def write_csv(path: Path, grid: Grid, lines: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write all combinations in the order of their numbers, with every figure that is one number.

    Raises
    ------
    SweepError
        If it cannot be written.
    """
    figures: dict[str, Any] = next((line["figures"] for line in lines() if "figures" in line), {})
    columns = [key for key, value in figures.items() if not isinstance(value, dict)]
    later = columns if any("out_of_sample" in line for line in lines()) else []
    # As text, which takes a tenth of the memory of what it is made of.
    rows = {line["number"]: _csv_row(line, columns, later) for line in lines()}
    keys = [parameter.key for parameter in grid.parameters]
    head = ["number", *keys, "state", *columns, "halted", *(f"out_of_sample_{key}" for key in later), "why"]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with told_as_faults(path):
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(_csv_text(head))
            file.writelines(rows[number] for number in sorted(rows))
        draft.replace(path)


def _csv_row(line: Mapping[str, Any], columns: Sequence[str], later: Sequence[str]) -> str:
    state = next((state for state in ("failed", "refused") if state in line), "traded")
    own, beyond = line.get("figures", {}), line.get("out_of_sample", {})
    return _csv_text(
        [
            str(line["number"]),
            *(label_of(value) for value in line["values"]),
            state,
            *(_cell(own.get(key)) for key in columns),
            line.get("halted") or "",
            *(_cell(beyond.get(key)) for key in later),
            line.get(state, ""),
        ]
    )


def _csv_text(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
