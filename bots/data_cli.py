"""The commands of `tradingbot` that ask a venue: feed, check and download."""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from bots.commands.venues import Wanted

# As in bots/cli.py, each command imports what it needs.


def _sources(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from bots.commands.venues import names_of_sources

    names = names_of_sources(watched=context.info_name == "feed")
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")] if context.info_name == "check" else found


def _intervals(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from bots.commands.venues import names_of_intervals

    return [name for name in names_of_intervals() if name.startswith(incomplete)]


def _venue_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a venue is looked for."""
    options = (
        click.option(
            "--environment",
            type=click.Choice(["live", "testnet", "demo"]),
            default="live",
            show_default=True,
            help="Which of Binance's worlds.",
        ),
        click.option("--http-url", help="Another address of the REST interface, such as a proxy's."),
        click.option("--ws-url", help="Another address of the web sockets."),
        click.option("--host", help="Host of the gateway of Interactive Brokers; this machine by default."),
        click.option("--port", type=click.IntRange(1, 65535), help="Its port; 4002, the paper gateway's, by default."),
        click.option("--client-id", type=click.IntRange(min=1), help="Under which number the gateway knows us."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _wanted(source: str, symbol: str, interval: str, venue: dict[str, Any]) -> "Wanted":
    from adapters.feeds import Endpoints
    from bots.commands.venues import Wanted

    endpoints = Endpoints(venue["http_url"], venue["ws_url"], venue["host"], venue["port"])
    return Wanted(source, symbol, interval, venue["environment"], endpoints, venue["client_id"])


@click.command(short_help="Print the bars of a data source with their delay.")
@click.argument("source", shell_complete=_sources)
@click.argument("symbol")
@click.argument("interval", default="1m", shell_complete=_intervals)
@click.option(
    "--count", "--bars", type=click.IntRange(min=1), help="Stop after so many; goes on until Ctrl+C by default."
)
@click.option("--history", type=click.IntRange(min=0), default=3, show_default=True, help="How many past bars first.")
@click.option("--quotes", is_flag=True, help="Print the best prices, too, once a second at most.")
@click.option(
    "--retry",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Seconds until a lost line is tried again.",
)
@_venue_options
@click.option("--speed", type=click.FloatRange(min=0), default=1.0, help="For mock: 60 makes a minute a second.")
@click.option("--seed", type=int, default=1, help="For mock: which market.")
def feed(
    source: str,
    symbol: str,
    interval: str,
    count: int | None,
    history: int,
    quotes: bool,
    retry: float,
    speed: float,
    seed: int,
    **venue: Any,
) -> None:
    """Print the bars of a data SOURCE as they close, with their delay; reconnect as a bot would.

    \b
    tradingbot feed binance BTCUSDT 1m --quotes
    tradingbot feed yahoo AAPL 1h --history 20
    tradingbot feed ibkr EUR.USD 5m --port 4001
    tradingbot feed mock BTCUSDT 1m --speed 60
    """
    from adapters.registry import SOURCES

    try:
        if source in SOURCES:
            from bots.commands.watching import Watch, watch_venue

            watch = Watch(history, count, quotes, timedelta(seconds=retry))
            watch_venue(_wanted(source, symbol, interval, venue), watch)
        else:
            from bots.commands.feedtest import print_feed

            print_feed(source, symbol, interval, count=count, speed=speed, seed=seed)
    except KeyboardInterrupt:
        sys.exit(0)


@click.command(short_help="Say whether a venue can be traded on from here.")
@click.argument("target", metavar="SOURCE|FILE", shell_complete=_sources)
@click.argument("symbol", required=False)
@click.option("--interval", default="1h", show_default=True, shell_complete=_intervals, help="Which bars to look at.")
@_venue_options
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def check(target: str, symbol: str | None, interval: str, as_json: bool, **venue: Any) -> None:
    """Look at everything that bars and orders of a venue depend on, or at what a document's bot depends on.

    Orders are looked at where the keys for them are set; none is sent.

    \b
    tradingbot check binance
    tradingbot check ibkr EUR.USD --port 4001
    tradingbot check 0001.json
    """
    from bots.commands.checking import check_document, check_venue, is_document
    from bots.commands.venues import USUAL_SYMBOLS

    if is_document(target):
        if symbol is not None:
            raise click.UsageError("a document says its own symbol")
        found = check_document(Path(target))
    else:
        found = check_venue(_wanted(target, symbol or USUAL_SYMBOLS.get(target, "BTCUSDT"), interval, venue))
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else "\n".join(found.lines()))
    sys.exit(0 if found.good else 1)


@click.command(short_help="Write a venue's past bars into a file.")
@click.argument("source", shell_complete=_sources)
@click.argument("symbol")
@click.argument("interval", shell_complete=_intervals)
@click.option("--from", "begin", required=True, metavar="DATE", help="The first bars' date, UTC: 2024-01-31.")
@click.option("--to", "end", metavar="DATE", help="Before which bars are wanted; now by default.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .csv or .parquet file; SYMBOL-INTERVAL.csv by default.",
)
@click.option(
    "--retry",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Seconds until a venue that does not answer is asked again; doubles each time.",
)
@_venue_options
def download(
    source: str,
    symbol: str,
    interval: str,
    begin: str,
    end: str | None,
    out: Path | None,
    retry: float,
    **venue: Any,
) -> None:
    """Write a venue's past bars into a file that `backtest` and `replay` read.

    A download that was broken off goes on where it was; a file that is there already is extended.

    \b
    tradingbot download binance BTCUSDT 1h --from 2023-01-01
    tradingbot download yahoo AAPL 1d --from 2015-01-01 --to 2025-01-01 --out bars/AAPL.parquet
    """
    from bots.commands.downloading import download as run
    from bots.commands.downloading.paging import Patience

    sys.exit(run(_wanted(source, symbol, interval, venue), begin, end, out, Patience(first=retry)))
