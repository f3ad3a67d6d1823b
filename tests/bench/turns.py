"""Commands timed in turns, so that a machine that is busy with something else slows all sides alike."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]

type Stopwatch = Callable[[], float]


def timed(command: Sequence[str | Path]) -> tuple[float, str]:
    """Return the seconds of a command from start to end, and what it printed."""
    begin = time.perf_counter()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if run.returncode:
        told = run.stdout[-2000:] + run.stderr[-2000:]
        sys.exit(f"{' '.join(map(str, command))} ended with {run.returncode}:\n{told}")
    return seconds, run.stdout


def take_turns(sides: Mapping[str, Stopwatch], runs: int) -> dict[str, list[float]]:
    """Return the seconds of each side's runs, in the order in which they took turns."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, stopwatch in sides.items():
            found[name].append(stopwatch())
    return found


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return ours over theirs: the median of the pairs that ran one after the other."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
