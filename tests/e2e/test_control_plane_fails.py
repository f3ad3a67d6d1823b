"""An API server or an etcd that goes away: bots trade on, and what was asked for meanwhile happens afterwards."""

import copy
from collections.abc import Callable

import pytest

from tests.e2e.bots import Bot
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import told_at
from tests.e2e.twins import HOLDING, Twins, holding
from tests.e2e.waiting import wait_for

pytestmark = pytest.mark.usefixtures("operator", "never_two")


def change(bot: Bot, bars: int) -> None:
    config = copy.deepcopy(HOLDING)
    config["strategy"]["exit_logic"]["params"]["max_bars"] = bars
    bot.apply(config)


def test_an_api_server_that_is_killed_under_load_costs_nothing(new_bot: Callable[..., Bot], node: OwnNode) -> None:
    twins = Twins(new_bot)
    held = twins.start()
    others = [new_bot(f"other-{number}") for number in range(4)]
    for bot in others:
        bot.apply(HOLDING)

    node.restart("apiserver", kill=True)

    for bot in others:
        bot.wait_phase("Running", seconds=150)
    uid = twins.holder.pod.uid
    change(twins.holder, 90_000)
    twins.holder.pod.wait_ready(other_than=uid)
    twins.assert_nothing_lost_or_doubled(held)


def test_bots_trade_on_while_the_api_server_is_away(new_bot: Callable[..., Bot], node: OwnNode) -> None:
    twins = Twins(new_bot)
    held = twins.start()
    address, begun = twins.disturbed.pod.get()["status"]["podIP"], twins.disturbed.told()["trades"]

    with node.without("apiserver"):
        seen = wait_for("trades", lambda: told_at(address), lambda told: told["trades"] >= begun + 3)

    assert seen["ready"]
    twins.assert_nothing_lost_or_doubled(held)


def test_an_etcd_that_is_restarted_costs_nothing(new_bot: Callable[..., Bot], node: OwnNode) -> None:
    twins = Twins(new_bot)
    held = twins.start()

    node.restart("etcd", kill=True)

    uid = twins.holder.pod.uid
    change(twins.holder, 90_000)
    twins.holder.pod.wait_ready(other_than=uid, seconds=150)
    assert holding(twins.holder) == held
    twins.assert_nothing_lost_or_doubled(held)
