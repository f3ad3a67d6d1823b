"""Combinations a second: `python -m tests.bench.sweep`, the command beside a plain loop over backtests.

The loop is the floor: one process that has the bars already and writes nothing. The command's seconds are those of the
whole process, its start and its page included. The workers' memory is the most that was seen while they traded.
"""

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from itertools import product
from pathlib import Path

import psutil

from adapters.bars_file import read_bars
from adapters.simulated import file_instrument
from bots.config import parse_document
from bots.results.summary import Run
from bots.trading.backtest import run_backtest
from bots.trading.terms import feed_settings, terms_of
from tests.bench.memory import MIB, peak_of
from tests.real_bars import bars_path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "configs" / "demo.json"
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


def main() -> None:
    """Measure, and print a table."""
    bars = bars_path("EURUSD-1H")
    count = len(PERIODS) * len(DEVIATIONS)
    floor, processor = loop(bars)
    print(f"{count} combinations on {bars.stem}")
    print(f"{'':<24}{'seconds':>9}{'processor':>11}{'a second':>10}{'of the loop':>13}{'worker':>10}")
    print(f"{'plain loop, one process':<24}{floor:>9.2f}{processor:>11.2f}{count / floor:>10.1f}{1:>12.2f}x")
    for jobs in (1, 2):
        seconds, processor, peak = command(bars, jobs)
        rate = f"{processor:>11.2f}{count / seconds:>10.1f}{floor / seconds:>12.2f}x"
        print(f"{f'sweep --jobs {jobs}':<24}{seconds:>9.2f}{rate}{peak / MIB:>6.0f} MiB")


if __name__ == "__main__":
    main()
