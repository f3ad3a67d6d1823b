"""The command `tradingbot sweep`: past bars, traded with every combination of parameters."""

import sys
from pathlib import Path

import click

# As in bots/cli.py, the command imports what it needs.

METRICS = (
    "sharpe",
    "sortino",
    "profit",
    "return",
    "cagr",
    "drawdown",
    "profit-factor",
    "win-rate",
    "average-trade",
    "trades",
    "exposure",
)


@click.command(short_help="Trade past bars with every combination of parameters.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--param",
    "params",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="A key of the document and its values: 10..20, 0.5..2:0.25 or 5,10,20. May be given several times.",
)
@click.option("--bars", type=click.Path(path_type=Path), help="CSV or Parquet file of bars; data.file by default.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the results; a sweep that was broken off goes on there.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes trade; one for each core by default.")
@click.option(
    "--sort",
    type=click.Choice(METRICS),
    default="sharpe",
    show_default=True,
    help="By which figure the best are found; for drawdown the lowest is the best.",
)
@click.option(
    "--split",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Choose on this share of the bars, 0.7 for instance, and show how the rest went.",
)
@click.option("--fresh", is_flag=True, help="Forget what an earlier sweep left in the folder.")
@click.option("--yes", is_flag=True, help="Trade more than 100,000 combinations, too.")
def sweep(
    file: Path,
    params: tuple[str, ...],
    bars: Path | None,
    out: Path,
    jobs: int | None,
    sort: str,
    split: float | None,
    fresh: bool,
    yes: bool,
) -> None:
    """Trade past bars with every combination of parameters of FILE, on all cores, and compare what came of it.

    Writes results.csv and sweep.html; the same command goes on where it was broken off.

    \b
    tradingbot sweep 0001.json --param strategy.entry_logic.params.rsi_period=10..20 --bars bars.csv --out sweep
    """
    from bots.commands.sweeping import Wanted
    from bots.commands.sweeping import sweep as run

    sys.exit(run(Wanted(file, params, bars, out, jobs, sort, split, fresh, yes)))
