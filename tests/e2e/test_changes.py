"""A changed TradingBot: replaced at once or when flat, refused where it is bad, suspended and resumed."""

import copy
from typing import Any

import pytest

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube, Manifest
from tests.e2e.podwatch import PodWatch
from tests.e2e.twins import HOLDING, holding
from tests.e2e.waiting import holds_for, wait_for

pytestmark = pytest.mark.usefixtures("operator", "never_two")


def shorter(config: dict[str, Any], bars: int) -> dict[str, Any]:
    """A document whose positions are held for so many bars."""
    changed = copy.deepcopy(config)
    changed["strategy"]["exit_logic"]["params"]["max_bars"] = bars
    return changed


def holds_a_position(bot: Bot) -> None:
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    bot.wait_phase("Running")


def test_a_changed_bot_is_replaced_gracefully_and_keeps_its_position(bot: Bot) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)
    held, uid, digest = holding(bot), bot.pod.uid, bot.status()["configHash"]

    bot.apply(shorter(HOLDING, 90_000))

    bot.pod.wait_ready(other_than=uid)
    status = bot.wait("another configuration", lambda seen: seen["configHash"] != digest and seen["phase"] == "Running")
    assert holding(bot) == held
    assert status["observedGeneration"] == bot.get()["metadata"]["generation"]
    assert [event["reason"] for event in bot.events()].count("Replaced") == 1


def test_the_document_of_a_replaced_pod_is_removed(bot: Bot, kube: Kube, namespace: str) -> None:
    bot.apply(HOLDING)
    bot.wait_phase("Running")

    bot.apply(shorter(HOLDING, 90_000))

    def documents() -> list[str]:
        labelled = kube.list("configmaps", namespace, f"tradingbots.dev/bot={bot.name}")
        return [found["metadata"]["name"] for found in labelled]

    wanted = bot.wait_phase("Running")["configHash"]
    wait_for("only the document in use", documents, lambda seen: seen == [f"{bot.name}-{wanted}"])


def test_a_change_that_waits_until_flat_touches_nothing_before_even_over_an_eviction(bot: Bot) -> None:
    slow = document(
        data={"speed": 60}, strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 40}}}
    )
    bot.apply(slow, updatePolicy="OnFlat")
    holds_a_position(bot)
    old, uid = bot.status()["configHash"], bot.pod.uid

    bot.apply(shorter(slow, 41), updatePolicy="OnFlat")
    bot.wait_phase("WaitingUntilFlat")
    bot.pod.evict()
    bot.pod.wait_ready(other_than=uid)

    again = bot.pod.get()
    assert again["metadata"]["annotations"]["tradingbots.dev/config"] == old, "it came back as it was"
    assert bot.told()["position"]["lots"], "and with its position"
    assert bot.status()["configHash"] == old
    bot.pod.wait_ready(other_than=again["metadata"]["uid"], seconds=150)
    bot.wait("the new configuration", lambda seen: seen["configHash"] != old and seen["phase"] == "Running")
    assert "WaitingUntilFlat" in [event["reason"] for event in bot.events()]


def test_a_flat_bot_is_changed_without_waiting(bot: Bot) -> None:
    never = document(strategy={"entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 0.1}}})
    bot.apply(never, updatePolicy="OnFlat")
    bot.wait_phase("Running")
    old = bot.status()["configHash"]

    bot.apply(shorter(never, 7), updatePolicy="OnFlat")

    bot.wait("the new configuration", lambda seen: seen["configHash"] != old and seen["phase"] == "Running", seconds=60)


def test_a_document_that_only_the_operator_can_refuse_leaves_the_running_bot_untouched(bot: Bot, kube: Kube) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)
    uid, old = bot.pod.uid, bot.status()["configHash"]

    # A symbol of another market: well-formed, but the journal is one of BTCUSDT.
    bot.apply(HOLDING | {"trading": HOLDING["trading"] | {"symbol": "ETHUSDT"}})

    status = bot.wait_phase("Invalid")
    refused = bot.condition("ConfigValid")
    assert (refused["status"], refused["reason"]) == ("False", "Rejected")
    assert "the journal of bot is one of BTCUSDT, not of ETHUSDT" in refused["message"]
    assert status["configHash"] == old
    assert bot.condition("Ready")["status"] == "True"
    holds_for("the same pod", lambda: bot.pod.uid == uid, seconds=6)
    told = [event["message"] for event in bot.events() if event["reason"] == "ConfigRejected"]
    assert told == [refused["message"]]

    bot.apply(HOLDING)
    bot.wait_phase("Running")
    assert bot.pod.uid == uid, "the old document again is no change"


def test_a_suspended_bot_stops_gracefully_and_resumes_with_its_position(bot: Bot) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)
    held = holding(bot)

    bot.patch(suspend=True)
    status = bot.wait_phase("Suspended")
    assert not bot.pods()
    assert float(status["position"]) == held.position, "the status goes on telling what is held"

    bot.patch(suspend=False)
    bot.wait_phase("Running")
    assert holding(bot) == held
    reasons = [event["reason"] for event in bot.events()]
    assert (reasons.count("Suspended"), reasons.count("Resumed")) == (1, 1)


def test_a_restart_is_had_by_annotation(bot: Bot) -> None:
    bot.apply(HOLDING)
    bot.wait_phase("Running")
    uid = bot.pod.uid

    bot.annotate(**{"tradingbots.dev/restart": "once"})

    bot.pod.wait_ready(other_than=uid)


def test_storage_that_cannot_grow_is_told_and_the_bot_is_left_alone(bot: Bot) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)
    uid = bot.pod.uid

    bot.apply(HOLDING, storage={"size": "20Gi"})

    bot.wait("a refusal", lambda seen: any(each["reason"] == "StorageRefused" for each in seen["conditions"]))
    assert "the volume stays as it is" in bot.condition("Degraded")["message"]
    assert bot.status()["phase"] == "Running"
    assert bot.pod.uid == uid
    assert bot.pod.is_ready

    bot.apply(HOLDING)
    bot.wait("peace", lambda seen: all(each["reason"] != "StorageRefused" for each in seen["conditions"]))


def test_an_image_that_cannot_be_pulled_is_told_and_can_be_put_right(bot: Bot, image: str) -> None:
    bot.apply(HOLDING, image="localhost/tradingbot:missing", updatePolicy="OnFlat", imagePullPolicy="IfNotPresent")
    bot.wait("the trouble", lambda seen: seen.get("lastReason") == "CannotPull")
    assert bot.status()["phase"] == "Failed"
    bot.wait_event("CannotPull")

    bot.apply(HOLDING, image=image, updatePolicy="OnFlat")
    bot.wait_phase("Running")


def test_a_bot_out_of_memory_is_told_so(bot: Bot) -> None:
    bot.apply(HOLDING, resources={"limits": {"memory": "150Mi"}})

    bot.wait("the trouble", lambda seen: seen.get("lastReason") == "OutOfMemory", seconds=120)
    assert "raise spec.resources.limits.memory" in bot.wait_event("OutOfMemory")


def test_what_somebody_changes_at_the_stateful_set_is_put_back(bot: Bot, kube: Kube, never_two: PodWatch) -> None:
    bot.apply(HOLDING)
    bot.wait_phase("Running")

    kube.patch("statefulsets", bot.name, {"spec": {"replicas": 0}}, bot.namespace)

    def found() -> Manifest | None:
        return kube.get("statefulsets", bot.name, bot.namespace)

    wait_for("one replica again", found, lambda seen: seen is not None and seen["spec"]["replicas"] == 1)
    bot.pod.wait_ready()
