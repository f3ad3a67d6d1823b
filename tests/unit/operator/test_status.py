"""What `kubectl get` shows of a bot: true, as of one moment, and with figures that do not vanish."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from answers import UNKNOWN
from bots.resource.status import CONDITIONS, status_schema
from desired import Desired
from seen import Ended, PodSeen
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


@pytest.mark.parametrize("pod", [None, a_pod(PLAIN, ready=False), a_pod(PLAIN, ready=False, running=False)])
def test_figures_of_a_bot_that_does_not_answer_stay(pod: PodSeen | None) -> None:
    """A position that vanishes from the list looks like one that was closed."""
    before = shown(answer=said(position="0.25"))
    after = shown(before, answer=None, pod=pod)
    assert {key: after[key] for key in (*FIGURES, "currency")} == {key: before[key] for key in (*FIGURES, "currency")}


@pytest.mark.parametrize("pod", [None, a_pod(PLAIN, ready=False, running=False)])
def test_a_bot_that_never_ran_has_no_figures(pod: PodSeen | None) -> None:
    assert not {*FIGURES, "currency"} & shown(answer=None, pod=pod).keys()


@pytest.mark.parametrize(
    "pod",
    [
        a_pod(PLAIN),
        a_pod(PLAIN, ready=False),
        a_pod(PLAIN, running=False, ended=Ended("Error", 1, "")),
        a_pod(PLAIN, running=False, restarts=1),
    ],
    ids=["ready", "runs", "ended", "restarts"],
)
def test_a_bot_that_has_run_and_never_answered_holds_nobody_knows_what(pod: PodSeen) -> None:
    status = shown(answer=None, pod=pod)
    assert status["position"] == UNKNOWN
    assert {*FIGURES, "currency"} & status.keys() == {"position"}


@pytest.mark.parametrize("pod", [None, a_pod(PLAIN, deleting=True)])
@pytest.mark.parametrize(("last_words", "kept"), [("0.25", "0.25"), ("0", "0"), (UNKNOWN, UNKNOWN), (None, UNKNOWN)])
def test_of_a_stopped_bot_its_last_words_are_shown(last_words: str | None, kept: str, pod: PodSeen | None) -> None:
    """One that somebody else has stopped has none: what was written before may not be true any more."""
    stopped = a_set(PLAIN, replicas=0, last_words=last_words)
    assert shown(shown(answer=said(position="3")), answer=None, pod=pod, stateful_set=stopped)["position"] == kept


def test_a_bot_that_was_made_suspended_has_no_position_at_all() -> None:
    status = shown(answer=None, pod=None, stateful_set=a_set(PLAIN, replicas=0), desired=wanted(suspend=True))
    assert "position" not in status


def test_last_words_are_no_more_once_it_runs_again() -> None:
    status = shown({"position": "0.25"}, stateful_set=a_set(PLAIN, last_words="0"), pod=None, answer=None)
    assert status["position"] == "0.25"


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
    live = {**OTHER_CONFIG, "broker": {"type": "binance"}, "data": {"data_source": "binance"}}
    status = shown(shown(), desired=wanted(live, image="mine:2"))
    assert (status["mode"], status["symbol"]) == ("paper", "BTCUSDT")
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


def test_a_live_bot_whose_entries_go_to_paper_shows_it_until_it_says_otherwise() -> None:
    live = {**shown(), "mode": "live"}
    away = shown(live, desired=None, answer=said(on_paper=True))
    assert away["mode"] == "fallback"
    assert list(complaints(away, status_schema())) == []
    assert is_urgent(live, patch_of(live, away))
    assert shown(away, desired=None, answer=None)["mode"] == "fallback", "it was not heard just now"
    assert shown(away, desired=None)["mode"] == "live"


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
@pytest.mark.parametrize("old", [{}, {"equity": "2", "phase": "Running"}])
def test_only_figures_may_wait(old: Json, patch: Json, urgent: bool) -> None:
    assert is_urgent(old, patch) is urgent


def test_a_message_that_counts_seconds_may_wait_like_a_figure() -> None:
    before = shown(pod=a_pod(PLAIN, ready=False), answer=said(ready=False, reasons=("137 s without a bar",)))
    after = shown(before, pod=a_pod(PLAIN, ready=False), answer=said(ready=False, reasons=("138 s without a bar",)))
    patch = patch_of(before, after)
    assert patch.keys() == {"conditions"}
    assert not is_urgent(before, patch)
    trades = shown(before, answer=said())
    assert is_urgent(before, patch_of(before, trades))


@pytest.mark.parametrize(
    "news",
    [{"reason": "Other"}, {"status": "False"}, {"observedGeneration": 8}],
    ids=["another reason", "another status", "another generation"],
)
@pytest.mark.parametrize("which", range(len(CONDITIONS)))
def test_a_condition_that_says_something_else_may_not_wait(which: int, news: Json) -> None:
    before = {"conditions": [{"type": one, "status": "True", "reason": "A"} for one in CONDITIONS]}
    after = deepcopy(before)
    after["conditions"][which] |= news
    assert is_urgent(before, patch_of(before, after))


def test_conditions_that_are_there_for_the_first_time_may_not_wait() -> None:
    assert is_urgent({}, {"conditions": shown()["conditions"]})


def test_another_bar_changes_figures_only() -> None:
    before = shown()
    after = shown(before, answer=said(equity="999.00", profit="-1.00", last_bar="2026-01-01T00:06:00Z", trades=5))
    assert set(patch_of(before, after)) == {"equity", "profit", "lastBarTime", "trades"}
