"""What is believed of a bot that is stopped: its last words, written as it was stopped, and nothing older."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from answers import UNKNOWN
from tests.unit.operator.cluster import Call
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import OTHER_CONFIG, Json, said


@pytest.fixture
def stage() -> Stage:
    return Stage()


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_there(stage: Stage) -> bool:
    return ("TradingBot", "desk", "btc") in stage.cluster.objects


def template(stage: Stage) -> Json:
    made: Json = deepcopy(stage.cluster.there("StatefulSet", "btc")["spec"]["template"])
    return made


@pytest.mark.parametrize("answers", [True, False], ids=["takes no changes", "answers nothing"])
async def test_a_bot_that_cannot_say_what_it_holds_is_not_called_flat(stage: Stage, answers: bool) -> None:
    await stage.running_bot()
    stage.bots.answer = said() if answers else None
    stage.bots.takes_changes = False
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.cluster.status()["position"] == UNKNOWN


async def test_a_bot_suspended_without_a_word_is_not_let_go_on_what_it_said_before(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    # It has entered since, and its loop hangs.
    stage.bots.answer = None
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    stage.cluster.settle()
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert is_there(stage), stage.cluster.notes("Leaving")


async def test_a_bot_suspended_together_with_a_change_has_last_words_too(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.bots.answer = said(position="0.25")
    stage.cluster.change_bot(suspend=True, image="other:2")
    await stage.turn()
    stage.cluster.settle()
    await stage.turn()
    assert "hold" in stage.bots.asked
    assert stage.cluster.status()["position"] == "0.25"

    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert is_there(stage), stage.cluster.notes("Leaving")


async def test_an_order_on_its_way_makes_last_words_unknown(stage: Stage) -> None:
    """It may fill after the stop."""
    await stage.running_bot(deletePolicy="ClosePosition")
    stage.bots.answer = said(open_orders=("btc-1",))
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.cluster.status()["position"] == UNKNOWN


async def test_a_bot_that_ran_and_was_never_heard_is_not_flat(stage: Stage) -> None:
    # A policy of the network keeps the operator from its port.
    stage.bots.answer = None
    await stage.running_bot(updatePolicy="OnFlat")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    stage.cluster.settle()
    before = template(stage)
    stage.cluster.change_bot(suspend=False, config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before


async def test_a_bot_suspended_without_a_pod_leaves_what_it_held_unknown(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition")
    # Evicted, after an entry that its figures do not show yet.
    stage.cluster.remove("Pod", "btc-0")
    stage.cluster.change_bot(suspend=True)
    await stage.turn()
    assert stage.cluster.status()["position"] == UNKNOWN


async def test_a_bot_scaled_to_nought_by_hand_is_not_known_to_be_flat(stage: Stage) -> None:
    await stage.running_bot(updatePolicy="OnFlat")
    body = stage.cluster.there("StatefulSet", "btc")
    stage.cluster.put("StatefulSet", {**body, "spec": {**body["spec"], "replicas": 0}})
    stage.cluster.settle()
    before = template(stage)
    stage.cluster.change_bot(config=OTHER_CONFIG)
    await stage.turn()
    assert template(stage) == before


async def test_a_bot_that_was_made_suspended_is_not_started_to_be_deleted(stage: Stage) -> None:
    await stage.running_bot(deletePolicy="ClosePosition", suspend=True)
    stage.cluster.forget_calls()
    stage.cluster.delete_bot(at=now())
    await stage.turn()
    assert Call("patch", "StatefulSet", "btc") not in stage.cluster.writes
    assert not is_there(stage)
