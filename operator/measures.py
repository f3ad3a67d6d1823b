"""The operator's Prometheus metrics: each name, unit and meaning stands here and nowhere else."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]

PREFIX = "tradingbot_operator_"
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# Shown with nought from the start, so that an alert on one of them has something to look at.
_PHASES = (
    "Pending", "Starting", "Running", "Halted", "Updating", "WaitingUntilFlat", "Suspended", "Failed", "Invalid",
    "Closing", "Deleting",
)  # fmt: skip


class Measures:
    """What the operator counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
        self.leads = Gauge(PREFIX + "leader", "1 while this process holds the Lease.", registry=self.registry)

    def called(self, verb: str, kind: str, code: int) -> None:
        """Count a call of the Kubernetes API."""
        self._calls.labels(verb, kind, str(code)).inc()

    def watch(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], oldest: Callable[[], float]
    ) -> None:
        """Read the bots by phase, the queue's length and its oldest entry at every scrape."""
        self.registry.register(_Watched(phases, waiting, oldest))


class _Watched(Collector):
    def __init__(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], oldest: Callable[[], float]
    ) -> None:
        self._phases, self._waiting, self._oldest = phases, waiting, oldest

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        bots = GaugeMetricFamily(PREFIX + "bots", "TradingBots by phase.", labels=("phase",))
        for phase, count in (Tally(dict.fromkeys(_PHASES, 0)) | Tally(self._phases())).items():
            bots.add_metric((phase,), count)
        yield bots
        yield GaugeMetricFamily(PREFIX + "queue_length", "Bots that wait to be looked at.", self._waiting())
        yield GaugeMetricFamily(PREFIX + "queue_age_seconds", "How long the first of them has waited.", self._oldest())
