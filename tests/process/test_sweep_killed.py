"""A sweep that is killed or interrupted goes on with the same command, and leaves no process behind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.made_bars import write_made_bars

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
COMBINATIONS = 48
DOCUMENT = {
    "trading": {"symbol": "BTCUSDT"},
    "data": {"interval": "1m"},
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 48, "bb_period": 10, "bb_dev": 0.5}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 5}},
    },
}

type Sweep = subprocess.Popen[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold a document, and so many bars that a sweep takes seconds: a busy machine may be late to look at it."""
    (tmp_path / "bot.json").write_text(json.dumps(DOCUMENT))
    write_made_bars(tmp_path / "bars.csv", 12_000)
    return tmp_path


@pytest.fixture
def begin(folder: Path) -> Iterator[Callable[[], Sweep]]:
    """Begin the sweep; none outlives the test."""
    begun: list[Sweep] = []

    def start() -> Sweep:
        params = ["strategy.entry_logic.params.rsi_period=5..12", "strategy.exit_logic.params.max_bars=3..8"]
        command = [sys.executable, "-m", "bots.cli", "sweep", str(folder / "bot.json"), "--jobs", "2"]
        command += ["--bars", str(folder / "bars.csv"), "--out", str(folder / "out"), "--sort", "profit"]
        command += [word for param in params for word in ("--param", param)]
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield start
    for sweep in begun:
        sweep.kill()
        sweep.communicate()


def whole_lines(folder: Path) -> int:
    path = folder / "out" / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def workers_of(sweep: Sweep) -> list[psutil.Process]:
    return psutil.Process(sweep.pid).children(recursive=True)


def assert_gone(workers: list[psutil.Process]) -> None:
    """No worker lives on; whoever has died and was not buried yet is gone, too."""
    alive = [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    gone, left = psutil.wait_procs(alive, timeout=PATIENCE_SECONDS)
    assert [worker for worker in left if worker.status() != psutil.STATUS_ZOMBIE] == []
    assert len(gone) + len(left) == len(alive)


def results(folder: Path) -> dict[int, dict[str, Any]]:
    """Return all lines by their numbers; none is there twice."""
    lines = [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()[1:]]
    made = {line["number"]: line for line in lines}
    assert len(made) == len(lines)
    return made


def test_a_sweep_killed_again_and_again_comes_to_the_same_end(folder: Path, begin: Callable[[], Sweep]) -> None:
    whole = begin()
    whole.communicate(timeout=PATIENCE_SECONDS)
    assert whole.returncode == 0
    undisturbed = results(folder)
    (folder / "out" / "results.jsonl").unlink()

    chance = random.Random(5)
    for _ in range(3):
        sweep, before = begin(), whole_lines(folder)
        wanted = before + chance.randint(1, 9)
        wait_for("lines of results", lambda: whole_lines(folder) >= wanted)  # noqa: B023
        workers = workers_of(sweep)
        assert len(workers) == 2
        sweep.kill()
        sweep.communicate()
        assert_gone(workers)
        with (folder / "out" / "results.jsonl").open("a") as file:
            file.write('{"number":4,"val')

    last = begin()
    printed, told = last.communicate(timeout=PATIENCE_SECONDS)
    assert last.returncode == 0, told
    assert "done by an earlier run" in printed
    assert results(folder) == undisturbed
    assert len(undisturbed) == COMBINATIONS


def test_ctrl_c_ends_quickly_with_what_stands_and_says_how_to_go_on(folder: Path, begin: Callable[[], Sweep]) -> None:
    sweep = begin()
    wait_for("lines of results", lambda: whole_lines(folder) > 6)
    workers = workers_of(sweep)

    sweep.send_signal(signal.SIGINT)
    printed, told = sweep.communicate(timeout=PATIENCE_SECONDS)

    kept = len(results(folder))
    assert sweep.returncode == 130
    assert 0 < kept < COMBINATIONS
    path = folder / "out" / "results.jsonl"
    assert told.splitlines()[-1] == f"stopped; {kept} of 48 are kept in {path}, the same command goes on"
    assert "rsi_period" in printed
    assert f"{COMBINATIONS - kept:,} still to do" in (folder / "out" / "sweep.html").read_text()
    assert_gone(workers)
    again = begin()
    again.communicate(timeout=PATIENCE_SECONDS)
    assert again.returncode == 0
    assert len(results(folder)) == COMBINATIONS


def test_a_worker_that_is_killed_costs_its_own_combination_alone(folder: Path, begin: Callable[[], Sweep]) -> None:
    sweep = begin()
    wait_for("lines of results", lambda: whole_lines(folder) > 3)
    os.kill(workers_of(sweep)[0].pid, signal.SIGKILL)

    _, told = sweep.communicate(timeout=PATIENCE_SECONDS)

    failed = [line for line in results(folder).values() if "failed" in line]
    assert (sweep.returncode, len(failed), len(results(folder))) == (1, 1, COMBINATIONS)
    assert "for want of memory" in failed[0]["failed"]
    assert "1 combinations failed; the same command tries them again" in told


def test_two_sweeps_never_write_one_folder(folder: Path, begin: Callable[[], Sweep]) -> None:
    first = begin()
    wait_for("the first to begin", lambda: whole_lines(folder) > 1)

    second = begin()
    _, told = second.communicate(timeout=PATIENCE_SECONDS)

    assert (second.returncode, first.poll()) == (1, None)
    assert told == f"another sweep writes {folder / 'out' / 'results.jsonl'}; let it finish or stop it first\n"
