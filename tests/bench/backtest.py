"""`tradingbot backtest` beside the same rules in backtrader and in freqtrade: the same bars, and the same trades.

Speeds of sides that trade differently say nothing about each other: before anything is timed, their trades are held
against each other, one by one.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.bench import in_freqtrade
from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.footprint import freqtrade as peer
from tests.bench.trade_lists import Trade, first_difference, ours, theirs
from tests.bench.turns import ROOT, Stopwatch, ratio_of, take_turns, timed
from tests.bench.workload import BARS, DOCUMENT, TIMED_DOCUMENT, write_bars, write_document

RUNS = int(os.environ.get("BENCH_RUNS", "7"))
FOLDER = ROOT / "build" / "bench" / "backtest"
CSV, OUT, THEIR_TRADES = (FOLDER / name for name in ("bars.csv", "out", "backtrader.json"))
TRAILING, TIMED = FOLDER / "trailing.json", FOLDER / "timed.json"


def obstacle() -> str | None:
    """Say why it cannot run here, or None."""
    return peer.obstacle()


def measure() -> Measured:
    """Check that the trades are equal, then measure."""
    keep_bytecode()
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_document(TRAILING, DOCUMENT)
    write_document(TIMED, TIMED_DOCUMENT)
    write_bars(CSV)
    # Not counted: these runs also write the bytecode and warm the disk's cache.
    _whole(TRAILING)
    _whole_backtrader()
    trailing = _same("backtrader", ours(OUT / "trades.json"), theirs(THEIR_TRADES))
    whole = take_turns({"tradingbot": lambda: _whole(TRAILING), "backtrader": _whole_backtrader}, RUNS)
    engine = take_turns({"tradingbot": _engine, "backtrader": _engine_backtrader}, RUNS)
    with in_freqtrade.prepared(FOLDER / "freqtrade", CSV) as freqtrade:
        _whole(TIMED)
        timed_trades = _same("freqtrade", ours(OUT / "trades.json"), freqtrade.trades())
        sides: dict[str, Stopwatch] = {"tradingbot": lambda: _whole(TIMED), "freqtrade": freqtrade.run}
        beside_freqtrade = take_turns(sides, max(1, RUNS // 2))
    return Measured(
        "Backtest",
        f"{BARS:,} one-minute bars of a simulated market. backtrader trades the trailing stop as its users would write "
        f"it for speed (vectorised, cheat-on-close): {trailing} trades, the same on both sides. freqtrade cannot "
        "express that stop as this project does, so that those two trade an exit after a number of bars, on the same "
        f"entry: {timed_trades} trades, the same on both sides (freqtrade fills at the next bar's open, which is this "
        "market's close). tradingbot and freqtrade write a report, backtrader has none.",
        [
            _table("Whole process, from command to exit, beside backtrader", whole),
            _table("Engine, from a file of bars to trades, without imports and report", engine),
            _table("Whole process, beside freqtrade", beside_freqtrade),
        ],
        [
            Ratio("backtest: time of the whole process, over backtrader's", ratio_of(*whole.values()), 1.0, 0.15),
            Ratio("backtest: time from bars to trades, over backtrader's", ratio_of(*engine.values()), 1.0, 0.15),
            Ratio("backtest: time of the whole process, over freqtrade's", ratio_of(*beside_freqtrade.values()), 1.0),
        ],
        limits="A bar costs what its rules and its account's arithmetic cost, in Python; the rest of a short run is "
        "imports and the report.",
        versions={"backtrader": version("backtrader"), "freqtrade": peer.VERSION},
    )


def _same(other_side: str, mine: list[Trade], other: list[Trade]) -> int:
    difference = first_difference(mine, other, other_side)
    if difference is not None:
        sys.exit(f"The trades are not the same, so there is nothing to compare; {difference}")
    return len(mine)


def _whole(document: Path) -> float:
    program = Path(sys.executable).with_name("tradingbot")
    return timed([program, "backtest", document, "--bars", CSV, "--out", OUT])[0]


def _engine() -> float:
    return float(timed([sys.executable, "-m", "tests.bench.in_tradingbot", TRAILING, CSV])[1])


def _whole_backtrader() -> float:
    return timed(_backtrader())[0]


def _engine_backtrader() -> float:
    return float(timed(_backtrader())[1])


def _backtrader() -> list[str | Path]:
    return [sys.executable, "-m", "tests.bench.in_backtrader", TRAILING, CSV, THEIR_TRADES]


def _table(title: str, found: dict[str, list[float]]) -> Table:
    rows = [
        (name, f"{median(seconds):.2f} s", f"{min(seconds):.2f} s", f"{BARS / median(seconds):,.0f}")
        for name, seconds in found.items()
    ]
    return Table(title, ("", "median", "best", "bars/s"), rows)
