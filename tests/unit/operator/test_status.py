"""What `kubectl get` shows of a bot: true, as of one moment, and with figures that do not vanish."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.resource.status import CONDITIONS, status_schema
from desired import Desired
from seen import PodSeen
from status import FIGURES, Facts, Status, Step, condition, is_urgent, patch_of, status_of
from tests.unit.operator.things import OTHER_CONFIG, Json, a_pod, a_set, bot, said, wanted
from tests.unit.resource.api_server import complaints
from troubles import Trouble

NOW = datetime(2026, 1, 1, 12, 0, 0, 500, tzinfo=UTC)
PLAIN = wanted()
WAITING = Step("WaitingUntilFlat", "waits", "WaitingUntilFlat", soon=True)
STARTING = Step("Starting", "the pod is not ready yet")
TROUBLE = Trouble("CannotPull", "the image cannot be pulled")


def facts(status: Json | None = None, *, deleting: bool = False, **changes: Any) -> Facts:
    """Return the facts of a bot that trades, with some of them changed."""
    more: Json = {"deletionTimestamp": "2026-01-01T11:00:00Z"} if deleting else {}
    trading = Facts(
        bot(status, generation=7, **more), PLAIN, stateful_set=a_set(PLAIN), pod=a_pod(PLAIN), answer=said()
    )
    return replace(trading, **changes)


def shown(status: Json | None = None, **changes: Any) -> Status:
    return status_of(facts(status, **changes), NOW)


def ready(status: Status) -> tuple[str, str]:
    one = condition(status, "Ready")
    return one["status"], one["reason"]


# --- The phase ---


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({}, "Running"),
        ({"answer": None}, "Running"),
        ({"answer": said(halt="max_daily_loss: 5 %")}, "Halted"),
        ({"pod": a_pod(PLAIN, ready=False)}, "Starting"),
        ({"pod": a_pod(PLAIN, ready=False, running=False)}, "Pending"),
        ({"pod": None}, "Pending"),
        ({"pod": None, "stateful_set": None, "answer": None}, "Pending"),
        ({"pod": a_pod(PLAIN, deleting=True)}, "Updating"),
        ({"desired": wanted(OTHER_CONFIG)}, "Updating"),
        ({"step": WAITING}, "WaitingUntilFlat"),
        ({"desired": None, "faults": "spec.config: bad"}, "Invalid"),
        ({"desired": wanted(suspend=True)}, "Updating"),
        ({"desired": wanted(suspend=True), "pod": None}, "Suspended"),
        ({"pod": a_pod(PLAIN, ready=False, waiting="ImagePullBackOff", running=False)}, "Failed"),
        ({"trouble": TROUBLE, "pod": None}, "Failed"),
        ({"trouble": TROUBLE}, "Running"),
        ({"deleting": True}, "Deleting"),
        ({"deleting": True, "step": Step("ClosingPosition", "", "Closing")}, "Closing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_phase_is_the_most_urgent_word(changes: Json, phase: str) -> None:
    assert shown(**changes)["phase"] == phase


@pytest.mark.parametrize("desired", [PLAIN, None, wanted(suspend=True)])
@pytest.mark.parametrize("pod", [None, a_pod(PLAIN), a_pod(PLAIN, ready=False, deleting=True)])
@pytest.mark.parametrize("trouble", [None, TROUBLE])
@pytest.mark.parametrize("answer", [None, said(halt="max_drawdown_pct: 20 %"), said(last_bar=None)])
@pytest.mark.parametrize("step", [None, WAITING])
def test_every_status_is_one_that_the_definition_allows(
    desired: Desired | None, pod: PodSeen | None, trouble: Trouble | None, answer: object, step: Step | None
) -> None:
    status = shown(desired=desired, pod=pod, trouble=trouble, answer=answer, step=step, faults="spec: bad")
    assert list(complaints(status, status_schema())) == []
    assert {one["type"] for one in status["conditions"]} == set(CONDITIONS)


# --- Figures ---


def test_a_bots_own_words_become_figures() -> None:
    status = shown(answer=said(position="0.25", equity="1010.00", profit="10.00", trades=9))
    assert {key: status[key] for key in FIGURES} == {
        "position": "0.25",
        "equity": "1010.00",
        "profit": "10.00",
        "trades": 9,
        "lastBarTime": "2026-01-01T00:05:00Z",
    }
    assert (status["currency"], status["mode"], status["symbol"]) == ("USDT", "paper", "BTCUSDT")


@pytest.mark.parametrize("pod", [None, a_pod(PLAIN, ready=False)])
def test_figures_of_a_bot_that_does_not_answer_stay(pod: PodSeen | None) -> None:
    """A position that vanishes from the list looks like one that was closed."""
    before = shown(answer=said(position="0.25"))
    after = shown(before, answer=None, pod=pod)
    assert {key: after[key] for key in (*FIGURES, "currency")} == {key: before[key] for key in (*FIGURES, "currency")}


def test_a_bot_that_runs_and_never_answered_holds_nobody_knows_what() -> None:
    assert {*FIGURES, "currency"} & shown(answer=None).keys() == {"position"}
    assert shown(answer=None)["position"] == "unknown"


def test_a_bot_that_never_ran_has_no_figures() -> None:
    assert not {*FIGURES, "currency"} & shown(answer=None, pod=a_pod(PLAIN, running=False, ready=False)).keys()


def test_a_bot_that_has_no_bar_yet_keeps_the_last_one_it_told_of() -> None:
    before = shown(answer=said())
    assert shown(before, answer=said(last_bar=None))["lastBarTime"] == "2026-01-01T00:05:00Z"


def test_a_halt_is_shown_until_the_bot_says_otherwise() -> None:
    halted = shown(answer=said(halt="max_daily_loss: 5 %"))
    assert halted["halt"] == "max_daily_loss: 5 %"
    assert shown(halted, answer=None)["halt"] == "max_daily_loss: 5 %"
    assert "halt" not in shown(halted, answer=said())


def test_what_is_shown_of_configuration_and_image_is_what_runs() -> None:
    """Not what was asked for: a change may wait for days."""
    status = shown(desired=wanted(OTHER_CONFIG, image="mine:2"))
    assert status["configHash"] == PLAIN.config_digest
    assert status["image"] == "registry.example/tradingbot:1.0"


def test_the_status_tells_which_generation_it_is_about() -> None:
    status = shown()
    assert status["observedGeneration"] == 7
    assert {one["observedGeneration"] for one in status["conditions"]} == {7}


def test_why_a_bot_last_came_to_grief_stays_known() -> None:
    troubled = shown(pod=a_pod(PLAIN, ready=False, waiting="ErrImagePull"))
    assert troubled["lastReason"] == "CannotPull"
    assert shown(troubled)["lastReason"] == "CannotPull"
    assert status_of(facts(troubled), NOW, last_reason="OutOfMemory")["lastReason"] == "OutOfMemory"


def test_trouble_of_a_bot_that_trades_is_no_reason_why_it_does_not() -> None:
    assert "lastReason" not in shown(trouble=Trouble("StorageRefused", "no"))


def test_restarts_are_the_pods_and_the_last_known_without_one() -> None:
    assert shown(pod=a_pod(PLAIN, restarts=3))["restarts"] == 3
    assert shown({"restarts": 3}, pod=None)["restarts"] == 3


def test_a_halt_with_a_long_story_still_makes_a_status() -> None:
    """One that the API server refuses would be the last that is seen of the bot."""
    assert list(complaints(shown(answer=said(halt="x" * 100_000)), status_schema())) == []


# --- Conditions ---


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ("True", "Trading")),
        ({"trouble": Trouble("StorageRefused", "no")}, ("True", "Trading")),
        ({"pod": None}, ("False", "NoPod")),
        ({"pod": None, "desired": wanted(suspend=True)}, ("False", "Suspended")),
        ({"pod": a_pod(PLAIN, deleting=True)}, ("False", "Stopping")),
        ({"pod": a_pod(PLAIN, ready=False)}, ("False", "NotReady")),
        ({"pod": a_pod(PLAIN, ready=False), "trouble": TROUBLE}, ("False", "CannotPull")),
    ],
)
def test_ready_says_whether_the_bot_trades_and_why_not(changes: Json, told: tuple[str, str]) -> None:
    assert ready(shown(**changes)) == told


def test_a_bot_that_is_not_ready_says_why_in_its_own_words() -> None:
    unready = shown(pod=a_pod(PLAIN, ready=False), answer=said(ready=False, reasons=("warming up", "no feed")))
    assert condition(unready, "Ready")["message"] == "warming up; no feed"


def test_progressing_says_what_is_under_way() -> None:
    assert condition(shown(step=STARTING), "Progressing")["reason"] == "Starting"
    assert condition(shown(), "Progressing")["status"] == "False"


def test_degraded_says_what_is_wrong_trouble_before_a_halt() -> None:
    assert condition(shown(), "Degraded")["status"] == "False"
    halted = condition(shown(answer=said(halt="max_daily_loss: 5 %")), "Degraded")
    assert (halted["status"], halted["reason"]) == ("True", "Halted")
    assert "max_daily_loss" in halted["message"]
    both = condition(shown(answer=said(halt="max_daily_loss: 5 %"), trouble=TROUBLE), "Degraded")
    assert both["reason"] == "CannotPull"


def test_a_bad_configuration_is_told_and_the_bot_that_runs_stays_ready() -> None:
    status = shown(desired=None, faults="spec.config: trading.symbol: is missing")
    valid = condition(status, "ConfigValid")
    assert (valid["status"], valid["message"]) == ("False", "spec.config: trading.symbol: is missing")
    assert ready(status)[0] == "True"


def test_mode_and_symbol_stay_while_the_configuration_is_bad() -> None:
    status = shown(shown(), desired=None, faults="bad")
    assert (status["mode"], status["symbol"]) == ("paper", "BTCUSDT")


def test_a_condition_changed_when_its_status_did_and_not_when_its_words_did() -> None:
    first = status_of(facts(pod=None), NOW)
    later = NOW + timedelta(hours=1)
    same = status_of(facts(first, pod=a_pod(PLAIN, ready=False)), later)
    other = status_of(facts(same), later)
    assert condition(first, "Ready")["lastTransitionTime"] == "2026-01-01T12:00:00Z"
    assert condition(same, "Ready")["reason"] == "NotReady"
    assert condition(same, "Ready")["lastTransitionTime"] == "2026-01-01T12:00:00Z"
    assert condition(other, "Ready")["lastTransitionTime"] == "2026-01-01T13:00:00Z"


def test_a_message_without_end_is_cut() -> None:
    assert len(condition(shown(desired=None, faults="x" * 100_000), "ConfigValid")["message"]) < 32_768


# --- Patches ---


def test_a_status_that_is_as_it_was_is_no_patch() -> None:
    assert patch_of(shown(), status_of(facts(shown()), NOW + timedelta(hours=1))) == {}


def test_a_patch_holds_what_changed_and_takes_away_what_is_gone() -> None:
    assert patch_of({"a": 1, "b": 2, "halt": "x"}, {"a": 1, "b": 3}) == {"b": 3, "halt": None}


@pytest.mark.parametrize(("patch", "urgent"), [({"equity": "1"}, False), ({"equity": "1", "phase": "Failed"}, True)])
def test_only_figures_may_wait(patch: Json, urgent: bool) -> None:
    assert is_urgent({}, patch) is urgent


def test_a_message_that_counts_seconds_may_wait_and_another_reason_may_not() -> None:
    before = shown(answer=said(), pod=a_pod(PLAIN, ready=False))
    for reasons, urgent in ((("the last bar came 142 s ago",), False),):
        after = shown(before, answer=said(ready=False, reasons=reasons), pod=a_pod(PLAIN, ready=False))
        assert is_urgent(before, patch_of(before, after)) is urgent
    trades = shown(before, answer=said())
    assert is_urgent(before, patch_of(before, trades))


def test_another_bar_changes_figures_only() -> None:
    before = shown()
    after = shown(before, answer=said(equity="999.00", profit="-1.00", last_bar="2026-01-01T00:06:00Z", trades=5))
    assert set(patch_of(before, after)) == {"equity", "profit", "lastBarTime", "trades"}
