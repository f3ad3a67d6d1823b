"""From bars to trades without command line, imports and report: `python -m tests.bench.in_tradingbot DOCUMENT BARS`."""

import sys
import time
from pathlib import Path

from adapters.bars_file import read_bars
from adapters.simulated import file_instrument
from bots.config import load_document
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of


def main(arguments: list[str]) -> None:
    """Run, and print the seconds from bars to trades."""
    path, bars = map(Path, arguments)
    document = load_document(path)
    begin = time.perf_counter()
    file = read_bars(bars)
    spec = file_instrument(feed_settings(document), file)
    run_backtest(terms_of(document, path.stem, spec), document.strategy.rules(), file.bars)
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main(sys.argv[1:])
