"""Panels as the dashboards are made of them: a title, what it means, a unit, and expressions with their legends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as parts
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common, units
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
SCRAPED = "30s"
"""No step is shorter: between two scrapes nothing is new."""

MONEY, PIECES, RATIO = units.LocaleFormat, units.Short, units.PercentUnit
SECONDS, BYTES, YES_NO, A_SECOND = units.Seconds, units.BytesIEC, units.BoolYesNo, units.OpsPerSecond
GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"

type Steps = Sequence[tuple[float | None, str]]

GOOD_AT_ONE: Steps = ((None, RED), (1, GREEN))
BAD_AT_ONE: Steps = ((None, GREEN), (1, RED))
PLAIN: Steps = ((None, BLUE),)


@dataclass(frozen=True, slots=True)
class Curve:
    """An expression and the name of each series that comes of it; `points` draws marks and no line."""

    expression: str
    legend: str
    points: str | None = None


def figure(
    title: str, means: str, expression: str, unit: str, steps: Steps = PLAIN, texts: Mapping[str, str] | None = None
) -> stat.Panel:
    """Return one number of now; `texts` are said in place of values."""
    panel = (
        stat.Panel()
        .title(title)
        .description(means)
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(_thresholds(steps))
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .with_target(_query(expression, "", "A").instant())
        .height(4)
        .span(4)
    )
    if texts:
        panel = panel.mappings(
            [models.ValueMap({value: models.ValueMappingResult(text=text) for value, text in texts.items()})]
        )
    return panel


def graph(
    title: str, means: str, unit: str, *curves: Curve, steps: Steps = PLAIN, wide: bool = False
) -> timeseries.Panel:
    """Return curves over time; more than one step draws the thresholds as lines."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(means)
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(_thresholds(steps))
        .fill_opacity(8)
        .line_width(1)
        .show_points(common.VisibilityMode.NEVER)
        .interval(SCRAPED)
        .height(10 if wide else 8)
        .span(24 if wide else 12)
    )
    if len(steps) > 1:
        dashed = parts.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(dashed)
    for number, curve in enumerate(curves):
        name = chr(ord("A") + number)
        panel = panel.with_target(_query(curve.expression, curve.legend, name).range())
        if curve.points is not None:
            panel = panel.override_by_query(name, _marks(curve.points))
    return panel


def overview(
    title: str, means: str, columns: Sequence[tuple[str, str, str, Steps]], keys: Sequence[str]
) -> table.Panel:
    """Return a row for each bot; a column is its name, its expression, its unit and its thresholds."""
    panel = table.Panel().title(title).description(means).datasource(SOURCE).unit(PIECES).height(11).span(24)
    for number, (_, expression, _, _) in enumerate(columns):
        query = _query(expression, "", chr(ord("A") + number))
        panel = panel.with_target(query.instant().format(PromQueryFormat.TABLE))
    panel = panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    names = {f"Value #{chr(ord('A') + number)}": name for number, (name, _, _, _) in enumerate(columns)}
    order = {name: place for place, name in enumerate([*keys, *names])}
    panel = panel.with_transformation(
        models.DataTransformerConfig(
            id_val="organize",
            options={"excludeByName": {"Time": True}, "renameByName": names, "indexByName": order},
        )
    )
    for name, _, unit, steps in columns:
        values = [models.DynamicConfigValue("unit", unit)]
        if len(steps) > 1:
            coloured = {"type": "color-text"}
            values += [
                models.DynamicConfigValue("thresholds", _thresholds(steps).build()),
                models.DynamicConfigValue("custom.cellOptions", coloured),
            ]
        panel = panel.override_by_name(name, values)
    return panel


def row(title: str) -> dashboard.Row:
    """Return a heading over the panels that follow."""
    return dashboard.Row(title)


def _query(expression: str, legend: str, name: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(SOURCE).expr(expression).ref_id(name)
    return query.legend_format(legend) if legend else query


def _marks(colour: str) -> list[models.DynamicConfigValue]:
    return [
        models.DynamicConfigValue("custom.drawStyle", "points"),
        models.DynamicConfigValue("custom.pointSize", 9),
        models.DynamicConfigValue("custom.showPoints", "always"),
        models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour}),
    ]


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)
