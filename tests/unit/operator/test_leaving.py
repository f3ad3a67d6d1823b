"""A deleted bot with deletePolicy ClosePosition: let go for one of a few reasons, and never with something held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from answers import UNKNOWN, Answer
from bots.trading.halts import HaltMode
from leaving import closing_step, closing_trouble, finalizer_patch, may_leave
from seen import Ended, PodSeen, SetSeen
from tests.unit.operator.things import Json, a_pod, a_set, bot, said, wanted

FINALIZER = "tradingbots.dev/close-position"
DELETED = "2026-01-01T12:00:00Z"
CLOSES: Json = {"deletePolicy": "ClosePosition"}
PLAIN = wanted()
RUNS, STOPPED, POD = a_set(PLAIN), a_set(PLAIN, replicas=0), a_pod(PLAIN)
NEVER_RUN = a_pod(PLAIN, running=False)
CLOSED = said(halt="manual: deleted", halt_mode=HaltMode.CLOSE_POSITIONS)


def why(
    stateful_set: SetSeen | None,
    pod: PodSeen | None,
    answer: Answer | None,
    position: str | None = None,
    *,
    journal_is_new: bool = True,
) -> str | None:
    status = {"position": position} if position is not None else {}
    leaving = bot(status, CLOSES, deletionTimestamp=DELETED)
    return may_leave(leaving, stateful_set, pod, answer, journal_is_new=journal_is_new)


# --- The finalizer ---


def test_a_bot_that_closes_its_position_gets_a_finalizer_beside_those_of_others() -> None:
    patch = finalizer_patch(bot(finalizers=["backup.example/keep"]), closes=True)
    assert patch == {
        "metadata": {"finalizers": ["backup.example/keep", FINALIZER], "resourceVersion": "10"},
    }


def test_a_bot_that_keeps_its_position_loses_ours_and_no_other() -> None:
    patch = finalizer_patch(bot(finalizers=[FINALIZER, "backup.example/keep"]), closes=False)
    assert patch is not None
    assert patch["metadata"]["finalizers"] == ["backup.example/keep"]


@pytest.mark.parametrize(("finalizers", "closes"), [([FINALIZER], True), ([], False)])
def test_where_the_finalizer_is_right_nothing_is_patched(finalizers: list[str], closes: bool) -> None:
    assert finalizer_patch(bot(finalizers=finalizers), closes=closes) is None


# --- Reasons to go ---


def test_one_that_runs_stays_whatever_it_says() -> None:
    """It is stopped first: as long as it runs it might enter again."""
    assert why(RUNS, POD, CLOSED, "0") is None


MADE, AT_ONCE, LATER = "2026-01-01T11:00:00Z", "2026-01-01T11:00:01Z", "2026-01-01T11:30:00Z"


@pytest.mark.parametrize(
    ("stateful_set", "pod"),
    [
        (None, None),
        (replace(STOPPED, created=MADE), None),
        (replace(RUNS, created=MADE), replace(NEVER_RUN, created=AT_ONCE)),
        (replace(STOPPED, created=MADE), replace(NEVER_RUN, created=AT_ONCE)),
    ],
    ids=["nothing was made", "made suspended", "its first pod cannot start", "and it was suspended then"],
)
def test_it_may_go_when_it_never_ran(stateful_set: SetSeen | None, pod: PodSeen | None) -> None:
    assert why(stateful_set, pod, None) == "it has never run"


@pytest.mark.parametrize(
    ("stateful_set", "pod"),
    [
        (replace(RUNS, created=MADE), None),
        (replace(RUNS, created=MADE), replace(NEVER_RUN, created=LATER)),
        (replace(STOPPED, created=MADE, last_words="unknown"), None),
        (None, NEVER_RUN),
    ],
    ids=["its pod is gone", "an earlier pod is gone", "it was stopped unheard", "its set is gone"],
)
def test_it_stays_where_it_may_have_run_unseen(stateful_set: SetSeen | None, pod: PodSeen | None) -> None:
    """The operator may have been away meanwhile."""
    assert why(stateful_set, pod, None) is None


def test_it_may_go_when_it_was_stopped_flat() -> None:
    assert why(replace(STOPPED, last_words="0"), None, None, "0") == "it was stopped and held nothing"


def test_what_the_status_says_of_a_stopped_bot_is_no_reason_to_go() -> None:
    """It may be half a minute old: only last words, written as it was stopped, are believed."""
    assert why(STOPPED, None, None, "0") is None


@pytest.mark.parametrize("stateful_set", [None, RUNS, STOPPED], ids=["no set", "runs", "suspended"])
def test_one_that_never_ran_stays_where_an_earlier_bot_has_left_a_journal(stateful_set: SetSeen | None) -> None:
    assert why(stateful_set, None, None, journal_is_new=False) is None


@pytest.mark.parametrize(
    "ran",
    [{}, {"running": False, "ended": Ended("Error", 1, "")}, {"running": False, "restarts": 1}],
    ids=["runs", "ended", "restarted"],
)
def test_one_that_has_run_and_was_never_heard_stays(ran: Json) -> None:
    assert why(RUNS, a_pod(PLAIN, **ran), None) is None


def test_last_words_of_one_that_runs_again_are_no_reason_to_go() -> None:
    assert why(replace(RUNS, last_words="0"), None, None, "0") is None


@pytest.mark.parametrize("position", ["0", "5", UNKNOWN])
def test_it_may_go_when_a_person_says_so(position: str) -> None:
    """The market may be shut for good, or the bot dead."""
    annotated = bot({"position": position}, CLOSES, annotations={"tradingbots.dev/skip-close": "true"})
    told = may_leave(annotated, RUNS, POD, said(position=position), journal_is_new=False)
    assert told is not None
    assert "skip-close" in told


@pytest.mark.parametrize("value", ["", "false", "TRUE", "yes"])
def test_any_other_value_of_the_annotation_is_no_word_to_go(value: str) -> None:
    annotated = bot({"position": "5"}, CLOSES, annotations={"tradingbots.dev/skip-close": value})
    assert may_leave(annotated, RUNS, POD, said(position="5"), journal_is_new=False) is None


@pytest.mark.parametrize("spec", [{}, {"deletePolicy": "KeepPosition"}])
def test_it_may_go_when_its_policy_no_longer_asks_for_closing(spec: Json) -> None:
    told = may_leave(bot({"position": "5"}, spec), RUNS, POD, said(position="5"), journal_is_new=False)
    assert told == "deletePolicy keeps the position"


# --- Reasons to stay ---


@pytest.mark.parametrize(
    "answer",
    [
        said(),
        said(halt="max_daily_loss: 5 %"),
        said(position="5", halt="manual: deleted", halt_mode=HaltMode.CLOSE_POSITIONS),
        said(halt="manual: deleted", halt_mode=HaltMode.CLOSE_POSITIONS, open_orders=("btc-1",)),
    ],
    ids=["may still enter", "blocks entries only", "holds", "order on its way"],
)
def test_it_stays_until_nothing_is_held_and_nothing_can_be(answer: Answer) -> None:
    assert why(RUNS, POD, answer, "0") is None


def test_a_bot_that_does_not_answer_stays_whatever_it_said_last() -> None:
    """It may have entered since."""
    assert why(RUNS, POD, None, "0") is None


@pytest.mark.parametrize("last_words", ["5", UNKNOWN, None])
@pytest.mark.parametrize("position", ["0", "5", UNKNOWN])
def test_a_bot_that_was_stopped_with_a_position_stays(last_words: str | None, position: str) -> None:
    assert why(replace(STOPPED, last_words=last_words), None, None, position) is None


def test_a_bot_that_is_being_stopped_stays() -> None:
    assert why(replace(STOPPED, last_words="0"), a_pod(PLAIN, deleting=True), None, "0") is None


def test_a_bot_whose_set_is_gone_stays_if_it_ever_ran() -> None:
    """Deleted in the foreground, its pod may have left a position behind."""
    assert why(None, None, None, "0") is None


@pytest.mark.parametrize("position", [None, "5", UNKNOWN])
@pytest.mark.parametrize(
    "answer", [None, said(position="5"), said(position="5", halt_mode=HaltMode.CLOSE_POSITIONS, halt="x")]
)
def test_with_something_held_nobody_goes(position: str | None, answer: Answer | None) -> None:
    stopped = replace(STOPPED, last_words=position)
    for stateful_set, pod in product((RUNS, stopped), (POD, NEVER_RUN, None)):
        if answer is None or pod is not None:
            assert why(stateful_set, pod, answer, position, journal_is_new=False) is None


# --- What is shown meanwhile ---


def test_what_is_still_held_is_shown() -> None:
    assert "0.25" in closing_step(bot({"position": "3"}), said(position="0.25")).message
    assert "3" in closing_step(bot({"position": "3"}), None).message
    assert "unknown" in closing_step(bot(), None).message
    assert closing_step(bot(), None).phase == "Closing"


@pytest.mark.parametrize(
    ("stateful_set", "pod", "refused", "words"),
    [
        (None, None, None, "StatefulSet is gone"),
        (RUNS, None, None, "no pod"),
        (RUNS, POD, "the bot at 10.0.0.7 does not answer", "does not answer"),
        (RUNS, POD, None, "is its market open"),
    ],
)
def test_what_takes_too_long_is_told_with_its_cause_and_the_way_out(
    stateful_set: SetSeen | None, pod: PodSeen | None, refused: str | None, words: str
) -> None:
    leaving = bot(deletionTimestamp=DELETED)
    deleted = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert closing_trouble(leaving, stateful_set, pod, refused, deleted + timedelta(seconds=59)) is None
    trouble = closing_trouble(leaving, stateful_set, pod, refused, deleted + timedelta(seconds=61))
    assert trouble is not None
    assert words in trouble.message
    assert "kubectl annotate tradingbot btc tradingbots.dev/skip-close=true" in trouble.message
