"""The bot's Prometheus metrics: each name, unit and meaning stands here and nowhere else."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bots.trading.keeping import Change
from bots.trading.order_machine import OrderStatus

disable_created_metrics()  # type: ignore[no-untyped-call]

PREFIX = "tradingbot_"
# What is taken of a process' own figures.
_PROCESS = ("resident_memory_bytes", "cpu_seconds", "start_time_seconds")
_LATENCY_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# name, help, where it stands in the status
GAUGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("equity", "Cash plus the position at the last price, in the quote currency.", ("broker_status", "equity")),
    ("cash", "Cash, in the quote currency.", ("broker_status", "cash")),
    ("position", "Units of the base currency held.", ("position", "quantity")),
    ("position_value", "Value of the position at the last price, in the quote currency.", ("position", "value")),
    ("realised_profit", "Profit of closed trades net of fees, in the quote currency.", ("profit", "realised")),
    ("unrealised_profit", "Gain of open lots at the last price, in the quote currency.", ("profit", "unrealised")),
    ("fees", "Fees paid so far, in the quote currency.", ("profit", "fees")),
    ("peak_equity", "Highest equity since the last halt, in the quote currency.", ("peak_equity",)),
    ("last_price", "Close of the last bar, in the quote currency.", ("data_feed_status", "last_price")),
    ("feed_up", "1 while the data feed is connected.", ("data_feed_status", "connected")),
    ("feed_stale", "1 while bars are overdue though the market is open.", ("data_feed_status", "stale")),
    ("broker_up", "1 while the broker is connected.", ("broker_status", "connected")),
    ("daily_loss_hit", "1 while the day's loss keeps the bot from entries.", ("limits", "daily_loss_hit")),
    ("alive", "What /healthz says.", ("alive",)),
    ("ready", "What /readyz says.", ("ready",)),
)


class BotMetrics:
    """Counts what happens and reads the rest off the bot's status when scraped."""

    def __init__(self, bot: str, exit_reasons: tuple[str, ...]) -> None:
        self.registry = CollectorRegistry()
        self._bot = bot
        self._trades = self._counter("trades_total", "Closed trades by exit reason.", "reason")
        self._orders = self._counter("orders_total", "Orders by outcome.", "outcome")
        self._errors = self._counter("errors_total", "Errors by the part of the bot that they came from.", "part")
        self._changes = self._counter("api_changes_total", "Changes taken over HTTP.", "action")
        self._bars = self._counter("bars_total", "Bars dealt with since the process started.")
        self._latency = Histogram(
            PREFIX + "order_latency_seconds",
            "Time from handing an order over to its last fill.",
            ("bot",),
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )
        self._latency.labels(bot)
        self._bar_counter = self._bars.labels(bot)
        # Shown from the start, so that a rate over them begins at nought.
        for reason in exit_reasons:
            self._trades.labels(bot, reason)
        for outcome in ("intent", "filled", "rejected", "never_sent"):
            self._orders.labels(bot, outcome)
        for part in ("strategy", "journal", "feed", "broker"):
            self._errors.labels(bot, part)
        for action in ("halt", "resume", "hold"):
            self._changes.labels(bot, action)

    def watch_status(self, status: Callable[[], Mapping[str, Any]]) -> None:
        """Read gauges off this status at every scrape."""
        self.registry.register(_StatusCollector(self._bot, status))

    def watch_means(self, folder: Path) -> None:
        """Read what the process uses, and the room on the volume of this folder, at every scrape."""
        self.registry.register(_MeansCollector(self._bot, folder))

    def count(self, change: Change) -> None:
        """Count what a committed change holds."""
        if change.trades:
            for trade in change.trades:
                self._trades.labels(self._bot, trade.exit_reason).inc()
        if change.intents:
            self._orders.labels(self._bot, "intent").inc(len(change.intents))
        for update in change.updates:
            if update.status in (OrderStatus.FILLED, OrderStatus.REJECTED, OrderStatus.NEVER_SENT):
                self._orders.labels(self._bot, str(update.status)).inc()

    def bar(self) -> None:
        """Count a bar."""
        self._bar_counter.inc()

    def error(self, part: str) -> None:
        """Count an error of a part: strategy, journal, feed or broker."""
        self._errors.labels(self._bot, part).inc()

    def changed(self, action: str) -> None:
        """Count a change taken over HTTP: halt, resume or hold."""
        self._changes.labels(self._bot, action).inc()

    def order_took(self, seconds: float) -> None:
        """Note how long an order took."""
        self._latency.labels(self._bot).observe(seconds)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, text, ("bot", *labels), registry=self.registry)


class _StatusCollector(Collector):
    def __init__(self, bot: str, status: Callable[[], Mapping[str, Any]]) -> None:
        self._bot = bot
        self._status = status

    def describe(self) -> Iterator[Metric]:
        """Name nothing beforehand: the status may not be there yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        status = self._status()
        for name, text, place in GAUGES:
            value: Any = status
            for key in place:
                value = value[key]
            yield self._gauge(name, text, float(value))
        yield self._gauge(
            "drawdown_ratio", "How far equity lies below its peak: 0.1 is 10 %.", status["drawdown_pct"] / 100
        )
        yield self._gauge(
            "halted", "1 while a limit or a person has halted the bot.", float(status["halt"] is not None)
        )
        yield self._gauge(
            "fallback",
            "1 while new entries go to paper, because a real broker stays away.",
            float(status.get("fallback") is not None),
        )
        yield self._gauge(
            "console_away",
            "1 while the console that should tell for this bot is silent.",
            float(status.get("console") == "away"),
        )
        yield self._gauge("trades_closed", "Closed trades in the journal, all runs.", float(status["trades"]))
        yield self._gauge("restarts", "Restarts of the strategy in this process.", float(status["restarts"]))
        yield from self._last_bar(status)
        yield from self._limits(status["limits"])
        yield from self._notifications(status["notifications"])
        info = InfoMetricFamily(PREFIX + "build", "What runs.", labels=("bot",))
        told = {key: str(status[key]) for key in ("version", "mode", "symbol", "interval")}
        info.add_metric((self._bot,), told | {"broker": status["broker_status"]["type"]})
        yield info

    def _last_bar(self, status: Mapping[str, Any]) -> Iterator[Metric]:
        feed = status["data_feed_status"]
        for name, text, key in (
            ("last_bar_timestamp_seconds", "When the last bar opened, in the market's time.", "last_bar"),
            ("last_bar_arrival_timestamp_seconds", "When the last bar arrived, by the wall clock.", "last_bar_arrived"),
        ):
            if feed[key] is not None:
                yield self._gauge(name, text, datetime.fromisoformat(feed[key]).timestamp())

    def _limits(self, limits: Mapping[str, Any]) -> Iterator[Metric]:
        drawdown = GaugeMetricFamily(
            PREFIX + "drawdown_limit_ratio", "Drawdown at which the bot is halted: 0.1 is 10 %.", labels=("bot",)
        )
        if limits["max_drawdown_pct"] is not None:
            drawdown.add_metric((self._bot,), limits["max_drawdown_pct"] / 100)
        yield drawdown

    def _notifications(self, channels: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
        waiting = GaugeMetricFamily(
            PREFIX + "notifications_waiting", "Messages that wait to be sent.", labels=("bot", "channel")
        )
        errors = CounterMetricFamily(
            PREFIX + "notification_errors", "Messages that could not be sent.", labels=("bot", "channel")
        )
        for channel, told in channels.items():
            waiting.add_metric((self._bot, channel), told["waiting"])
            errors.add_metric((self._bot, channel), told["errors"])
        yield from (waiting, errors)

    def _gauge(self, name: str, text: str, value: float) -> Metric:
        return _gauge(self._bot, name, text, value)


class _MeansCollector(Collector):
    def __init__(self, bot: str, folder: Path) -> None:
        self._bot, self._folder = bot, folder
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        """Yield the process' figures and the volume's."""
        for metric in self._process.collect():
            name = metric.name.removeprefix("process_")
            if name in _PROCESS:
                (sample,) = metric.samples
                family = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
                found = family(PREFIX + metric.name, metric.documentation, labels=("bot",))
                found.add_metric((self._bot,), sample.value)
                yield found
        try:
            room = shutil.disk_usage(self._folder)
        except OSError:
            # A volume that cannot be asked is told by what cannot be written there.
            return
        yield _gauge(self._bot, "volume_size_bytes", "Size of the volume with journal and logs.", room.total)
        yield _gauge(self._bot, "volume_free_bytes", "Room that is left on it.", room.free)


def _gauge(bot: str, name: str, text: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(PREFIX + name, text, labels=("bot",))
    gauge.add_metric((bot,), value)
    return gauge
