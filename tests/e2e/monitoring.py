"""What the chart ships for Prometheus, as a test sets it up: what is scraped, and the alerts that fire."""

import time
from pathlib import Path
from typing import Any

import yaml

from tests.chart.shipped import ALERTS
from tests.e2e.kube import Kube, Manifest
from tests.e2e.operator_release import CHART, RELEASE, OperatorRelease
from tests.e2e.podmonitors import scraping
from tests.e2e.prometheus import Prometheus

HERE = Path(__file__).parent

# Nobody listens there: messages wait.
NO_MAIL_SERVER = [
    {"name": "SMTP_HOST", "value": "127.0.0.1"},
    {"name": "SMTP_PORT", "value": "1"},
    {"name": "EMAIL_FROM", "value": "bot@example.com"},
    {"name": "EMAIL_TO", "value": "trader@example.com"},
]
BY_MAIL = {"enabled": True, "email": {"enabled": True}}

# Where each alert's fault is staged: a shipped alert that is missing here fails test_alerts.py.
STAGED = {
    "TradingBotDown": "test_alerts.py",
    "TradingBotNotReady": "test_alerts.py",
    "TradingBotFeedStale": "test_alerts.py",
    "TradingBotBrokerDown": "test_alerts.py",
    "TradingBotOrderErrors": "test_alerts.py",
    "TradingBotErrors": "test_alerts.py",
    "TradingBotDrawdownNearLimit": "test_alerts.py",
    "TradingBotDailyLossHit": "test_alerts.py",
    "TradingBotHalted": "test_alerts.py",
    "TradingBotRestartLoop": "test_alerts.py",
    "TradingBotPaperFallback": "test_alerts.py",
    "TradingBotNotificationsFailing": "test_alerts.py",
    "TradingBotVolumeFilling": "test_alerts.py",
    "TradingBotStuckTerminating": "test_alerts.py",
    "TradingBotOperatorNotReconciling": "test_alerts.py",
    "TradingBotOperatorErrors": "test_alerts.py",
    "TradingBotConsoleAway": "test_console.py",
    "TradingBotConsoleFailing": "test_console.py",
}


def scraped(kube: Kube, operator: OperatorRelease, *settings: str) -> dict[str, Any]:
    """Return a configuration that scrapes as the chart's monitors say; the operator is read as one of its pods."""
    chosen = [word for each in ("monitoring.enabled=true", *settings) for word in ("--set", each)]
    text = kube.helm("template", RELEASE, str(CHART), "-n", operator.namespace, *chosen)
    return scraping([_as_pod_monitor(found) for found in yaml.safe_load_all(text) if found and _is_monitor(found)])


def impatient_rules() -> dict[str, Any]:
    """Return the alerts as they are shipped, each without the time for which its fault must last."""
    rules: dict[str, Any] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    return rules


class Alarms:
    """The alerts of a test's own namespaces, each as its name and that of the bot, "" for one of the operator's."""

    def __init__(self, prometheus: Prometheus, *namespaces: str) -> None:
        # An alert of an operator that is away has no namespace at all.
        self._prometheus, self._ours = prometheus, {*namespaces, ""}
        self._since = time.monotonic()

    def now(self) -> set[tuple[str, str]]:
        """Return what fires at this moment."""
        return self._ours_of([each["labels"] for each in self._prometheus.alerts() if each["state"] == "firing"])

    def begin(self) -> None:
        """Let what has fired so far be forgotten."""
        self._since = time.monotonic()

    def fired(self) -> set[tuple[str, str]]:
        """Return what has fired at any moment since the beginning."""
        seconds = max(1, int(time.monotonic() - self._since))
        found = self._prometheus.query(f'max_over_time(ALERTS{{alertstate="firing"}}[{seconds}s])')
        return self._ours_of([labels for labels, _ in found])

    def _ours_of(self, found: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {(each["alertname"], each.get("bot", "")) for each in found if each.get("namespace", "") in self._ours}


def _is_monitor(manifest: Manifest) -> bool:
    return manifest["kind"] in ("PodMonitor", "ServiceMonitor")


def _as_pod_monitor(monitor: Manifest) -> Manifest:
    """Return the same for pods: the operator's Service selects its pods by the labels that it has itself."""
    if monitor["kind"] == "PodMonitor":
        return monitor
    spec = dict(monitor["spec"])
    return monitor | {"kind": "PodMonitor", "spec": spec | {"podMetricsEndpoints": spec.pop("endpoints")}}
