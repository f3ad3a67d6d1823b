"""A slice of all seeds, on every test run; a seed that once failed is run for ever."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kills import at_ibkr
from tests.kills.mutants import MUTANT
from tests.kills.plan import Death, Fate, Moment, plan_of
from tests.kills.run import run_seed
from tests.kills.steps import ASKED, ORDERS, TAKING_BACK
from tests.kills.troubles import TROUBLES

ROOT = Path(__file__).resolve().parents[2]
# 301 once had the harness wait for a bar that its bot had never been asked to keep.
SLICE, IBKR_SLICE = (0, 1, 301), 2
# Those of `mutants.py` that the first orders of the first seed show; `--mutant` is for the others.
SEEN_AT_ONCE = [
    ("sends_before_it_is_journalled", "journalled before it is sent"),
    ("sells_while_the_stop_rests", "one live order for each intent"),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLICE)
def test_a_bot_killed_again_and_again_has_what_its_venue_has(seed: int) -> None:
    outcome = run_seed(seed)

    assert outcome.broken is None, outcome.told()
    assert outcome.kills == len(plan_of(seed).deaths)
    assert outcome.trades


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(IBKR_SLICE))
def test_so_has_a_bot_at_interactive_brokers(seed: int) -> None:
    outcome = at_ibkr.run_seed(seed)

    assert outcome.broken is None, outcome.told()
    assert outcome.kills == len(at_ibkr.plan_of(seed).lives)
    assert outcome.trades


@pytest.mark.slow
@pytest.mark.parametrize(("mutant", "invariant"), SEEN_AT_ONCE)
def test_a_mutant_is_found(mutant: str, invariant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MUTANT, mutant)

    broken = run_seed(0).broken

    assert broken is not None
    assert broken[0] == invariant


def test_the_seeds_kill_on_every_side_of_every_step_and_bring_every_trouble() -> None:
    plans = [plan_of(seed) for seed in range(200)]
    deaths = [death for plan in plans for death in plan.deaths]

    assert {(death.what, death.fate) for death in deaths if _is_order_on_its_way(death)} == {
        (what, fate) for what in (*ORDERS, TAKING_BACK) for fate in Fate
    }
    assert {death.what for death in deaths if death.moment is Moment.ANSWERED} >= {*ORDERS, TAKING_BACK, *ASKED}
    assert {death.what for death in deaths if death.moment is Moment.TOLD} == set(ORDERS)
    assert {trouble.name for plan in plans for trouble in plan.troubles} == set(TROUBLES)
    assert {len(plan.deaths) for plan in plans} == {3, 4, 5, 6}


def test_a_seed_is_the_same_plan_and_market_in_another_process() -> None:
    probe = (
        "from tests.kills.plan import plan_of; print([(plan_of(seed), plan_of(seed).market()) for seed in range(8)])"
    )
    here = [(plan_of(seed), plan_of(seed).market()) for seed in range(8)]

    there = [
        subprocess.run(
            [sys.executable, "-c", probe], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert there[0] == there[1] == f"{here}\n"


def _is_order_on_its_way(death: Death) -> bool:
    return death.moment is Moment.ARRIVES and death.what in (*ORDERS, TAKING_BACK)
