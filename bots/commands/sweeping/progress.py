"""How far a sweep has come: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bots.commands.sweeping.rows import Metric, Row, merit, worded
from bots.results.figures import duration

_LOG_SECONDS = 10.0


class SweepProgress:
    """Tells on standard error how many combinations are done, at which pace, how long it will take, and the best.

    Parameters
    ----------
    total, done : int
        How many combinations there are, and how many of them an earlier run has traded.
    metric : Metric
        By which the best is found.
    best : Row, optional
        The best so far.
    """

    def __init__(self, total: int, done: int, metric: Metric, best: Row | None = None) -> None:
        self._total, self._done, self._metric, self._best = total, done, metric, best
        self._before = done
        self._begin = time.monotonic()
        self._next = self._begin + _LOG_SECONDS
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("sweep"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(compact=True, elapsed_when_finished=True),
                TextColumn("{task.fields[best]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("sweep", total=total, completed=done, rate="", best=self._best_in_words())

    def __enter__(self) -> Self:
        """Begin to show it."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def done(self, row: Row) -> None:
        """Take one more combination."""
        self._done += 1
        if row.state == "traded" and (self._best is None or self._merit(row) > self._merit(self._best)):
            self._best = row
        now = time.monotonic()
        rate = (self._done - self._before) / max(now - self._begin, 1e-9)
        if self._bar is not None:
            words = f"{rate:.1f}/s"
            self._bar.update(self._task, completed=self._done, rate=words, best=self._best_in_words())
        elif now >= self._next:
            self._next = now + _LOG_SECONDS
            left = duration_of((self._total - self._done) / rate)
            told = f"{self._done:,} of {self._total:,}, {rate:.1f} a second, {left} left, {self._best_in_words()}"
            click.echo(f"sweep {told}".rstrip(", "), err=True)

    def _merit(self, row: Row) -> float:
        return merit(row, self._metric)

    def _best_in_words(self) -> str:
        if self._best is None:
            return ""
        metric = self._metric
        return f"best {metric.name} {worded(self._best.number_of(metric), metric)}{metric.unit}"


def duration_of(seconds: float) -> str:
    """Tell a length of time by its two largest units."""
    return duration(timedelta(seconds=seconds))
