"""The command `tradingbot top`: all bots at a glance, once or as a screen that follows them."""

import json
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console, ConsoleDimensions
from rich.live import Live

from bots.commands.top_asking import Everybody
from bots.commands.top_drawing import draw_once, draw_screen
from bots.commands.top_view import View, keys_in
from bots.seen.overview import Order, in_order
from bots.seen.rows import Row
from strategies.errors import StartError

# Longer than a bot has for its answer, so that one that is silent is told as such.
_PATIENCE_SECONDS = 8.0
_REDRAW_SECONDS = 0.5
_WIDEST = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose bots are looked at: those of a working directory, and those at some addresses."""

    workdir: Path
    urls: tuple[str, ...] = ()
    interval: float = 2.0

    def everybody(self) -> Everybody:
        """Begin to ask them.

        Raises
        ------
        StartError
            If there is no such directory, or an address is none.
        """
        if not self.workdir.is_dir():
            raise StartError(f"there is no folder {self.workdir}; name the --workdir of the bots")
        for url in self.urls:
            if not url.startswith(("http://", "https://")):
                raise StartError(f"{url!r} is no address of a bot; write it as --url http://HOST:PORT")
        return Everybody(self.workdir, [url.rstrip("/") for url in self.urls], self.interval)


def is_screen() -> bool:
    """Say whether what is printed goes to a terminal that can be drawn upon."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def print_once(wanted: Wanted) -> None:
    """Print one table; on a terminal as wide as that is, elsewhere whole."""
    with wanted.everybody() as everybody:
        rows = everybody.wait(_PATIENCE_SECONDS)
    if not rows:
        click.echo(f"no bot has a journal in {wanted.workdir / 'journal'}; name --workdir or --url", err=True)
        return
    wide = _size()[0] if sys.stdout.isatty() else None
    console = Console(width=wide or _WIDEST, highlight=False, emoji=False)
    console.print(draw_once(rows, datetime.now(UTC), wide), soft_wrap=True)


def print_json(wanted: Wanted) -> None:
    """Print a JSON object for each bot, each on a line of its own."""
    with wanted.everybody() as everybody:
        rows = everybody.wait(_PATIENCE_SECONDS)
    now = datetime.now(UTC)
    for row in in_order(rows, Order.TROUBLE):
        click.echo(json.dumps(as_json(row, now)))


def as_json(row: Row, now: datetime) -> dict[str, Any]:
    """Return a row as JSON: money as numbers, times as UTC."""
    made = {key: _plain(value) for key, value in asdict(row).items()}
    age = row.bar_age(now)
    return made | {"bar_age_seconds": None if age is None else int(age.total_seconds())}


def watch(wanted: Wanted) -> None:
    """Follow all bots on the terminal until the person has seen enough."""
    console = Console(highlight=False, emoji=False)
    view: View | None = View()
    with (
        wanted.everybody() as everybody,
        _keyboard() as keyboard,
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        while view is not None:
            rows = everybody.gather()
            width, height = _size()
            console.size = ConsoleDimensions(width, height)
            live.update(draw_screen(rows, view, datetime.now(UTC), width, height), refresh=True)
            for key in _pressed(keyboard):
                view = view.press(key, len(rows)) if view is not None else None


def _size() -> tuple[int, int]:
    """Return the terminal's columns and lines as they are now, whatever the environment once said of them."""
    columns, lines = os.get_terminal_size(sys.stdout.fileno())
    return columns or 80, lines or 24


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _pressed(keyboard: int | None) -> Iterable[str]:
    """Wait for keys, but no longer than a screen may be old; a terminal that is gone has seen enough."""
    if keyboard is None:
        time.sleep(_REDRAW_SECONDS)
        return ()
    if not select.select([keyboard], [], [], _REDRAW_SECONDS)[0]:
        return ()
    try:
        typed = os.read(keyboard, 1024)
    except OSError:
        typed = b""
    return keys_in(typed.decode(errors="ignore")) if typed else ("q",)


@contextmanager
def _keyboard() -> Iterator[int | None]:
    """Give the keyboard key by key, if there is one, and the terminal back as it was, however this ends."""
    # Ctrl+C, too: what was started in the background by a script is told to ignore it.
    before = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM)}
    keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None
    settings = termios.tcgetattr(keyboard) if keyboard is not None else None
    try:
        if keyboard is not None:
            tty.setcbreak(keyboard)
        yield keyboard
    except KeyboardInterrupt:
        pass
    finally:
        if keyboard is not None and settings is not None:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
