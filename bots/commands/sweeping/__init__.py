"""The command `tradingbot sweep`: a document, bars and parameters in, every combination's figures out."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from adapters.bars_file import read_bars
from bots.commands.backtesting import bars_of, doubts
from bots.commands.sweeping.combining import Grid
from bots.commands.sweeping.ledger import Ledger, ledger_of
from bots.commands.sweeping.neighbours import best_company, company, sentences
from bots.commands.sweeping.one import Task
from bots.commands.sweeping.page import Sweep, write_page
from bots.commands.sweeping.places import check_places
from bots.commands.sweeping.progress import SweepProgress
from bots.commands.sweeping.rows import Row, metric_named, ranked, row_of
from bots.commands.sweeping.shared_bars import digest
from bots.commands.sweeping.table import best_lines, write_csv
from bots.commands.sweeping.values import parameter_of
from bots.commands.sweeping.workers import Workers
from bots.config import document_from_bytes
from bots.config.raw import decode, parse, read_bytes
from bots.version import VERSION
from strategies.errors import SweepError

_MANY = 100_000
_SHOWN = 20
_TOLD = 5
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person has asked for."""

    document: Path
    params: tuple[str, ...]
    bars: Path | None
    out: Path
    jobs: int | None = None
    sort: str = "sharpe"
    split: float | None = None
    fresh: bool = False
    yes: bool = False


def sweep(wanted: Wanted) -> int:
    """Trade every combination that is not done yet, tell the best, and return an exit status.

    Raises
    ------
    DocumentError, BarsFileError, SweepError
        If document, bars, parameters or folder cannot be used.
    """
    content = read_bytes(wanted.document)
    document = document_from_bytes(content, str(wanted.document))
    values: Any = parse(str(decode(content)))
    grid = Grid(tuple(parameter_of(text) for text in wanted.params))
    check_places(values, grid.parameters)
    if len(grid) > _MANY and not wanted.yes:
        raise SweepError(f"{len(grid):,} combinations are many; take wider steps, or say --yes to trade them all")
    file = read_bars(bars_of(document, wanted.bars))
    if wanted.split is not None and not 0 < round(len(file.bars) * wanted.split) < len(file.bars):
        raise SweepError(f"--split {wanted.split} leaves no bars on one side of {len(file.bars):,}; take another share")
    for doubt in doubts(document, file):
        click.echo(doubt, err=True)
    known_by = {
        "document": hashlib.sha256(document.canonical_json().encode()).hexdigest(),
        "bars": digest(file),
        "params": [[parameter.key, list(parameter.values)] for parameter in grid.parameters],
        "split": wanted.split,
        "version": VERSION,
    }
    task = Task(wanted.document.stem, values, grid, wanted.split)
    metric = metric_named(wanted.sort)
    with ledger_of(wanted.out, known_by, fresh=wanted.fresh) as ledger:
        rows = {row.number: row for row in map(row_of, ledger.lines())}
        left = [number for number in range(len(grid)) if number not in rows or rows[number].state == "failed"]
        jobs = min(wanted.jobs or len(os.sched_getaffinity(0)), max(len(left), 1))
        click.echo(_plan(grid, len(left), jobs))
        workers = Workers(task, file, jobs)
        is_whole = True
        try:
            best = next(iter(ranked(rows.values(), metric)), None)
            with SweepProgress(len(grid), len(grid) - len(left), metric, best) as progress:
                for line in workers.trade(iter(left)) if left else ():
                    ledger.append(line)
                    rows[line["number"]] = row = row_of(line)
                    progress.done(row)
        except KeyboardInterrupt:
            is_whole = False
        finally:
            workers.end()
        title = f"{wanted.document.stem}: {document.symbol} {document.data.interval}"
        period = (
            f"{file.bars[0].time:%Y-%m-%d %H:%M} to {file.bars[-1].time:%Y-%m-%d %H:%M} UTC, {len(file.bars):,} bars"
        )
        _tell(Sweep(title, period, grid, rows, metric, wanted.split), ledger, wanted.out)
        if not is_whole:
            done = len(rows)
            click.echo(
                f"stopped; {done:,} of {len(grid):,} are kept in {ledger.path}, the same command goes on", err=True
            )
            return _INTERRUPTED
    return 1 if any(row.state != "traded" for row in rows.values()) and _is_bad(rows) else 0


def _is_bad(rows: Mapping[int, Row]) -> bool:
    """Say whether a sweep did not bring what was asked: something failed, or nothing at all was traded."""
    return any(row.state == "failed" for row in rows.values()) or all(row.state == "refused" for row in rows.values())


def _plan(grid: Grid, left: int, jobs: int) -> str:
    sizes = " x ".join(f"{len(parameter.values):,} of {parameter.key}" for parameter in grid.parameters)
    done = f", {len(grid) - left:,} of them done by an earlier run" if left < len(grid) else ""
    return f"{len(grid):,} combinations ({sizes}){done}; " + (f"{jobs} at a time" if left else "nothing is left to do")


def _tell(made: Sweep, ledger: Ledger, out: Path) -> None:
    """Write what is there, and tell the best, what was refused and what failed."""
    best = ranked(made.rows.values(), made.metric)
    write_csv(out / "results.csv", made.grid, ledger.lines)
    around = company(made.grid, made.rows, best[0], made.metric) if best else None
    said = sentences(around, made.metric, best)
    write_page(out / "sweep.html", made, said, best, best_company(made.grid, made.rows, made.metric))
    if best:
        click.echo("\n".join(best_lines(made.grid, best[:_SHOWN], made.metric)))
        click.echo("\n".join(said))
    for state in ("refused", "failed"):
        chosen = [row for row in made.rows.values() if row.state == state]
        for row in sorted(chosen, key=lambda row: row.number)[:_TOLD]:
            values = ", ".join(
                f"{p.key}={json.dumps(v)}"
                for p, v in zip(made.grid.parameters, made.grid.values(row.number), strict=True)
            )
            click.echo(f"{state}: {values}: {row.why}", err=True)
        if chosen:
            click.echo(
                f"{len(chosen):,} combinations were {state}"
                if state == "refused"
                else f"{len(chosen):,} combinations failed; the same command tries them again",
                err=True,
            )
    click.echo(f"results in {out}/ (open {out / 'sweep.html'})")
