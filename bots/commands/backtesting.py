"""The command `tradingbot backtest`: a document and a file of bars in, four files of results out."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from adapters.bars_file import BarsFile, read_bars
from adapters.simulated import file_instrument
from bots.config import Document, load_document
from bots.results.figures import describe
from bots.results.summary import Run, write_run
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of
from strategies.errors import BarsFileError


def backtest_document(document_path: Path, bars_path: Path | None, out: Path) -> list[str]:
    """Trade past bars, write the results into a folder, and return the key figures as lines.

    Raises
    ------
    DocumentError, BarsFileError, StartError
        If document, bars or folder cannot be used.
    """
    document = load_document(document_path)
    file = read_bars(bars_of(document, bars_path))
    spec = file_instrument(feed_settings(document), file)
    bot = document_path.stem
    result = run_backtest(terms_of(document, bot, spec), document.strategy.rules(), file.bars)
    run = Run(bot, document, file.bars, result.equity, result.trades)
    write_run(out, run, {bar.time: label for bar, label in zip(file.bars, file.labels, strict=True)})
    lines = [*doubts(document, file), *describe(run.figures)]
    if result.halt is not None:
        lines.append(f"halted on {result.halt.time:%Y-%m-%d %H:%M} by {result.halt.limit}: {result.halt.detail}")
    if result.refusals:
        lines.append(f"{result.refusals} entries were refused by limits")
    return [*lines, f"results in {out}/ (open {out / 'report.html'})"]


def bars_of(document: Document, bars_path: Path | None) -> Path:
    """Return the file of bars: the one that was asked for, else the document's own.

    Raises
    ------
    BarsFileError
        If there is none.
    """
    if bars_path is not None:
        return bars_path
    if document.data.file is None:
        raise BarsFileError("no bars to trade on: name a CSV or Parquet file with --bars")
    return Path(document.data.file)


def doubts(document: Document, file: BarsFile) -> list[str]:
    """Say what is allowed and yet probably not meant."""
    gaps = [later.time - earlier.time for earlier, later in pairwise(file.bars)]
    shortest = min(gaps, default=document.data.interval_delta)
    if shortest == document.data.interval_delta:
        return []
    return [
        f"warning: the bars are {_words(shortest)} apart, the document says {document.data.interval}: times of day and "
        "annual figures follow the document"
    ]


def _words(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} s"
