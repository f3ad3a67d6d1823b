"""`tradingbot sweep`: combinations a second, the command beside a plain loop over backtests.

The loop is the floor: one process that has the bars already and writes nothing. The command's seconds are those of the
whole process, its start and its page included. The workers' memory is the most that was seen while they traded.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from itertools import product
from pathlib import Path
from statistics import median

import psutil

from adapters.bars_file import read_bars
from adapters.simulated import file_instrument
from bots.config import parse_document
from bots.results.summary import Run
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of
from tests.bench.bytecode import keep_bytecode
from tests.bench.figures import Measured, Ratio, Table
from tests.bench.memory import MIB, peak_of
from tests.bench.turns import ROOT, ratio_of
from tests.real_bars import bars_path

DOCUMENT = ROOT / "configs" / "demo.json"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PERIODS, DEVIATIONS = range(4, 14), (1.0, 1.25, 1.5, 1.75)


def loop(bars: Path) -> tuple[float, float]:
    """Return the seconds of a plain loop over all combinations, and those of the processor."""
    raw = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    file = read_bars(bars)
    begin, processor = time.perf_counter(), time.process_time()
    for period, deviation in product(PERIODS, DEVIATIONS):
        raw["strategy"]["entry_logic"]["params"] |= {"rsi_period": period, "bb_dev": deviation}
        document = parse_document(raw)
        terms = terms_of(document, "demo", file_instrument(feed_settings(document), file))
        result = run_backtest(terms, document.strategy.rules(), file.bars)
        Run("demo", document, file.bars, result.equity, result.trades).figures.to_json()
    return time.perf_counter() - begin, time.process_time() - processor


def command(bars: Path, jobs: int) -> tuple[float, float, int]:
    """Return the seconds of the command, those of all its processors, and the most memory of one of its workers."""
    params = {"rsi_period": PERIODS, "bb_dev": DEVIATIONS}
    words = [f"strategy.entry_logic.params.{key}={','.join(map(str, values))}" for key, values in params.items()]
    with tempfile.TemporaryDirectory() as out:
        options = ["--bars", str(bars), "--out", out, "--jobs", str(jobs), "--fresh"]
        program = [sys.executable, "-m", "bots.cli", "sweep", str(DOCUMENT), *options]
        program += [word for param in words for word in ("--param", param)]
        begin, before = time.perf_counter(), _processor_seconds()
        process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        peak = _watched(process)
        _, told = process.communicate()
        seconds = time.perf_counter() - begin
    if process.returncode:
        sys.exit(told.decode())
    return seconds, _processor_seconds() - before, peak


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watched(process: "subprocess.Popen[bytes]") -> int:
    """Return the most memory of a worker until the process ends."""
    peak, waiting = 0, threading.Event()
    while process.poll() is None:
        try:
            workers = psutil.Process(process.pid).children()
            peak = max([peak, *[peak_of(worker.pid) for worker in workers]])
        except (psutil.NoSuchProcess, OSError, StopIteration):
            pass  # it has just ended
        waiting.wait(0.2)
    return peak


def measure() -> Measured:
    """Let loop, one job and two jobs take turns."""
    keep_bytecode()
    bars = bars_path("EURUSD-1H")
    count = len(PERIODS) * len(DEVIATIONS)
    # Not counted: it writes the bytecode.
    command(bars, 2)
    turns = [(loop(bars), command(bars, 1), command(bars, 2)) for _ in range(ROUNDS)]
    floors, ones, twos = zip(*turns, strict=True)
    sides = {"plain loop, one process": floors, "sweep, 1 job": ones, "sweep, 2 jobs": twos}
    rows = []
    for name, found in sides.items():
        middle = median(each[0] for each in found)
        peaks = [peak / MIB for each in found for peak in each[2:]]
        worker = f"{max(peaks):.0f} MiB" if peaks else ""
        processor = f"{median(each[1] for each in found):.2f} s"
        rows.append((name, f"{middle:.2f} s", processor, f"{count / middle:.1f}", worker))
    one, two = (ratio_of([run[0] for run in ours], [floor[0] for floor in floors]) for ours in (ones, twos))
    return Measured(
        "Sweep",
        f"{count} combinations of two parameters on {bars.stem}. The floor is a plain loop over the same backtests in "
        "one process that has its bars already and writes nothing; the command's time is that of the whole process, "
        "with its start, its results and its page.",
        [Table("", ("", "time", "processor", "combinations a second", "most memory of a worker"), rows)],
        [
            Ratio("sweep: time with 1 job, over a plain loop", one),
            Ratio("sweep: time with 2 jobs, over a plain loop", two, 0.75 if cores() > 1 else None),
        ],
        limits="Each combination is a whole backtest. With as many jobs as cores, what is left is the start of the "
        "command and of its workers.",
    )


def cores() -> int:
    """Return how many processors are to be used."""
    return len(os.sched_getaffinity(0))
