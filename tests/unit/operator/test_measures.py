"""The operator's metrics as Prometheus reads them."""

from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from measures import BotMeasured, Measures, measured
from seen import Key, PodSeen, pod_seen
from tests.unit.operator.things import KEY, bot, pod_body, wanted

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def measures() -> Measures:
    """Of an operator with one bot that runs and one whose pod should have ended a minute and a half ago."""
    made = Measures(sweep_seconds=60)
    bots = [BotMeasured(KEY, "Running", 2, 0.0), BotMeasured(Key("desk", "eth"), "Updating", 0, 90.0)]
    made.watch(lambda: bots, lambda: 3, lambda: 1.5)
    return made


def value(measures: Measures, name: str, **labels: str) -> float | None:
    return measures.registry.get_sample_value(f"tradingbot_operator_{name}", labels)


def pod(deleted: str | None) -> PodSeen:
    body = pod_body(wanted())
    if deleted is not None:
        body["metadata"]["deletionTimestamp"] = deleted
    return pod_seen(body)


def test_every_metric_has_the_prefix_and_says_what_it_is(measures: Measures) -> None:
    families = list(text_string_to_metric_families(generate_latest(measures.registry).decode()))
    assert [f.name for f in families if not f.name.startswith("tradingbot_operator_")] == []
    assert [f.name for f in families if not f.documentation.strip()] == []


def test_bots_are_counted_by_phase_and_phases_without_bots_are_shown(measures: Measures) -> None:
    assert [value(measures, "bots", phase=phase) for phase in ("Running", "Updating", "Failed")] == [1, 1, 0]


def test_each_bot_shows_its_phase_its_restarts_and_how_long_its_pod_is_overdue(measures: Measures) -> None:
    assert value(measures, "bot_phase", namespace="desk", bot="btc", phase="Running") == 1
    assert value(measures, "bot_restarts", namespace="desk", bot="btc") == 2
    assert value(measures, "bot_overdue_seconds", namespace="desk", bot="eth") == 90


def test_the_pause_between_sweeps_is_shown_so_that_the_last_ones_age_can_be_judged(measures: Measures) -> None:
    assert value(measures, "sweep_interval_seconds") == 60


@pytest.mark.parametrize(
    ("deleted", "overdue"),
    [(None, 0), ("2026-01-01T12:00:30Z", 0), ("2026-01-01T11:58:00Z", 120)],
    ids=["stays", "in its grace", "beyond its grace"],
)
def test_a_pod_is_overdue_only_beyond_the_end_of_its_grace(deleted: str | None, overdue: float) -> None:
    assert measured(KEY, bot(), [pod(deleted)], NOW).overdue_seconds == overdue


def test_a_bot_without_a_pod_or_a_status_is_pending_and_not_overdue() -> None:
    assert measured(KEY, bot(), [], NOW) == BotMeasured(KEY, "Pending", 0, 0.0)
