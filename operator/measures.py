"""The operator's Prometheus metrics: each name, unit and meaning stands here and nowhere else."""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from seen import BotSeen, Key, PodSeen

disable_created_metrics()  # type: ignore[no-untyped-call]

PREFIX = "tradingbot_operator_"
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Shown with nought from the start, so that an alert on one of them has something to look at.
_PHASES = (
    "Pending", "Starting", "Running", "Halted", "Updating", "WaitingUntilFlat", "Suspended", "Failed", "Invalid",
    "Closing", "Deleting",
)  # fmt: skip


class BotMeasured(NamedTuple):
    """What is measured of one bot: its phase, how often its container was restarted, how long its pod is overdue."""

    key: Key
    phase: str
    restarts: int
    overdue_seconds: float


def measured(key: Key, bot: BotSeen, pods: Iterable[PodSeen], now: datetime) -> BotMeasured:
    """Measure a bot; a pod is overdue from the end of its grace on, which is what deletionTimestamp says."""
    pods = list(pods)
    ends = [datetime.fromisoformat(pod.deleted) for pod in pods if pod.deleted is not None]
    return BotMeasured(
        key,
        str(bot.status.get("phase", "Pending")),
        sum(pod.restarts for pod in pods),
        max((max(0.0, (now - end).total_seconds()) for end in ends), default=0.0),
    )


class Measures:
    """What the operator counts.

    Parameters
    ----------
    sweep_seconds : float
        How often it sweeps, for whoever judges the age of the last one.
    """

    def __init__(self, sweep_seconds: float) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(namespace=PREFIX.rstrip("_"), registry=self.registry)
        self.reconciled = Histogram(
            PREFIX + "reconcile_seconds",
            "Time that a look at a bot took.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.errors = Counter(PREFIX + "reconcile_errors", "Looks that ended in an error.", registry=self.registry)
        self._calls = Counter(
            PREFIX + "api_calls", "Calls of the Kubernetes API; code 0: no answer.", ("verb", "kind", "code"),
            registry=self.registry,
        )  # fmt: skip
        self.sweeps = Counter(PREFIX + "sweeps", "Sweeps that came to their end.", registry=self.registry)
        self.missed = Counter(
            PREFIX + "watch_misses", "Objects that a sweep found otherwise than the watches had shown.",
            registry=self.registry,
        )  # fmt: skip
        self.swept = Gauge(
            PREFIX + "last_sweep_timestamp_seconds", "When the last sweep came to its end.", registry=self.registry
        )
        Gauge(PREFIX + "sweep_interval_seconds", "How long it pauses between two sweeps.", registry=self.registry).set(
            sweep_seconds
        )
        self.leads = Gauge(PREFIX + "leader", "1 while this process holds the Lease.", registry=self.registry)

    def called(self, verb: str, kind: str, code: int) -> None:
        """Count a call of the Kubernetes API."""
        self._calls.labels(verb, kind, str(code)).inc()

    def watch(
        self, bots: Callable[[], Iterable[BotMeasured]], waiting: Callable[[], int], oldest: Callable[[], float]
    ) -> None:
        """Read the bots, the queue's length and its oldest entry at every scrape."""
        self.registry.register(_Watched(bots, waiting, oldest))


class _Watched(Collector):
    def __init__(
        self, bots: Callable[[], Iterable[BotMeasured]], waiting: Callable[[], int], oldest: Callable[[], float]
    ) -> None:
        self._bots, self._waiting, self._oldest = bots, waiting, oldest

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        seen = list(self._bots())
        tally = GaugeMetricFamily(PREFIX + "bots", "TradingBots by phase.", labels=("phase",))
        for phase, count in (dict.fromkeys(_PHASES, 0) | Tally(bot.phase for bot in seen)).items():
            tally.add_metric((phase,), count)
        yield tally
        phases = GaugeMetricFamily(
            PREFIX + "bot_phase", "1 for the phase that a bot is in.", labels=("namespace", "bot", "phase")
        )
        restarts = GaugeMetricFamily(
            PREFIX + "bot_restarts", "Restarts of a bot's container in its present pod.", labels=("namespace", "bot")
        )
        overdue = GaugeMetricFamily(
            PREFIX + "bot_overdue_seconds",
            "How long a bot's pod is there though its grace is over: its node may be lost.",
            labels=("namespace", "bot"),
        )
        for bot in seen:
            phases.add_metric((*bot.key, bot.phase), 1)
            restarts.add_metric(bot.key, bot.restarts)
            overdue.add_metric(bot.key, bot.overdue_seconds)
        yield from (phases, restarts, overdue)
        yield GaugeMetricFamily(PREFIX + "queue_length", "Bots that wait to be looked at.", self._waiting())
        yield GaugeMetricFamily(PREFIX + "queue_age_seconds", "How long the first of them has waited.", self._oldest())
