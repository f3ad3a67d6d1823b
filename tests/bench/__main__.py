"""`make bench`: `tradingbot backtest` beside the same rules in backtrader, on the same bars, with the same trades.

Each run is a process of its own, and the two sides take turns, so that a machine that is busy with something else
slows both. The exit status is 1 if the trades differ or if backtrader is faster.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench.trade_lists import first_difference, ours, theirs
from tests.bench.workload import BARS, write_bars, write_document

RUNS = 7
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "bench"
DOCUMENT, CSV, OUT, THEIR_TRADES = (FOLDER / name for name in ("bench.json", "bars.csv", "out", "backtrader.json"))

type Stopwatch = Callable[[], float]


def whole_tradingbot() -> float:
    """Return the seconds of the command, its start and its report included."""
    program = Path(sys.executable).with_name("tradingbot")
    return _timed([program, "backtest", DOCUMENT, "--bars", CSV, "--out", OUT])[0]


def whole_backtrader() -> float:
    """Return the seconds of the script; it has no report to write."""
    return _timed(_their_script())[0]


def engine_tradingbot() -> float:
    """Return the seconds from bars to trades, as the process itself took them."""
    return float(_timed([sys.executable, "-m", "tests.bench.in_tradingbot", DOCUMENT, CSV])[1])


def engine_backtrader() -> float:
    """Return the seconds from bars to trades, as the process itself took them."""
    return float(_timed(_their_script())[1])


def _their_script() -> list[str | Path]:
    return [sys.executable, "-m", "tests.bench.in_backtrader", DOCUMENT, CSV, THEIR_TRADES]


def _timed(command: list[str | Path]) -> tuple[float, str]:
    begin = time.perf_counter()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if run.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {run.returncode}:\n{run.stderr}")
    return seconds, run.stdout


def compare(title: str, mine: Stopwatch, other: Stopwatch) -> float:
    """Let both sides take turns, print a table, and return how many times as fast as backtrader the project is."""
    pairs = [(mine(), other()) for _ in range(RUNS)]
    ratios = sorted(theirs / ours for ours, theirs in pairs)
    print(f"\n{title}")
    for name, seconds in zip(("tradingbot", "backtrader"), zip(*pairs, strict=True), strict=True):
        middle = median(seconds)
        print(f"  {name}  median {middle:6.3f} s  {BARS / middle:8,.0f} bars/s  (best {min(seconds):.3f} s)")
    print(f"  backtrader's time over tradingbot's: {median(ratios):.2f}, median of {RUNS} pairs")
    print(f"  (from {ratios[0]:.2f} to {ratios[-1]:.2f})")
    return median(ratios)


def main() -> int:
    """Check that the trades are equal, then measure."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_document(DOCUMENT)
    write_bars(CSV)
    # Not counted: these runs also write the bytecode and warm the disk's cache.
    whole_tradingbot()
    whole_backtrader()
    our_trades = ours(OUT / "trades.json")
    difference = first_difference(our_trades, theirs(THEIR_TRADES))
    if difference is not None:
        print(f"The trades are not the same, so there is nothing to compare; {difference}", file=sys.stderr)
        return 1
    print(f"{BARS:,} one-minute bars, {len(our_trades)} trades, the same on both sides")
    ratio = compare(
        "Whole process, from command to exit (tradingbot also writes a report)", whole_tradingbot, whole_backtrader
    )
    compare(
        "Engine, from a file of bars to trades (without imports, without report)", engine_tradingbot, engine_backtrader
    )
    if ratio < 1:
        print("\ntradingbot is slower than backtrader", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
