"""A deleted TradingBot: with and without closing its position, with and without an operator."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.bots import Bot
from tests.e2e.kube import Kube
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.twins import HOLDING, holding
from tests.e2e.waiting import holds_for, wait_for

pytestmark = pytest.mark.usefixtures("operator", "never_two")

CHILDREN = ("pods", "statefulsets", "services", "configmaps", "secrets", "networkpolicies")


def holds_a_position(bot: Bot) -> None:
    bot.wait_told("a position", lambda seen: seen["position"]["lots"])
    bot.wait_phase("Running")


def children(kube: Kube, bot: Bot, *kinds: str) -> list[str]:
    """What is there of a bot, its own and its pod's."""
    chosen = f"tradingbots.dev/bot={bot.name}"
    return [
        f"{kind}/{found['metadata']['name']}"
        for kind in kinds or CHILDREN
        for found in kube.list(kind, bot.namespace, chosen)
    ]


def assert_nothing_is_left(kube: Kube, bot: Bot) -> None:
    bot.wait_gone()
    wait_for(f"end of the children of {bot.name}", lambda: children(kube, bot), lambda seen: seen == [])


def test_a_bot_deleted_leaves_its_position_to_the_next_one_of_its_name(bot: Bot, kube: Kube) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)
    held = holding(bot)

    bot.delete()
    assert_nothing_is_left(kube, bot)
    assert children(kube, bot, "persistentvolumeclaims") == ["persistentvolumeclaims/bot-journal"]

    bot.apply(HOLDING)
    bot.wait_phase("Running")
    assert holding(bot) == held


def test_a_volume_that_is_not_to_be_retained_goes_with_its_bot(bot: Bot, kube: Kube) -> None:
    bot.apply(HOLDING, storage={"onDelete": "Delete"})
    bot.wait_phase("Running")

    bot.delete()

    assert_nothing_is_left(kube, bot)
    wait_for("end of the volume", lambda: children(kube, bot, "persistentvolumeclaims"), lambda seen: seen == [])


def fills(bot: Bot) -> list[dict[str, Any]]:
    return bot.journal("SELECT side, status, reason FROM orders WHERE status = 'filled' ORDER BY bar_time, side")


def test_a_bot_that_has_to_close_its_position_closes_it_before_it_goes(
    bot: Bot, new_bot: Callable[..., Bot], kube: Kube
) -> None:
    bot.apply(HOLDING, deletePolicy="ClosePosition")
    holds_a_position(bot)

    bot.delete()
    assert_nothing_is_left(kube, bot)
    told = [event["reason"] for event in bot.events()]
    assert "ClosingPosition" in told
    assert told.count("Leaving") == 1

    # Its journal tells what it did: a bot of its name goes on from there.
    never = HOLDING["strategy"] | {"entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 0.1}}}
    bot.apply(HOLDING | {"strategy": never})
    bot.wait_phase("Running")
    assert [order["side"] for order in fills(bot)] == ["buy", "sell"]
    assert bot.told()["position"]["lots"] == []
    assert bot.told()["halt"] is None, "the halt by which it closed is lifted"


def test_a_suspended_bot_runs_once_more_to_close_its_position(bot: Bot, kube: Kube) -> None:
    bot.apply(HOLDING, deletePolicy="ClosePosition")
    holds_a_position(bot)
    bot.patch(suspend=True)
    bot.wait_phase("Suspended")

    bot.delete()

    assert_nothing_is_left(kube, bot)


def test_a_bot_that_cannot_close_its_position_goes_by_annotation(bot: Bot, kube: Kube, node: OwnNode) -> None:
    bot.apply(HOLDING, deletePolicy="ClosePosition")
    holds_a_position(bot)
    bot.patch(image="localhost/tradingbot:missing")
    bot.wait("the trouble", lambda seen: seen.get("lastReason") == "CannotPull")

    bot.delete()
    bot.wait("the trouble told", lambda seen: "CannotClose" in str(seen["conditions"]), seconds=90)
    assert "tradingbots.dev/skip-close=true" in bot.condition("Degraded")["message"]
    assert bot.status()["phase"] == "Closing"

    bot.annotate(**{"tradingbots.dev/skip-close": "true"})
    assert_nothing_is_left(kube, bot)


def test_a_bot_deleted_while_the_operator_is_down_leaves_nothing_behind(
    bot: Bot, kube: Kube, operator: OperatorRelease
) -> None:
    bot.apply(HOLDING)
    holds_a_position(bot)

    with operator.down():
        bot.delete()
        assert_nothing_is_left(kube, bot)


def test_a_bot_that_has_to_close_waits_for_the_operator(bot: Bot, kube: Kube, operator: OperatorRelease) -> None:
    bot.apply(HOLDING, deletePolicy="ClosePosition")
    holds_a_position(bot)

    with operator.down():
        bot.delete()
        holds_for("the bot, and its position", lambda: holding(bot).position > 0, seconds=5)

    assert_nothing_is_left(kube, bot)
