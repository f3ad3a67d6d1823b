"""The way of a stranger: install the chart, apply the first bot, see it trade."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.bots import Bot
from tests.e2e.kube import Kube, Manifest
from tests.e2e.operator_release import CHART, RELEASE, OperatorRelease
from tests.e2e.podmonitors import scraping
from tests.e2e.prometheus import Prometheus
from tests.e2e.waiting import wait_for

FIRST = Path(__file__).parents[2] / "configs" / "bot-0001.yaml"


def monitors(kube: Kube, operator: OperatorRelease) -> list[Manifest]:
    """The chart's PodMonitors, as it is rendered with monitoring on."""
    text = kube.helm("template", RELEASE, str(CHART), "-n", operator.namespace, "--set", "monitoring.enabled=true")
    return [found for found in yaml.safe_load_all(text) if found and found["kind"] == "PodMonitor"]


@pytest.fixture
def first(new_bot: Callable[..., Bot], kube: Kube, namespace: str, operator: OperatorRelease) -> Bot:
    """configs/bot-0001.yaml, applied as it is."""
    kube.apply(FIRST, namespace)
    return new_bot("bot-0001")


def test_the_first_bot_is_ready_within_seconds_and_trades(
    kube: Kube, namespace: str, operator: OperatorRelease, new_bot: Callable[..., Bot], record_property: Any
) -> None:
    bot, begun = new_bot("bot-0001"), time.monotonic()
    kube.apply(FIRST, namespace)
    bot.wait_ready()
    record_property("seconds_from_apply_to_ready", round(time.monotonic() - begun, 1))
    print(f"from apply to Ready: {time.monotonic() - begun:.1f} s")

    bot.wait_traded(2)
    bot.wait("trades in the status", lambda seen: seen.get("trades", 0) >= 2)


def test_a_prometheus_that_selects_as_the_pod_monitor_does_scrapes_the_bot(
    first: Bot, kube: Kube, operator: OperatorRelease, new_prometheus: Callable[..., Prometheus]
) -> None:
    prometheus = new_prometheus(scraping(monitors(kube, operator)))
    first.wait_traded(1)

    def equity() -> list[tuple[dict[str, str], float]]:
        return prometheus.query(f'tradingbot_equity{{namespace="{first.namespace}"}}')

    ((labels, amount),) = wait_for("equity in Prometheus", equity, lambda seen: len(seen) == 1)
    assert 900 < amount < 1100
    assert (labels["bot"], labels["pod"]) == ("bot-0001", "bot-0001-0")

    def traded() -> float:
        return sum(count for _, count in prometheus.query(f'tradingbot_trades_total{{namespace="{first.namespace}"}}'))

    wait_for("counted trades in Prometheus", traded)


def test_kubectl_get_tells_the_truth(first: Bot, kube: Kube) -> None:
    first.wait_traded(1)
    first.wait("figures", lambda seen: "equity" in seen)

    titles, row = columns(kube.kubectl("get", "tradingbots", namespace=first.namespace))
    assert titles == ["NAME", "PHASE", "READY", "MODE", "SYMBOL", "POSITION", "EQUITY", "PROFIT", "AGE"]
    told = dict(zip(titles, row, strict=True))
    assert [told[title] for title in ("NAME", "PHASE", "READY", "MODE", "SYMBOL")] == [
        "bot-0001", "Running", "True", "paper", "BTCUSDT",
    ]  # fmt: skip
    assert float(told["EQUITY"]) == pytest.approx(1000 + float(told["PROFIT"]))
    wide = columns(kube.kubectl("get", "tbot", "-o", "wide", namespace=first.namespace))[0]
    assert wide[len(titles) :] == ["TRADES", "LAST BAR", "RESTARTS", "REASON", "CONFIG", "IMAGE"]
    assert "bot-0001" in kube.kubectl("get", "trading", namespace=first.namespace)


def columns(table: str) -> tuple[list[str], list[str]]:
    """The titles of a table of kubectl's and the fields of its only row."""
    titles, row = table.splitlines()
    return re.split(r"\s{2,}", titles.strip()), re.split(r"\s{2,}", row.strip())


def test_status_is_written_at_most_twice_a_minute_while_only_figures_change(first: Bot) -> None:
    first.wait_traded(1)
    first.wait("figures", lambda seen: "equity" in seen)
    versions, end = set(), time.monotonic() + 30
    while time.monotonic() < end:
        versions.add(first.get()["metadata"]["resourceVersion"])
        time.sleep(0.5)
    assert len(versions) <= 3


def test_a_change_without_the_bots_token_is_refused(first: Bot) -> None:
    first.wait_ready()
    assert first.pod.http("/halt", method="POST", body={"mode": "block-entries"})[0] == 401
    assert first.pod.http("/halt", method="POST", body={"mode": "block-entries"}, token="guessed")[0] == 401
    assert first.told()["halt"] is None
