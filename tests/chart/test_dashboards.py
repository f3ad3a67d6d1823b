"""Grafana's dashboards: as the code makes them, of metrics that exist, with a unit and a meaning for each panel."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from bots.bot import LiveTradingBot
from bots.console.measures import Measures as ConsoleMeasures
from bots.running.options import RunOptions
from bots.seen.metrics import BotMetrics
from measures import Measures
from tests.chart.rendering import MATRIX, ROOT, program_or_skip, render
from tests.chart.shipped import DASHBOARDS, alert_expressions, dashboards, panel_expressions, panels

BOARDS = dashboards()
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]


def named(value: Any) -> str:
    return value["title"] if isinstance(value, dict) else str(value)


def test_the_three_dashboards_are_there() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {
        "bot": "tradingbot-bot",
        "fleet": "tradingbot-fleet",
        "operator": "tradingbot-operator",
    }


def test_what_is_shipped_is_what_the_code_makes() -> None:
    from charts.dashboards.__main__ import texts

    # When this fails: `python -m charts.dashboards`.
    assert {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS} == texts()


# --- Expressions ------------------------------------------------------------------------------------------------


def names_in(registry: CollectorRegistry) -> set[str]:
    """Return the names under which Prometheus has what a registry exposes."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", generate_latest(registry).decode(), re.MULTILINE):
        found |= {f"{name}{ending}" for ending in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return found


@pytest.fixture
def exposed(tmp_path: Path) -> set[str]:
    """All names that a bot, the operator and the console expose."""
    status = LiveTradingBot(ROOT / "configs" / "0001.json", RunOptions(workdir=tmp_path)).get_status()
    times = {"last_bar": "2025-01-01T00:00:00Z", "last_bar_arrived": "2025-01-01T00:01:00Z"}
    bot, operator = BotMetrics("0001", ("time_limit",)), Measures(sweep_seconds=60)
    bot.watch_status(lambda: status | {"data_feed_status": status["data_feed_status"] | times})
    bot.watch_means(tmp_path)
    operator.watch(list, lambda: 0, lambda: 0.0)
    return names_in(bot.registry) | names_in(operator.registry) | names_in(ConsoleMeasures().registry)


def test_panels_and_alerts_use_only_metrics_that_exist(exposed: set[str]) -> None:
    used = {(each.place, name) for each in [*panel_expressions(), *alert_expressions()] for name in each.metrics}
    assert {(place, name) for place, name in used if name not in exposed} == set()


def test_prometheus_can_read_every_expression_of_every_panel(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each.filled()} for number, each in enumerate(panel_expressions())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run = subprocess.run(
        [program_or_skip("promtool"), "check", "rules", str(tmp_path / "rules.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr


# --- Panels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=named)
def test_every_panel_has_a_meaning_a_unit_thresholds_and_something_to_show(board: str, panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["description"].endswith((".", "?"))
    assert defaults["unit"]
    assert panel["type"] == "table" or defaults["thresholds"]["steps"]
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert asked == [{"type": "prometheus", "uid": "${datasource}"}] * len(asked)


@pytest.mark.parametrize("board", BOARDS)
def test_panels_do_not_lie_on_each_other_and_each_has_an_id(board: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[board]["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in BOARDS[board]["panels"]]
    assert len(set(ids)) == len(ids)


def test_each_dashboard_asks_for_the_source_and_whose_figures_are_wanted() -> None:
    asked = {name: [each["name"] for each in board["templating"]["list"]] for name, board in BOARDS.items()}
    assert asked == {
        "bot": ["datasource", "namespace", "bot"],
        "fleet": ["datasource", "namespace", "bot"],
        "operator": ["datasource", "namespace"],
    }


@pytest.mark.parametrize("board", BOARDS)
def test_every_variable_in_an_expression_is_one_of_the_dashboards(board: str) -> None:
    known = {each["name"] for each in BOARDS[board]["templating"]["list"]} | {"__interval", "__rate_interval"}
    texts = [target["expr"] for panel in panels(BOARDS[board]) for target in panel["targets"]]
    assert {name for text in texts for name in re.findall(r"\$(\w+)", text)} <= known


# --- As the chart ships them ------------------------------------------------------------------------------------


def test_each_dashboard_is_a_config_map_that_grafanas_sidecar_finds() -> None:
    maps = render(MATRIX["monitoring"]).of("ConfigMap")
    assert [each["metadata"]["labels"]["grafana_dashboard"] for each in maps] == ["1"] * len(BOARDS)
    shipped = {name: text for each in maps for name, text in each["data"].items()}
    assert shipped == {f"tradingbot-{path.name}": path.read_text(encoding="utf-8") for path in DASHBOARDS}


def test_labels_and_annotations_of_dashboards_are_those_that_are_asked_for() -> None:
    for each in render(MATRIX["everything"]).of("ConfigMap"):
        assert each["metadata"]["labels"]["dashboard"] == "yes"
        assert each["metadata"]["annotations"] == {"grafana_folder": "Trading"}


def test_dashboards_can_be_left_out() -> None:
    assert not render({}).of("ConfigMap")
    assert not render({"monitoring": {"enabled": True, "dashboards": {"enabled": False}}}).of("ConfigMap")
