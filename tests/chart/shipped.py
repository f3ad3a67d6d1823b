"""What the chart ships for Prometheus and Grafana, as a list of expressions with where each stands."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.chart.rendering import CHART

ALERTS = CHART / "files" / "alerts.yaml"
DASHBOARDS = sorted((CHART / "files" / "dashboards").glob("*.json"))


@dataclass(frozen=True, slots=True)
class Expression:
    """A PromQL expression, with the place that a failing test names."""

    place: str
    text: str

    def filled(self, namespace: str = ".*", bot: str = ".*", interval: str = "30s") -> str:
        """Return it as Grafana sends it, with a value in the place of each variable."""
        values = {"namespace": namespace, "bot": bot, "__interval": interval, "__rate_interval": "2m"}
        return re.sub(r"\$(\w+)", lambda found: values[found[1]], self.text)

    @property
    def metrics(self) -> set[str]:
        """The names of our own metrics in it."""
        return set(re.findall(r"\btradingbot_\w+", self.text))


def selectors(expression: str) -> set[str]:
    """Return what an expression takes from Prometheus: each metric with its own conditions, compared with nothing."""
    return set(re.findall(r"\b(?:up|tradingbot_\w+)\b(?:\{[^}]*\})?", expression))


def dashboards() -> dict[str, dict[str, Any]]:
    """Return each dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS}


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a dashboard's panels, without its rows."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel


def panel_expressions() -> list[Expression]:
    """Return every expression of every panel."""
    return [
        Expression(f"{name}: {panel['title']} {target['refId']}", target["expr"])
        for name, dashboard in dashboards().items()
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]


def alert_expressions() -> list[Expression]:
    """Return the expression of every alert."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [Expression(rule["alert"], rule["expr"]) for group in groups for rule in group["rules"]]
