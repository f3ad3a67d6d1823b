"""Bots with real orders while nobody looks after them: without operator or API server they trade on, and rise again.

TRADINGBOT_E2E_AWAY_SECONDS says for how long each is away, by default 30; 600 for the record.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.kube import Manifest
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.pods import told_at
from tests.e2e.podwatch import PodWatch
from tests.e2e.venue import LiveBot
from tests.e2e.waiting import wait_for

AWAY_SECONDS = float(os.environ.get("TRADINGBOT_E2E_AWAY_SECONDS", "30"))


def trades_on(ask: Callable[[], Manifest], seconds: float) -> int:
    """Hold that a bot deals with bar after bar for so long, and trades; return how many trades it made."""
    end = time.monotonic() + seconds
    told = wait_for("readiness", ask, lambda told: told["ready"])
    first, bar = int(told["trades"]), ""
    while time.monotonic() < end:
        bar = wait_for("another bar", lambda: str(ask()["data_feed_status"]["last_bar"]), bar.__lt__, seconds=15)
    made = int(ask()["trades"]) - first
    assert made, f"no trade in {seconds:g} s"
    return made


def test_a_bot_trades_on_and_comes_back_while_the_operator_is_away(
    live_bot: LiveBot, operator: OperatorRelease, never_two: PodWatch, tmp_path: Path
) -> None:
    live_bot.start(tmp_path)
    with live_bot.market():
        with operator.down():
            before = trades_on(live_bot.bot.told, AWAY_SECONDS / 2)
            uid = live_bot.pod.uid
            live_bot.pod.evict()
            live_bot.pod.wait_ready(other_than=uid)
            after = trades_on(live_bot.bot.told, AWAY_SECONDS / 2)
        live_bot.bot.wait_phase("Running")
        live_bot.wait_trading()
    live_bot.assert_nothing_lost_or_doubled(starts=2)
    print(f"{before} and {after} trades in {AWAY_SECONDS:g} s, {live_bot.figures()}")


def test_a_bot_trades_on_and_comes_back_while_the_api_server_is_away(
    live_bot: LiveBot, node: OwnNode, never_two: PodWatch, tmp_path: Path
) -> None:
    live_bot.start(tmp_path)
    address, process = live_bot.pod.get()["status"]["podIP"], node.pid(live_bot.pod)
    uid = live_bot.pod.uid

    def told() -> Manifest:
        return told_at(address)

    with live_bot.market():
        with node.without("apiserver"):
            before = trades_on(told, AWAY_SECONDS / 2)
            os.kill(process, signal.SIGKILL)
            after = trades_on(told, AWAY_SECONDS / 2)
        live_bot.bot.wait_phase("Running")
        live_bot.wait_trading()
    assert live_bot.pod.uid == uid
    live_bot.assert_nothing_lost_or_doubled(starts=2)
    print(f"{before} and {after} trades in {AWAY_SECONDS:g} s, {live_bot.figures()}")
