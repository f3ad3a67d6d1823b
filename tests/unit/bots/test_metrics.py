"""The bot's metrics as Prometheus reads them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bots.running.health import Health
from bots.seen.metrics import BotMetrics
from bots.seen.status import Surroundings, describe
from bots.trading.keeping import Change, OrderUpdate
from bots.trading.order_machine import OrderStatus
from bots.trading.risk import Limits
from tests.unit.bots.scripted import DOCUMENT, Desk, Script, dashes

NO_LIMITS = Limits()
UNREADY = Health(True, False, ())
REASONS = ("script", "risk_stop_loss", "manual_close")
AROUND = Surroundings(
    "running", "0.1.0", feed_connected=True, last_bar_arrived=datetime(2024, 5, 1, tzinfo=UTC), restarts=2
)
UNITS = re.compile(
    r"^tradingbot_([a-z_]+_(total|seconds|bytes|ratio|info)|equity|cash|position|position_value|(un)?realised_profit"
    r"|fees|peak_equity|last_price|feed_up|feed_stale|broker_up|alive|ready|halted|fallback|trades_closed|restarts"
    r"|daily_loss_hit|notifications_waiting|console_away)$"
)


@pytest.fixture
def desk() -> Desk:
    """A bot that bought 5 at 100 and saw 110, then 99."""
    return Desk(Script(enter=[0]), Limits(), commission="0.01").play(dashes(100, 110, 99))


def told(desk: Desk, health: Health = UNREADY, **more: Any) -> dict[str, Any]:
    return describe(DOCUMENT, desk.trader, health, AROUND) | more


@pytest.fixture
def metrics(desk: Desk, tmp_path: Path) -> BotMetrics:
    made = BotMetrics("0001", REASONS)
    made.watch_status(lambda: told(desk))
    made.watch_means(tmp_path)
    return made


def metrics_of(limits: Limits = NO_LIMITS, **status: Any) -> BotMetrics:
    desk = Desk(Script(), limits).play(dashes(100))
    made = BotMetrics("0001", REASONS)
    made.watch_status(lambda: told(desk, **status))
    return made


def families(metrics: BotMetrics) -> Iterator[Metric]:
    yield from text_string_to_metric_families(generate_latest(metrics.registry).decode())


def value(metrics: BotMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"tradingbot_{name}", {"bot": "0001"} | labels)


def test_every_name_has_the_prefix_and_the_suffix_of_its_unit(metrics: BotMetrics) -> None:
    names = [f.name + ("_total" if f.type == "counter" else "") for f in families(metrics)]
    assert [name for name in names if not UNITS.match(name)] == []


def test_every_metric_says_what_it_is(metrics: BotMetrics) -> None:
    assert [f.name for f in families(metrics) if not f.documentation.strip()] == []


def test_every_sample_names_its_bot(metrics: BotMetrics) -> None:
    assert {sample.labels.get("bot") for f in families(metrics) for sample in f.samples} == {"0001"}


def test_no_series_is_born_with_a_timestamp_of_its_own(metrics: BotMetrics) -> None:
    assert [f.name for f in families(metrics) if f.name.endswith("_created")] == []


def test_latencies_stand_at_nought_from_the_start(metrics: BotMetrics) -> None:
    assert value(metrics, "order_latency_seconds_count") == 0


@pytest.mark.parametrize("reason", REASONS)
def test_every_exit_reason_stands_at_nought_from_the_start(metrics: BotMetrics, reason: str) -> None:
    assert value(metrics, "trades_total", reason=reason) == 0


@pytest.mark.parametrize("outcome", ["intent", "filled", "rejected", "never_sent"])
def test_every_outcome_of_an_order_stands_at_nought_from_the_start(metrics: BotMetrics, outcome: str) -> None:
    assert value(metrics, "orders_total", outcome=outcome) == 0


@pytest.mark.parametrize("part", ["strategy", "journal", "feed", "broker"])
def test_every_part_that_can_fail_stands_at_nought_from_the_start(metrics: BotMetrics, part: str) -> None:
    assert value(metrics, "errors_total", part=part) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("equity", 990.0),
        ("cash", 495.0),
        ("position", 5.0),
        ("position_value", 495.0),
        ("unrealised_profit", -5.0),
        ("realised_profit", 0.0),
        ("fees", 5.0),
        ("peak_equity", 1045.0),
        ("last_price", 99.0),
        ("feed_up", 1.0),
        ("broker_up", 0.0),
        ("alive", 1.0),
        ("ready", 0.0),
        ("halted", 0.0),
        ("restarts", 2.0),
        ("last_bar_timestamp_seconds", 1704074400.0),
        ("last_bar_arrival_timestamp_seconds", 1714521600.0),
    ],
)
def test_a_gauge_is_read_off_the_status(metrics: BotMetrics, name: str, expected: float) -> None:
    assert value(metrics, name) == expected


def test_a_drawdown_is_a_ratio_and_not_per_cent(metrics: BotMetrics) -> None:
    assert value(metrics, "drawdown_ratio") == pytest.approx(55 / 1045, abs=1e-6)


def test_what_runs_is_told_once(metrics: BotMetrics) -> None:
    labels = {"version": "0.1.0", "mode": "paper", "symbol": "BTCUSDT", "interval": "1h", "broker": "mock"}
    assert value(metrics, "build_info", **labels) == 1


def test_a_bot_without_bars_tells_no_time_of_its_last_bar() -> None:
    made = BotMetrics("0001", REASONS)
    around = Surroundings("starting", "0.1.0")
    made.watch_status(lambda: describe(DOCUMENT, Desk(Script()).trader, Health(True, False, ()), around))
    assert value(made, "last_bar_timestamp_seconds") is None
    assert value(made, "last_bar_arrival_timestamp_seconds") is None


def test_trades_are_counted_by_their_exits_reason(metrics: BotMetrics, desk: Desk) -> None:
    desk.take(desk.trader.close_all())
    for change, _ in desk.heard.changes:
        metrics.count(change)
    assert value(metrics, "trades_total", reason="manual_close") == 1
    assert value(metrics, "trades_total", reason="script") == 0


def test_orders_are_counted_by_what_came_of_them(metrics: BotMetrics, desk: Desk) -> None:
    for change, _ in desk.heard.changes:
        metrics.count(change)
    ended: list[Any] = [OrderUpdate("x", OrderStatus.REJECTED), OrderUpdate("y", OrderStatus.NEVER_SENT)]
    metrics.count(Change(updates=[*ended, OrderUpdate("z", OrderStatus.ACCEPTED)]))
    counted = {o: value(metrics, "orders_total", outcome=o) for o in ("intent", "filled", "rejected", "never_sent")}
    assert counted == {"intent": 1, "filled": 1, "rejected": 1, "never_sent": 1}


def test_bars_errors_and_latencies_are_counted(metrics: BotMetrics) -> None:
    metrics.bar()
    metrics.error("journal")
    metrics.order_took(0.3)
    assert value(metrics, "bars_total") == 1
    assert value(metrics, "errors_total", part="journal") == 1
    assert value(metrics, "order_latency_seconds_count") == 1
    assert value(metrics, "order_latency_seconds_bucket", le="0.25") == 0
    assert value(metrics, "order_latency_seconds_bucket", le="0.5") == 1


def test_a_halted_bot_shows_it() -> None:
    desk = Desk(Script(enter=[0]), Limits(max_drawdown_pct=Decimal(10))).play(dashes(100, 80))
    made = BotMetrics("0001", REASONS)
    made.watch_status(lambda: told(desk))
    assert value(made, "halted") == 1


def test_a_feed_is_stale_when_health_says_so() -> None:
    assert value(metrics_of(), "feed_stale") == 0
    assert value(metrics_of(health=Health(True, False, ("late",), stale=True)), "feed_stale") == 1


def test_the_limit_of_the_drawdown_is_shown_as_the_drawdown_is_and_only_where_there_is_one() -> None:
    assert value(metrics_of(Limits(max_drawdown_pct=Decimal(20))), "drawdown_limit_ratio") == 0.2
    assert value(metrics_of(), "drawdown_limit_ratio") is None


def test_a_day_that_lost_too_much_shows_it() -> None:
    lost = Desk(Script(enter=[0]), Limits(max_daily_loss=Decimal(5))).play(dashes(100, 90))
    made = BotMetrics("0001", REASONS)
    made.watch_status(lambda: told(lost))
    assert value(made, "daily_loss_hit") == 1
    assert value(metrics_of(), "daily_loss_hit") == 0


def test_each_channel_says_how_many_messages_wait_and_how_many_failed() -> None:
    made = metrics_of(notifications={"telegram": {"waiting": 3, "errors": 2, "sent": 1, "trouble": "no answer"}})
    assert value(made, "notifications_waiting", channel="telegram") == 3
    assert value(made, "notification_errors_total", channel="telegram") == 2


def test_the_room_on_the_volume_and_what_the_process_uses_are_shown(metrics: BotMetrics) -> None:
    size, free = value(metrics, "volume_size_bytes"), value(metrics, "volume_free_bytes")
    assert size is not None
    assert free is not None
    assert 0 < free < size
    assert all(value(metrics, f"process_{name}") for name in ("resident_memory_bytes", "cpu_seconds_total"))


def test_a_volume_that_is_gone_leaves_the_other_metrics_be(tmp_path: Path) -> None:
    made = metrics_of()
    made.watch_means(tmp_path / "gone")
    assert value(made, "equity") == 1000
    assert value(made, "volume_free_bytes") is None
