"""How far a download has come: one line that changes on a terminal, a line now and then elsewhere."""

import sys
import time
from datetime import datetime

import click

_TERMINAL_SECONDS = 0.1
_LOG_SECONDS = 10.0
_WIDTH = 24


class Progress:
    """Tells on standard error how far a download from one moment to another has come."""

    def __init__(self, what: str, begin: datetime, end: datetime) -> None:
        self._what, self._begin, self._end = what, begin, end
        self._on_terminal = sys.stderr.isatty()
        self._next = 0.0 if self._on_terminal else time.monotonic() + _LOG_SECONDS
        self._is_drawn = False

    def reached(self, time_of_bar: datetime, count: int) -> None:
        """Take how far it is now."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_TERMINAL_SECONDS if self._on_terminal else _LOG_SECONDS)
        share = min(1.0, max(0.0, (time_of_bar - self._begin) / (self._end - self._begin)))
        words = f"{share:4.0%}  {count:,} bars, up to {time_of_bar:%Y-%m-%d %H:%M}"
        if self._on_terminal:
            done = round(share * _WIDTH)
            click.echo(f"\r\033[K{self._what} [{'#' * done}{'-' * (_WIDTH - done)}] {words}", err=True, nl=False)
            self._is_drawn = True
        else:
            click.echo(f"{self._what} {words}", err=True)

    def say(self, sentence: str) -> None:
        """Tell something else, on a line of its own."""
        self.wipe()
        click.echo(sentence, err=True)

    def wipe(self) -> None:
        """Take the changing line away."""
        if self._is_drawn:
            click.echo("\r\033[K", err=True, nl=False)
            self._is_drawn = False
