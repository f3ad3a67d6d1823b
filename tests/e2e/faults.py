"""Faults that a test stages for bots, beside those that pods, node and the doubles of venues have ways for already."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.e2e.bots import Bot, document
from tests.e2e.kube import Kube
from tests.e2e.operator_release import OperatorRelease
from tests.e2e.own_node import OwnNode
from tests.e2e.test_killed_at_the_venue import smaller
from tests.e2e.venue import PAST
from tests.e2e.waiting import wait_for
from tests.venues.binance import BinanceDouble
from tests.venues.bots import KEYS, shipped
from tests.venues.test_binance_bots import OFTEN, STEPS, at, coming, live

FINALIZER = "tradingbots.dev/e2e"


def with_real_orders(bot: Bot, double: BinanceDouble, folder: Path, **broker: Any) -> None:
    """Apply a bot that trades with real orders at a double, with keys of its own; `broker` are keys of its section."""
    keys = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{bot.name}-keys"}, "stringData": KEYS}
    bot.kube.create("secrets", keys, bot.namespace)
    bot.apply(_silent_document(live(double, folder, broker=broker)), secretRef={"name": f"{bot.name}-keys"})


def minutes_for_pods(address: str) -> BinanceDouble:
    """Return a double with bars of a minute that listens where pods reach it."""
    return BinanceDouble(coming(PAST + 10, timedelta(minutes=1), PAST), past=PAST, interval="1m", host=address)


def on_minutes(bot: Bot, double: BinanceDouble, folder: Path) -> None:
    """Apply a bot on paper that follows a double's bars of a minute, which is the shortest there is."""
    data = at(double) | {"interval": "1m", "lookback_bars": 40}
    bot.apply(_silent_document(shipped("0002", folder, data=data, strategy=OFTEN, trading=STEPS)))


def near_its_drawdown_limit() -> dict[str, Any]:
    """Return a document whose one trade of the day costs two per cent of the equity in fees, of 2.2 that it may."""
    return document(
        broker={"commission": 0.02},
        trading={"position_size": 0.5, "max_drawdown_pct": 2.2},
        strategy={"exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 3}}},
        risk_management={"max_daily_trades": 1},
    )


@contextmanager
def own_disk(bot: Bot, node: OwnNode, folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Let a bot that has started go on upon a disk of so little room, which nobody else fills."""
    bot.patch(suspend=True)
    bot.wait_phase("Suspended")
    disk = node.disk(bot.namespace, f"{bot.name}-journal")
    folder.mkdir()
    with smaller(disk, folder, megabytes=megabytes):
        bot.patch(suspend=False)
        bot.wait_phase("Running")
        yield disk


@contextmanager
def stuck_terminating(bot: Bot) -> Iterator[None]:
    """Let a bot's pod be deleted and stay, as that of a lost node does."""
    bot.kube.patch("pods", bot.pod.name, {"metadata": {"finalizers": [FINALIZER]}}, bot.namespace)
    bot.pod.delete(grace_seconds=1)
    try:
        yield
    finally:
        bot.kube.patch("pods", bot.pod.name, {"metadata": {"finalizers": None}}, bot.namespace)


def kill_again(bot: Bot, node: OwnNode, times: int) -> None:
    """Kill a bot's process so often; each time the kubelet waits longer before it starts the container anew."""
    for count in range(1, times + 1):
        node.kill(bot.pod)
        wait_for(f"restart {count} of {bot.name}", lambda: bot.pod.restarts, count.__le__, seconds=150)


@contextmanager
def without_right_to(kube: Kube, operator: OperatorRelease, resource: str) -> Iterator[None]:
    """Take from the operator all rights to a kind of objects."""
    whole = json.loads(kube.kubectl("get", "clusterrole", operator.name, "-o", "json"))["rules"]
    kept = [rule for rule in whole if resource not in rule["resources"]]
    assert kept != whole, f"the operator has no right to {resource} that could be taken"
    _set_rules(kube, operator.name, kept)
    try:
        yield
    finally:
        _set_rules(kube, operator.name, whole)


def _set_rules(kube: Kube, role: str, rules: list[dict[str, Any]]) -> None:
    kube.kubectl("patch", "clusterrole", role, "--type=merge", "--patch", json.dumps({"rules": rules}))


def _silent_document(path: Path) -> dict[str, Any]:
    """Return a written document without its notifications, and without a limit that many quick trades would reach."""
    written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    del written["notifications"]
    del written["trading"]["max_drawdown_pct"]
    return written
