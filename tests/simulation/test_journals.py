"""The journal in memory does what the real one does: a run on either goes the same way, step by step."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.simulation.journals import on_file
from tests.simulation.plan import plan_of
from tests.simulation.run import run_plan

# With many crashes, so that what is read back counts.
SEEDS = range(5000, 5012)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with on_file(tmp_path / "journal.sqlite") as engine:
        yield engine


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_goes_the_same_way_on_sqlite_and_in_memory(seed: int, engine: Engine) -> None:
    plan = plan_of(seed)
    plan = replace(plan, rates=replace(plan.rates, crash=0.05, journal=0.01), most_crashes=12)

    on_disk, in_memory = run_plan(plan, engine), run_plan(plan)

    assert on_disk.trace.steps == in_memory.trace.steps
    assert (on_disk.broken, on_disk.trades) == (in_memory.broken, in_memory.trades)
