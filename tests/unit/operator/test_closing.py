"""A bot deleted with deletePolicy ClosePosition, on the way out: told to close, waited for, let go."""

from datetime import UTC, datetime, timedelta

import pytest

from answers import UNKNOWN
from bots.trading.halts import HaltMode
from tests.unit.operator.cluster import Call
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import KEY, said


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_there(stage: Stage) -> bool:
    return ("TradingBot", "desk", "btc") in stage.cluster.objects


async def held(stage: Stage, position: str = "0.25") -> None:
    """Begin with a bot that holds something and has just been deleted."""
    stage.bots.answer = said(position=position)
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.delete_bot(at=now())


async def stopped(stage: Stage) -> None:
    """Go on until a bot that has closed is stopped, and its pod gone."""
    await stage.turn()
    stage.cluster.settle()
    await stage.turn()


async def test_it_closes_its_position_and_then_goes_with_its_children(stage: Stage) -> None:
    await held(stage)
    assert await stage.turn() == 2.0
    assert "close" in stage.bots.asked
    assert is_there(stage)
    assert stage.cluster.status()["phase"] == "Closing"
    assert "0.25" in stage.cluster.condition("Progressing")[2]
    assert stage.bots.answer is not None
    stage.bots.answer = said(halt=stage.bots.answer.halt, halt_mode=HaltMode.CLOSE_POSITIONS)
    await stopped(stage)
    assert not is_there(stage)
    assert {kind for kind, _, _ in stage.cluster.objects} - {"Event"} == {"PersistentVolumeClaim"}
    assert stage.cluster.notes("Leaving") == ["it was stopped and held nothing"]


async def test_it_is_told_once_that_a_bot_leaves_however_often_one_looks(stage: Stage) -> None:
    await held(stage, "0")
    # Something else keeps it, so that it is still there when it is looked at again.
    stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"].append("backup.example/keep")
    await stage.turn()
    await stopped(stage)
    await stage.reconciler(KEY)
    await stage.reconciler(KEY)
    assert stage.cluster.told.count("Leaving") == 1


async def test_a_flat_bot_is_told_to_enter_no_more_before_it_goes(stage: Stage) -> None:
    await held(stage, "0")
    await stage.turn()
    assert is_there(stage)
    assert "close" in stage.bots.asked
    await stopped(stage)
    assert not is_there(stage)


async def test_a_bot_that_has_closed_stays_until_its_pod_is_gone(stage: Stage) -> None:
    """As long as it runs it might enter again."""
    await held(stage, "0")
    await stage.turn()
    await stage.turn()
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 0
    assert is_there(stage)


async def test_the_journal_that_stays_is_not_left_halted_by_us(stage: Stage) -> None:
    """A later bot of that name is to trade; meanwhile this one is held."""
    await held(stage, "0")
    await stage.turn()
    stage.bots.asked.clear()
    await stage.turn()
    first = stage.bots.asked.index("hold")
    assert stage.bots.asked[first : first + 2] == ["hold", "resume"]


async def test_a_halt_that_a_limit_had_set_before_stays(stage: Stage) -> None:
    stage.bots.answer = said(halt="max_drawdown_pct: 20 %", halt_mode=HaltMode.CLOSE_POSITIONS)
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.delete_bot(at=now())
    await stopped(stage)
    assert not is_there(stage)
    assert "resume" not in stage.bots.asked


async def test_what_cannot_be_closed_is_told_with_the_way_out_which_works(stage: Stage) -> None:
    await held(stage)
    stage.bots.takes_changes = False
    await stage.turn()
    assert stage.cluster.condition("Degraded")[0] == "False"
    early = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    stage.cluster.delete_bot(at=early)
    await stage.turn()
    assert stage.cluster.condition("Degraded")[:2] == ("True", "CannotClose")
    assert "skip-close=true" in stage.cluster.condition("Degraded")[2]
    assert is_there(stage)
    stage.cluster.annotate_bot("tradingbots.dev/skip-close", "true")
    await stage.turn()
    assert not is_there(stage)


async def test_a_bot_that_does_not_answer_is_not_let_go(stage: Stage) -> None:
    stage.bots.answer = said()
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.delete_bot(at=now())
    stage.bots.answer = None
    for _ in range(3):
        await stage.turn()
    assert is_there(stage)


@pytest.mark.parametrize("position", ["0.25", "0"])
async def test_one_suspended_runs_once_more_if_it_has_to(stage: Stage, position: str) -> None:
    stage.bots.answer = said(position=position)
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    await stage.settle()
    assert stage.cluster.of_kind("Pod") == []
    stage.cluster.forget_calls()
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    if position == "0":
        assert not is_there(stage)
    else:
        assert is_there(stage)
        assert Call("patch", "StatefulSet", "btc") in stage.cluster.writes
        stage.cluster.settle()
        await stage.turn()
        assert stage.bots.asked[-1] == "close"


async def test_one_that_was_evicted_and_then_suspended_is_not_let_go(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.remove("Pod", "btc-0")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.cluster.status()["position"] == UNKNOWN
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert is_there(stage)


async def test_one_whose_image_cannot_be_pulled_may_be_deleted(stage: Stage) -> None:
    stage.cluster.add_bot(deletePolicy="ClosePosition", image="mistyped")
    await stage.turn()
    stage.cluster.settle(ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})
    await stage.turn()
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert not is_there(stage)


async def test_one_made_suspended_on_the_journal_of_an_earlier_bot_runs_to_close_what_may_be_in_it(
    stage: Stage,
) -> None:
    stage.bots.answer = said(position="0.25")
    await stage.running_bot()
    stage.cluster.delete_bot()
    stage.cluster.settle()
    await stage.turn()
    await stage.running_bot(deletePolicy="ClosePosition", suspend=True)
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert is_there(stage)
    assert stage.cluster.there("StatefulSet", "btc")["spec"]["replicas"] == 1
    stage.cluster.settle()
    await stage.turn()
    assert stage.bots.asked[-1] == "close"


async def test_an_operator_that_was_down_closes_when_it_is_back(stage: Stage) -> None:
    await held(stage)
    stage.restart_operator()
    await stage.turn()
    assert "close" in stage.bots.asked
    assert is_there(stage)


async def test_a_bad_configuration_does_not_keep_a_bot_from_closing(stage: Stage) -> None:
    stage.bots.answer = said(position="0.25")
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(config={"trading": {}})
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert "close" in stage.bots.asked
    assert stage.cluster.status()["phase"] == "Closing"


async def test_nothing_is_changed_about_a_bot_on_its_way_out(stage: Stage) -> None:
    stage.bots.answer = said(position="0.25")
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.change_bot(image="other:2", suspend=True)
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert {call.kind for call in stage.cluster.writes} == {"TradingBot"}


async def test_finalizers_of_others_stay(stage: Stage) -> None:
    stage.bots.answer = said(halt="x", halt_mode=HaltMode.CLOSE_POSITIONS)
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"].append("backup.example/keep")
    stage.cluster.delete_bot(at=now())
    await stopped(stage)
    assert stage.cluster.there("TradingBot", "btc")["metadata"]["finalizers"] == ["backup.example/keep"]
