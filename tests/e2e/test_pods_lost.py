"""Pods that freeze, die, are deleted, evicted or drained away: bots come back with all that they had."""

from collections.abc import Callable

import pytest

from tests.e2e.bots import Bot
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.podwatch import PodWatch
from tests.e2e.twins import Twins
from tests.e2e.waiting import wait_for

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture
def twins(new_bot: Callable[..., Bot], never_two: PodWatch) -> Twins:
    """Three bots, watched."""
    return Twins(new_bot)


def both(twins: Twins) -> tuple[Bot, Bot]:
    return twins.disturbed, twins.holder


def restarted(bot: Bot) -> None:
    wait_for(f"restart of {bot.name}", lambda: bot.pod.restarts, lambda seen: seen >= 1, seconds=120)
    bot.pod.wait_ready()


def test_a_frozen_bot_is_restarted_by_its_liveness_probe(twins: Twins, node: OwnNode) -> None:
    held = twins.start()

    # One that the kubelet has not yet seen starting up is given longer.
    uids = {bot.name: bot.pod.wait_ready()["metadata"]["uid"] for bot in both(twins)}
    for bot in both(twins):
        node.freeze(bot.pod)

    for bot in both(twins):
        restarted(bot)
        assert bot.pod.uid == uids[bot.name], "the kubelet restarts the container, nobody replaces the pod"
        bot.wait("the reason of the restart", lambda seen: seen.get("lastReason") == "FailedLiveness")
        bot.wait_event("FailedLiveness")
    twins.assert_nothing_lost_or_doubled(held)


def test_a_killed_bot_is_restarted_by_the_kubelet(twins: Twins, node: OwnNode) -> None:
    held = twins.start()

    for bot in both(twins):
        node.kill(bot.pod)

    for bot in both(twins):
        restarted(bot)
        bot.wait("a restart that is counted", lambda seen: seen.get("restarts") == 1)
    twins.assert_nothing_lost_or_doubled(held)


def test_a_deleted_pod_comes_back(twins: Twins) -> None:
    held = twins.start()

    for bot in both(twins):
        uid = bot.pod.uid
        bot.pod.delete()
        bot.pod.wait_ready(other_than=uid)

    twins.assert_nothing_lost_or_doubled(held)


def test_an_evicted_pod_comes_back(twins: Twins) -> None:
    held = twins.start()

    for bot in both(twins):
        uid = bot.pod.uid
        bot.pod.evict()
        bot.pod.wait_ready(other_than=uid)
        bot.wait("the reason of the eviction", lambda seen: seen.get("lastReason") == "EvictionByEvictionAPI")

    twins.assert_nothing_lost_or_doubled(held)


def test_a_drained_and_uncordoned_node_has_its_bots_back(
    twins: Twins, node: OwnNode, operator: OperatorRelease
) -> None:
    held = twins.start()
    uids = {bot.name: bot.pod.uid for bot in both(twins)}

    with node.drained():
        for bot in both(twins):
            bot.pod.wait_gone(uids[bot.name])

    operator.wait_ready()
    for bot in (*both(twins), twins.undisturbed):
        bot.pod.wait_ready(other_than=uids.get(bot.name))
    twins.assert_nothing_lost_or_doubled(held)
