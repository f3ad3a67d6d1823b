"""What bots are asked, how often, and what is made of their silence."""

import pytest

from answers import Answer
from bots.trading.halts import HaltMode
from hearing import CLOSING, EVERY_SECONDS, Hearing
from seen import PodSeen
from tests.unit.operator.stage import Clock, Talking
from tests.unit.operator.things import KEY, a_pod, said, wanted

BOT = wanted()
POD = a_pod(BOT)


@pytest.fixture
def bots() -> Talking:
    """The bots."""
    return Talking()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def hearing(bots: Talking, clock: Clock) -> Hearing:
    """Who asks them."""
    return Hearing(bots, clock)


async def asked_within(
    hearing: Hearing, bots: Talking, clock: Clock, seconds: int, pod: PodSeen = POD, answer: Answer | None = None
) -> int:
    """Return how often a bot was asked when it could have been every second."""
    bots.answer = answer
    for _ in range(seconds):
        await hearing.lately(KEY, pod)
        clock.now += 1
    return len(bots.asked)


async def test_a_bot_that_runs_is_asked_twice_a_minute(hearing: Hearing, bots: Talking, clock: Clock) -> None:
    assert await asked_within(hearing, bots, clock, 60, answer=said()) == 60 / EVERY_SECONDS == 2


@pytest.mark.parametrize(
    ("pod", "answer"),
    [(POD, said(ready=False)), (a_pod(BOT, ready=False), said()), (POD, None)],
    ids=["says that it is not ready", "not ready for the kubelet", "silent"],
)
async def test_a_bot_that_starts_is_asked_more_often_but_not_all_the_time(
    hearing: Hearing, bots: Talking, clock: Clock, pod: PodSeen, answer: Answer | None
) -> None:
    assert 15 <= await asked_within(hearing, bots, clock, 60, pod, answer) <= 30


async def test_what_a_pod_said_is_not_what_the_next_one_says(hearing: Hearing, bots: Talking) -> None:
    await hearing.lately(KEY, POD)
    bots.answer = said(position="5")
    answer = await hearing.lately(KEY, a_pod(BOT, uid="another"))
    assert answer is not None
    assert answer.position == "5"


@pytest.mark.parametrize("pod", [None, a_pod(BOT, ip=None), a_pod(BOT, running=False)])
async def test_who_is_not_there_is_not_asked(hearing: Hearing, bots: Talking, pod: PodSeen | None) -> None:
    assert await hearing.lately(KEY, pod) is None
    assert not await hearing.flat_for_now(KEY, pod, "t")
    assert bots.asked == []


# --- Flat, for now ---


async def test_flat_is_said_after_the_hold_and_not_before(hearing: Hearing, bots: Talking) -> None:
    assert await hearing.flat_for_now(KEY, POD, "t")
    assert bots.asked == ["status", "hold", "status"]


async def test_a_bot_that_holds_something_is_not_held(hearing: Hearing, bots: Talking) -> None:
    bots.answer = said(position="5")
    assert not await hearing.flat_for_now(KEY, POD, "t")
    assert "hold" not in bots.asked


@pytest.mark.parametrize("after", [said(position="5"), said(open_orders=("btc-1",))])
async def test_a_bot_that_entered_before_its_hold_is_not_flat(hearing: Hearing, bots: Talking, after: Answer) -> None:
    bots.after_hold = after
    assert not await hearing.flat_for_now(KEY, POD, "t")


async def test_flat_is_asked_for_and_not_remembered(hearing: Hearing, bots: Talking) -> None:
    await hearing.lately(KEY, POD)
    bots.answer = said(position="5")
    assert not await hearing.flat_for_now(KEY, POD, "t")


async def test_a_bot_that_does_not_take_its_token_is_not_flat_and_is_noted(hearing: Hearing, bots: Talking) -> None:
    bots.takes_changes = False
    assert not await hearing.flat_for_now(KEY, POD, "t")
    assert hearing.refused == {KEY}
    hearing.forget(KEY)
    assert hearing.refused == set()


async def test_a_bot_that_is_silent_is_not_taken_for_one_with_a_wrong_token(hearing: Hearing, bots: Talking) -> None:
    bots.answer = None
    assert await hearing.halt(KEY, POD, "t", CLOSING) is not None
    assert hearing.refused == set()


# --- Last words ---


async def test_last_words_are_heard_once_nothing_can_be_entered(hearing: Hearing, bots: Talking) -> None:
    bots.after_hold = said(position="5")
    answer = await hearing.last_words(KEY, POD, "t")
    assert bots.asked == ["hold", "status"]
    assert answer is not None
    assert answer.position == "5"


async def test_a_bot_that_cannot_be_held_has_no_last_words(hearing: Hearing, bots: Talking) -> None:
    """It says that it is flat, and may enter the moment after."""
    bots.takes_changes = False
    assert await hearing.last_words(KEY, POD, "t") is None


# --- Closing ---


async def test_why_a_bot_was_not_told_to_close_is_said(hearing: Hearing, bots: Talking) -> None:
    assert await hearing.halt(KEY, POD, "t", CLOSING) is None
    assert await hearing.halt(KEY, a_pod(BOT, running=False), "t", CLOSING) == "its pod does not run"
    bots.takes_changes = False
    assert "401" in str(await hearing.halt(KEY, POD, "t", CLOSING))


async def test_a_halt_of_ours_is_lifted_while_entries_are_held(hearing: Hearing, bots: Talking) -> None:
    await hearing.halt(KEY, POD, "t", CLOSING)
    bots.asked.clear()
    assert bots.answer is not None
    await hearing.let_go(POD, bots.answer, "t")
    assert bots.asked == ["hold", "resume"]


@pytest.mark.parametrize("halt", [None, "max_daily_loss: 5 %", "manual: holiday"])
async def test_a_halt_of_somebody_else_is_not_lifted(hearing: Hearing, bots: Talking, halt: str | None) -> None:
    await hearing.let_go(POD, said(halt=halt, halt_mode=HaltMode.CLOSE_POSITIONS), "t")
    assert bots.asked == []


async def test_a_halt_is_not_lifted_from_a_bot_that_cannot_be_held(hearing: Hearing, bots: Talking) -> None:
    await hearing.halt(KEY, POD, "t", CLOSING)
    assert bots.answer is not None
    bots.takes_changes = False
    await hearing.let_go(POD, bots.answer, "t")
    assert "resume" not in bots.asked
