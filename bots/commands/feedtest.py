"""The command `tradingbot feed`: print a source's bars with their delay, to see whether it works."""

import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import click

from adapters.feeds import FeedSettings
from adapters.registry import open_feed
from adapters.simulated import SimulatedSource
from bots.config.market import SECONDS
from strategies.bar import Bar
from strategies.errors import UnknownNameError


def print_feed(source: str, symbol: str, interval: str, *, count: int | None, speed: float, seed: int) -> None:
    """Print bars as they close, until `count` were printed or the person stops it.

    Raises
    ------
    UnknownNameError
        If there is no such source or interval.
    """
    if interval not in SECONDS:
        raise UnknownNameError(f"no interval is called '{interval}'; there are: {', '.join(SECONDS)}")
    length = timedelta(seconds=SECONDS[interval])
    settings = FeedSettings(symbol, length, Decimal(0), speed=speed, seed=seed)
    feed = open_feed(source, settings) if source != "replay" else None
    if not isinstance(feed, SimulatedSource):
        raise UnknownNameError(f"source '{source}' cannot be watched; there is: mock")
    click.echo(
        f"{source} {symbol} {interval}: a bar every {length.total_seconds() / speed if speed else 0:g} s", err=True
    )
    start = datetime.now(UTC) - length if feed.real_time else None
    begun, printed = time.monotonic(), 0
    try:
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
            click.echo(_line(bar, delay))
    except KeyboardInterrupt:
        sys.exit(0)


def _sleep(seconds: float) -> None:
    if seconds > 0:
        time.sleep(seconds)


def _line(bar: Bar, delay: float) -> str:
    return (
        f"{bar.time:%Y-%m-%dT%H:%M:%SZ}  open {bar.open:.12g}  high {bar.high:.12g}  low {bar.low:.12g}  "
        f"close {bar.close:.12g}  volume {bar.volume:.12g}  delay {delay * 1000:.1f} ms"
    )
