"""The operator: does it keep up, what does it meet, what does it need."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from charts.dashboards.boards import asked, board, with_panels
from charts.dashboards.panels import (
    A_SECOND,
    BAD_AT_ONE,
    BYTES,
    GOOD_AT_ONE,
    GREEN,
    PIECES,
    RED,
    SECONDS,
    YELLOW,
    Curve,
    figure,
    graph,
    row,
)

# The namespace of its pod. What it says of a bot has the bot's, so that it is asked for by no namespace.
OWN = '{namespace=~"$namespace"}'


def own(metric: str) -> str:
    """Return the full name of a metric of the operator's."""
    return f"tradingbot_operator_{metric}{OWN}"


def took(part: float) -> str:
    """Return the time within which this part of the looks was done."""
    return f"histogram_quantile({part}, sum by (le) (increase({own('reconcile_seconds_bucket')}[5m])))"


def operators() -> Dashboard:
    """Return the dashboard of the operator."""
    made = board(
        "operator", "Trading bots / Operator", "Does the operator keep up, what does it meet, what does it need?"
    )
    made = made.with_variable(
        asked("namespace", "Namespace", "label_values(tradingbot_operator_leader, namespace)", several=True)
    )
    late, slow = ((None, GREEN), (180.0, YELLOW), (420.0, RED)), ((None, GREEN), (30.0, YELLOW), (300.0, RED))
    made = with_panels(
        made,
        figure(
            "Leads",
            "Whether it holds the Lease.",
            f"max({own('leader')})",
            PIECES,
            GOOD_AT_ONE,
            {"0": "no", "1": "yes"},
        ),
        figure("Bots", "TradingBots that it knows.", f"sum({own('bots')})", PIECES),
        figure(
            "Failed or invalid",
            "Bots that do not run, or whose configuration was refused.",
            f'sum(tradingbot_operator_bots{OWN[:-1]}, phase=~"Failed|Invalid"}})',
            PIECES,
            BAD_AT_ONE,
        ),
        figure(
            "Pods overdue",
            "Pods that are there though their grace is over: their node may be lost.",
            "count(tradingbot_operator_bot_overdue_seconds > 60) or vector(0)",
            PIECES,
            BAD_AT_ONE,
        ),
        figure(
            "Since the last sweep",
            "How long ago it last looked at all bots.",
            f"time() - max({own('last_sweep_timestamp_seconds')})",
            SECONDS,
            late,
        ),
        figure("Oldest in the queue", "How long a bot has waited.", f"max({own('queue_age_seconds')})", SECONDS, slow),
    )
    made = made.with_row(row("Bots"))
    made = with_panels(
        made,
        graph("Bots by phase", "As their status says.", PIECES, Curve(f"sum by (phase) ({own('bots')})", "{{phase}}")),
        graph(
            "Restarts of containers",
            "In each bot's present pod.",
            PIECES,
            Curve("max by (namespace, bot) (tradingbot_operator_bot_restarts)", "{{namespace}}/{{bot}}"),
        ),
    )
    made = made.with_row(row("Work"))
    made = with_panels(
        made,
        graph(
            "Looks at bots",
            "How many a second, and how many of them ended in an error.",
            A_SECOND,
            Curve(f"sum(rate({own('reconcile_seconds_count')}[$__rate_interval]))", "looks"),
            Curve(f"sum(rate({own('reconcile_errors_total')}[$__rate_interval]))", "errors"),
        ),
        graph(
            "Time of a look",
            "Half of them, and all but one in twenty, within five minutes.",
            SECONDS,
            Curve(took(0.5), "half"),
            Curve(took(0.95), "19 of 20"),
        ),
        graph("Queue", "Bots that wait to be looked at.", PIECES, Curve(f"sum({own('queue_length')})", "bots")),
        graph(
            "Sweeps",
            "How long ago the last one ended, and what the sweeps of an hour found that no watch had shown.",
            PIECES,
            Curve(f"time() - max({own('last_sweep_timestamp_seconds')})", "seconds since the last"),
            Curve(f"sum(increase({own('watch_misses_total')}[1h]))", "missed in an hour"),
        ),
        graph(
            "Calls of the API server",
            "A second, by answer; code 0 is none.",
            A_SECOND,
            Curve(f"sum by (verb, code) (rate({own('api_calls_total')}[$__rate_interval]))", "{{verb}} {{code}}"),
            wide=True,
        ),
    )
    made = made.with_row(row("Resources"))
    return with_panels(
        made,
        graph(
            "Processor",
            "Cores that its process uses. It is one thread: one is all that it can use.",
            PIECES,
            Curve(f"sum(rate({own('process_cpu_seconds_total')}[$__rate_interval]))", "cores"),
        ),
        graph("Memory", "Of its process.", BYTES, Curve(f"max({own('process_resident_memory_bytes')})", "resident")),
    )
