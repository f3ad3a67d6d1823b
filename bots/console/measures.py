"""What Prometheus reads of the console."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Measures:
    """The console's metrics."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.bots = Gauge("tradingbot_console_bots", "Bots that the console knows", registry=registry)
        self.silent_bots = Gauge(
            "tradingbot_console_silent_bots", "Bots that did not answer when they were last asked", registry=registry
        )
        self.waiting = Gauge(
            "tradingbot_console_waiting", "Events that were not told yet, by channel", ["channel"], registry=registry
        )
        self.sent = Counter("tradingbot_console_sent", "Messages sent, by channel", ["channel"], registry=registry)
        self.errors = Counter(
            "tradingbot_console_errors", "Messages that a channel did not take", ["channel"], registry=registry
        )
        self.cluster_errors = Counter(
            "tradingbot_console_cluster_errors", "Times that bots could not be looked for", registry=registry
        )
        self.last_pull = Gauge(
            "tradingbot_console_last_pull_timestamp_seconds", "When all bots were last asked", registry=registry
        )
