"""What an action would do to a bot as it is now, though the fleet has not seen that yet."""

from decimal import Decimal
from pathlib import Path

import pytest

from bots.web.bots import Action
from bots.web.foreseeing import foresee
from strategies.errors import BotUnreachableError
from tests.web.staged_bots import StagedBots, many
from tests.web.staging import signed_in, stage

FLAT, STOPPED, LIVE, LIVE_FLAT = "0001", "0003", "0005", "0010"


@pytest.fixture
def bots() -> StagedBots:
    return many(10)


async def test_a_live_bot_is_asked_where_its_stops_rest(bots: StagedBots) -> None:
    told = await foresee(bots, LIVE, Action.STOP)
    assert any("Its stop at 95 stays at the venue" in sentence for sentence in told.sentences)


async def test_a_live_bot_that_cannot_say_leaves_its_stops_open(bots: StagedBots) -> None:
    bots.fail("status", BotUnreachableError("0005 does not answer"))
    told = await foresee(bots, LIVE, Action.STOP)
    assert any(sentence.startswith("A stop that rests at the venue stays there") for sentence in told.sentences)


async def test_what_was_bought_a_moment_ago_is_asked_about(bots: StagedBots) -> None:
    assert not (await foresee(bots, FLAT, Action.STOP)).asks_for_position
    bots.change_unseen(FLAT, position=Decimal("0.5"))
    told = await foresee(bots, FLAT, Action.STOP)
    assert told.asks_for_position
    assert told.button == "Stop it and keep the position"


async def test_a_live_bot_that_has_just_bought_is_not_stopped_without_its_name(
    bots: StagedBots, tmp_path: Path
) -> None:
    bots.change_unseen(LIVE_FLAT, position=Decimal("0.5"))
    async with signed_in(stage(bots, tmp_path), "olga") as olga:
        assert (await olga.post(f"/api/v1/bots/{LIVE_FLAT}/stop", json={})).status_code == 409
        assert bots.told == []
        answer = await olga.post(f"/api/v1/bots/{LIVE_FLAT}/stop", json={"confirm": LIVE_FLAT})
        assert answer.status_code == 200


async def test_a_bot_that_does_not_run_is_not_asked(bots: StagedBots) -> None:
    bots.fail("status", AssertionError("must not be asked"))
    assert (await foresee(bots, STOPPED, Action.DELETE)).title == "Delete 0003?"
    assert (await foresee(bots, FLAT, Action.RESUME)).title == "Resume 0001?"
