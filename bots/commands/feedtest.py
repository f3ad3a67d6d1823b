"""The command `tradingbot feed` on a simulated market: print its bars with their delay."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

import click

from adapters.feeds import FeedSettings
from adapters.registry import SOURCES, open_feed
from adapters.simulated import SimulatedSource
from bots.commands.venues import interval_length, names_of_sources
from strategies.bar import Bar
from strategies.errors import UnknownNameError


def print_feed(source: str, symbol: str, interval: str, *, count: int | None, speed: float, seed: int) -> None:
    """Print bars as they close, until `count` were printed or the person stops it.

    Raises
    ------
    UnknownNameError
        If there is no such source or interval.
    """
    length = interval_length(interval)
    settings = FeedSettings(symbol, length, Decimal(0), speed=speed, seed=seed)
    feed = open_feed(source, settings) if source not in ("replay", *SOURCES) else None
    if not isinstance(feed, SimulatedSource):
        raise UnknownNameError(
            f"source '{source}' cannot be watched; there are: {', '.join(names_of_sources(watched=True))}"
        )
    click.echo(
        f"{source} {symbol} {interval}: a bar every {length.total_seconds() / speed if speed else 0:g} s", err=True
    )
    start = datetime.now(UTC) - length if feed.real_time else None
    begun, printed = time.monotonic(), 0
    for bar in islice(feed.source.after(start), count):
        closes = bar.time + length
        if feed.real_time:
            _sleep((closes - datetime.now(UTC)).total_seconds())
            delay = (datetime.now(UTC) - closes).total_seconds()
        else:
            printed += 1
            due = begun + (printed * length.total_seconds() / speed if speed else 0.0)
            _sleep(due - time.monotonic())
            delay = max(0.0, time.monotonic() - due) if speed else 0.0
        click.echo(f"{bar_line(bar)}  delay {delay_words(delay)}")


def bar_line(bar: Bar) -> str:
    """Return a bar for people."""
    return (
        f"{bar.time:%Y-%m-%dT%H:%M:%SZ}  open {bar.open:.12g}  high {bar.high:.12g}  low {bar.low:.12g}  "
        f"close {bar.close:.12g}  volume {bar.volume:.12g}"
    )


def delay_words(seconds: float) -> str:
    """Return a delay for people: 5.0 ms, 1.25 s."""
    return f"{seconds * 1000:.1f} ms" if abs(seconds) < 1 else f"{seconds:.2f} s"


def _sleep(seconds: float) -> None:
    if seconds > 0:
        time.sleep(seconds)
