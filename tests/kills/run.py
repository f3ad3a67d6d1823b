"""One run: a bot that is killed and started again while things go wrong, then calm, then a fall of the price."""

import time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.kills.books import hold_books
from tests.kills.locks import own_locks
from tests.kills.outcome import Outcome
from tests.kills.plan import Plan, plan_of
from tests.kills.stage import BrokenError, Stage
from tests.kills.troubles import ASK_FOR_SILENCE, SILENCE_SECONDS, TROUBLES, settle

_LEFT_BARS = 10


def run_seed(seed: int) -> Outcome:
    """Run a seed."""
    return run_plan(plan_of(seed))


def run_plan(plan: Plan) -> Outcome:
    """Run a plan, in a folder of its own."""
    begun, left = time.monotonic(), ""
    with TemporaryDirectory(prefix="kills-") as folder, own_locks(folder):
        stage = Stage(plan, Path(folder))
        with stage.double as double:
            stage.open()
            try:
                _play(plan, stage)
            except BrokenError:
                left = stage.left()
            finally:
                stage.close()
            orders, requests = len(double.orders), len(double.requests)
        trades = stage.trades()
    seconds = time.monotonic() - begun
    return Outcome(plan, stage.held.broken, stage.trace, stage.kills, orders, trades, requests, seconds, left)


def _play(plan: Plan, stage: Stage) -> None:
    stage.start()
    stage.until_quiet()
    _storm(plan, stage)
    stage.die_all_deaths()
    _calm(plan, stage)
    _fall(stage)
    stage.stop()
    hold_books(stage.books(), stage.double, plan, stage.holds)


def _storm(plan: Plan, stage: Stage) -> None:
    ends: set[int] = set()
    for number in range(plan.bars):
        if number in ends:
            settle(stage.double)
        for trouble in plan.troubles:
            if trouble.bar == number:
                stage.trace.note("trouble", f"{trouble.name} {trouble.where}")
                stage.trace.met[f"trouble: {trouble.name}"] += 1
                stage.troubles += 1
                TROUBLES[trouble.name](stage.double, trouble.where)
                ends.add(number + trouble.bars)
        stage.bar(hurried=number in plan.hurried)


def _calm(plan: Plan, stage: Stage) -> None:
    """Let all be well until the bot has traded once more: one that gives up would agree with its venue, too."""
    settle(stage.double)
    if any(trouble.name in ASK_FOR_SILENCE for trouble in plan.troubles):
        time.sleep(SILENCE_SECONDS)
    stage.trace.note("run", "it is calm from here on")
    traded = stage.until_quiet()["trades"]
    while stage.double.left > _LEFT_BARS:
        stage.bar()
        if stage.until_quiet()["trades"] > traded:
            return
    stage.breaks("the bot trades on once it is calm", f"{traded} trades")


def _fall(stage: Stage) -> None:
    """Let the price fall below every stop: what is protected must go."""
    while stage.double.left and not stage.until_quiet()["position"]["lots"]:
        stage.bar()
    held = len(stage.until_quiet()["position"]["lots"])
    stage.trace.note("run", f"the price falls, {held} lots are open")
    stage.double.slide(stage.double.price * Decimal("0.8"))
    stage.until("what is protected is sold when the price falls", lambda status: not status["position"]["lots"])
    stage.until_quiet()
