"""A bot is halted and resumed by an annotation on its resource, for as long as that stands there."""

import pytest

from answers import Answer
from bots.trading.halts import HaltMode
from halting import MARK, Resume, Wish, next_word, wished
from tests.unit.bots.scripted import START, Desk, Script
from tests.unit.operator.stage import Stage
from tests.unit.operator.things import said

ANNOTATION = "tradingbots.dev/halt"
BLOCK, CLOSE = HaltMode.BLOCK_ENTRIES, HaltMode.CLOSE_POSITIONS


# --- What it asks for -------------------------------------------------------------------------------------------


def test_without_the_annotation_nothing_is_asked_for() -> None:
    assert wished({}) is wished({"annotations": {"other": "close-positions"}}) is None


@pytest.mark.parametrize("mode", list(HaltMode))
def test_the_annotation_names_a_mode(mode: HaltMode) -> None:
    assert wished({"annotations": {ANNOTATION: str(mode)}}) == Wish(mode, MARK)


@pytest.mark.parametrize("word", ["", "true", "close", "Close-Positions", "\n"])
def test_a_word_that_is_no_mode_blocks_entries_and_says_which_there_are(word: str) -> None:
    wish = wished({"annotations": {ANNOTATION: word}})
    assert wish is not None
    assert wish.mode is BLOCK
    assert "close-positions" in wish.reason
    assert wish.reason.isprintable()
    assert len(wish.reason) <= 200


OURS = said(halt=f"manual_halt: {MARK}", halt_mode=CLOSE)
THEIRS = said(halt="manual_halt: maintenance", halt_mode=BLOCK)


@pytest.mark.parametrize(
    ("wish", "answer", "word"),
    [
        (None, said(), None),
        (Wish(BLOCK, MARK), said(), Wish(BLOCK, MARK)),
        (Wish(CLOSE, MARK), THEIRS, Wish(CLOSE, MARK)),
        (Wish(CLOSE, MARK), OURS, None),
        (Wish(BLOCK, MARK), OURS, None),
        (None, THEIRS, None),
    ],
    ids=["nothing", "halt", "stricter", "known", "milder", "not ours"],
)
def test_a_bot_is_told_only_what_it_does_not_know(wish: Wish | None, answer: Answer, word: Wish | None) -> None:
    assert next_word(wish, answer) == word


def test_a_halt_of_ours_ends_with_its_annotation() -> None:
    assert isinstance(next_word(None, OURS), Resume)


# --- On its way to the bot --------------------------------------------------------------------------------------


async def test_an_annotation_halts_the_bot_at_once_and_shows(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.annotate_bot(ANNOTATION, "close-positions")
    await stage.turn()
    assert stage.bots.asked.count("close") == 1
    assert stage.cluster.status()["phase"] == "Halted"
    assert MARK in stage.cluster.condition("Degraded")[2]
    await stage.settle()
    assert stage.bots.asked.count("close") == 1, "it is told once"


async def test_without_its_annotation_the_bot_is_resumed(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.annotate_bot(ANNOTATION, "block-entries")
    await stage.turn()
    stage.cluster.annotate_bot(ANNOTATION, None)
    await stage.turn()
    assert stage.bots.asked.count("resume") == 1
    assert stage.cluster.status()["phase"] == "Running"


async def test_a_halt_that_cannot_be_delivered_is_told_and_tried_again_soon(stage: Stage) -> None:
    await stage.running_bot()
    stage.bots.takes_changes = False
    stage.cluster.annotate_bot(ANNOTATION, "block-entries")
    again = await stage.turn()
    assert again is not None
    assert again <= 2
    status, reason, message = stage.cluster.condition("Degraded")
    assert (status, reason) == ("True", "NotHalted")
    assert "401" in message


async def test_a_bot_resumed_by_hand_is_halted_again_while_the_annotation_stands(stage: Stage) -> None:
    await stage.running_bot()
    stage.cluster.annotate_bot(ANNOTATION, "block-entries")
    await stage.turn()
    stage.bots.answer = said()
    await stage.settle()
    assert stage.bots.asked.count("halt") == 2


def test_a_halt_that_took_the_place_of_somebody_elses_is_not_lifted_with_the_annotation() -> None:
    desk = Desk(Script())
    desk.trader.halt(HaltMode.BLOCK_ENTRIES, "the account has less", START, by="comparison with the venue")
    desk.trader.halt(HaltMode.CLOSE_POSITIONS, MARK, START, by="api")
    halt = desk.trader.guard.halt
    assert halt is not None
    told = f"{halt.limit}: {halt.detail}"
    assert "the account has less" in told
    assert next_word(None, said(halt=told, halt_mode=halt.mode)) is None
    assert isinstance(next_word(None, said(halt=f"manual_halt: {MARK}", halt_mode=halt.mode)), Resume)
