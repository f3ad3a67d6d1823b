"""What the dashboards have in common: a name, variables, and the way onto disk."""

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from charts.dashboards.panels import SOURCE

BOTS = '{namespace=~"$namespace", bot=~"$bot"}'


def board(name: str, title: str, means: str) -> dashboard.Dashboard:
    """Return an empty dashboard with a variable for the data source."""
    source = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    return (
        dashboard.Dashboard(title)
        .uid(f"tradingbot-{name}")
        .description(means)
        .tags(["tradingbot"])
        .timezone("utc")
        .time("now-6h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(source)
        .link(
            dashboard.DashboardLink("Trading bots")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["tradingbot"])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
    )


def asked(name: str, label: str, query: str, *, several: bool) -> dashboard.QueryVariable:
    """Return a variable whose values Prometheus knows."""
    variable = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(several)
        .include_all(several)
    )
    if not several:
        return variable
    return variable.all_value(".*").current(models.VariableOption(selected=True, text="All", value="$__all"))


def whose_bots(*, several: bool) -> list[dashboard.QueryVariable]:
    """Return the variables for a namespace and a bot in it."""
    return [
        asked("namespace", "Namespace", "label_values(tradingbot_ready, namespace)", several=several),
        asked("bot", "Bot", 'label_values(tradingbot_ready{namespace=~"$namespace"}, bot)', several=several),
    ]


def with_panels(made: dashboard.Dashboard, *panels: Builder[models.Panel]) -> dashboard.Dashboard:
    """Put panels behind those that are there."""
    for panel in panels:
        made = made.with_panel(panel)
    return made


def as_json(made: dashboard.Dashboard) -> str:
    """Return a dashboard as its file holds it; panels are numbered from 1."""
    content: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    for number, panel in enumerate(content["panels"], start=1):
        panel["id"] = number
    return json.dumps(content, indent=2, sort_keys=True) + "\n"
