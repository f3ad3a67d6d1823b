"""What the seeds stage; they themselves are run by `make kills`."""

import subprocess
import sys
from pathlib import Path

from tests.kills.plan import Death, Fate, Moment, plan_of
from tests.kills.steps import ASKED, ORDERS, TAKING_BACK
from tests.kills.troubles import TROUBLES

ROOT = Path(__file__).resolve().parents[2]


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
