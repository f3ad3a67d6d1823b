"""A slice of all seeds, on every test run; a seed that once failed is run for ever."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.clock import READERS
from tests.simulation.journals import on_file
from tests.simulation.plan import Rates, plan_of
from tests.simulation.run import run_plan, run_seed

ROOT = Path(__file__).resolve().parents[2]
SLICE = 300
PORTION = 50

REGRESSIONS = (
    # A stop that waited for a way was taken for gone, and another one sent: both left.
    3409,
    7547,
)


@pytest.mark.parametrize("first", range(0, SLICE, PORTION))
def test_nothing_breaks(first: int, tmp_path: Path) -> None:
    with on_file(tmp_path / "journal.sqlite") as engine:
        outcomes = [run_seed(first, engine), *(run_seed(seed) for seed in range(first + 1, first + PORTION))]

    assert [outcome.told() for outcome in outcomes if outcome.broken] == []


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_a_seed_that_once_failed_does_not_fail_again(seed: int) -> None:
    outcome = run_seed(seed)

    assert outcome.broken is None, outcome.told()


def test_every_kind_of_trouble_is_met() -> None:
    met: Counter[str] = Counter()
    for seed in range(10_000, 10_060):
        met += run_seed(seed).trace.met

    kinds = {what.partition(":")[0] for what in met}
    assert kinds >= {
        "submit", "ask", "cancel", "reports", "feed", "bars", "journal", "taken away", "outage", "crash", "restart",
        "person",
    }  # fmt: skip
    points = {what for what in met if what.startswith("crash")}
    assert {"crash: before an order is sent", "crash: after a journal write, recovering"} <= points


@pytest.mark.parametrize("seed", [3, 77])
def test_a_process_may_die_at_every_single_point_of_a_run(seed: int) -> None:
    quiet = replace(plan_of(seed), rates=Rates(), bars=12)
    points = run_plan(quiet).crash_points

    outcomes = [run_plan(replace(quiet, crash_at=point)) for point in range(1, points + 1)]

    assert [outcome.told() for outcome in outcomes if outcome.broken] == []


def test_the_same_seed_goes_the_same_way_again_in_another_process_too() -> None:
    probe = "from tests.simulation.run import run_seed; print([run_seed(seed).trace.digest() for seed in range(8)])"
    here = [run_seed(seed).trace.digest() for seed in range(8)]

    # Sets of names have another order under another seed of Python's hashes.
    there = [
        subprocess.run(
            [sys.executable, "-c", probe], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert [told.strip() for told in there] == [str(here)] * 2


def test_no_clock_of_the_product_is_left_to_the_wall_and_nautilus_stays_away() -> None:
    probe = "import sys, tests.simulation.run; print(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = [name for name in run.stdout.split() if name.startswith(("bots.", "adapters.", "strategies."))]
    sources = {name: ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in loaded}
    clocks = re.compile(r"time\.(monotonic|time|perf_counter)\(|datetime\.(now|utcnow)\(")

    assert "nautilus_trader" not in run.stdout.split()
    assert {name for name, path in sources.items() if path.exists() and clocks.search(path.read_text())} == set(READERS)
