"""One bot: what it trades, how it does, what it needs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from charts.dashboards.boards import BOTS, board, whose_bots, with_panels
from charts.dashboards.panels import (
    BAD_AT_ONE,
    BYTES,
    GOOD_AT_ONE,
    GREEN,
    MONEY,
    PIECES,
    RATIO,
    RED,
    SECONDS,
    YELLOW,
    Curve,
    figure,
    graph,
    row,
)

YES = {"0": "no", "1": "yes"}
# What was counted since the step before: each trade is marked once, however long the steps are.
CLOSED = "tradingbot_trades_closed{bots} - tradingbot_trades_closed{bots} offset $__interval"
FILLED = (
    "sum without (outcome) (tradingbot_orders_total{filled})"
    " - sum without (outcome) (tradingbot_orders_total{filled} offset $__interval)"
)


def of(metric: str) -> str:
    """Return a gauge of the bot, whichever pod it was in."""
    return f"max(tradingbot_{metric}{BOTS})"


def price() -> str:
    """Return the price, one series whichever pod it was in."""
    return of("last_price")


def exits() -> str:
    """Return the price at steps in which a trade was closed."""
    return f"{price()} and (sum({CLOSED.format(bots=BOTS)}) > 0)"


def entries() -> str:
    """Return the price at steps in which more orders were filled than trades closed."""
    filled = BOTS[:-1] + ', outcome="filled"}'
    return f"{price()} and (sum({FILLED.format(filled=filled)}) - sum({CLOSED.format(bots=BOTS)}) > 0)"


def share(part: float) -> str:
    """Return the time within which this part of the orders was filled."""
    return f"histogram_quantile({part}, sum by (le) (increase(tradingbot_order_latency_seconds_bucket{BOTS}[1h])))"


def one_bot() -> Dashboard:
    """Return the dashboard of one bot."""
    made = board("bot", "Trading bots / Bot", "One bot: price, entries and exits, equity, drawdown, errors, resources.")
    for variable in whose_bots(several=False):
        made = made.with_variable(variable)
    made = with_panels(
        made,
        figure("Ready", "What /readyz says.", of("ready"), PIECES, GOOD_AT_ONE, YES),
        figure("Halted", "Whether it enters nothing until it is resumed.", of("halted"), PIECES, BAD_AT_ONE, YES),
        figure("Equity", "Cash plus the position at the last price.", of("equity"), MONEY),
        figure(
            "Profit",
            "Realised and open, net of fees, since its journal began.",
            f"max(tradingbot_realised_profit{BOTS} + tradingbot_unrealised_profit{BOTS})",
            MONEY,
            ((None, RED), (0.0, GREEN)),
        ),
        figure("Position", "Value of what it holds.", of("position_value"), MONEY),
        figure("Trades", "Closed trades of all runs.", of("trades_closed"), PIECES),
    )
    made = made.with_panel(
        graph(
            "Price, entries and exits",
            "Close of the last bar. Marks stand where orders were filled and trades closed.",
            MONEY,
            Curve(price(), "price"),
            Curve(entries(), "entry", GREEN),
            Curve(exits(), "exit", RED),
            wide=True,
        )
    )
    made = made.with_row(row("Money"))
    made = with_panels(
        made,
        graph(
            "Equity and cash",
            "In the quote currency.",
            MONEY,
            Curve(of("equity"), "equity"),
            Curve(of("peak_equity"), "peak"),
            Curve(of("cash"), "cash"),
        ),
        graph(
            "Drawdown",
            "How far equity is below its peak; at its limit the bot is halted.",
            RATIO,
            Curve(of("drawdown_ratio"), "drawdown"),
            Curve(of("drawdown_limit_ratio"), "limit"),
        ),
        graph(
            "Profit and fees",
            "Of closed trades, of open positions, and what was paid for it.",
            MONEY,
            Curve(of("realised_profit"), "realised"),
            Curve(of("unrealised_profit"), "open"),
            Curve(of("fees"), "fees"),
        ),
        graph(
            "Trades by exit reason",
            "Closed within the hour before.",
            PIECES,
            Curve(f"sum by (reason) (increase(tradingbot_trades_total{BOTS}[1h]))", "{{reason}}"),
        ),
    )
    made = made.with_row(row("Orders and errors"))
    made = with_panels(
        made,
        graph(
            "Time to the last fill",
            "Of the orders of the hour before: half of them, and all but one in twenty.",
            SECONDS,
            Curve(share(0.5), "half"),
            Curve(share(0.95), "19 of 20"),
        ),
        graph(
            "Orders by outcome",
            "Within the hour before.",
            PIECES,
            Curve(f"sum by (outcome) (increase(tradingbot_orders_total{BOTS}[1h]))", "{{outcome}}"),
        ),
        graph(
            "Errors",
            "By the part that they came from, within the hour before.",
            PIECES,
            Curve(f"sum by (part) (increase(tradingbot_errors_total{BOTS}[1h]))", "{{part}}"),
            steps=BAD_AT_ONE,
        ),
        graph(
            "Lines",
            "1 while the feed and the broker are connected, and while bars are overdue.",
            PIECES,
            Curve(of("feed_up"), "feed"),
            Curve(of("broker_up"), "broker"),
            Curve(of("feed_stale"), "bars overdue"),
        ),
        graph(
            "Age of the last bar",
            "How long ago it came.",
            SECONDS,
            Curve(f"time() - {of('last_bar_arrival_timestamp_seconds')}", "age"),
        ),
        graph(
            "Messages that wait",
            "For each channel; nought where there is none.",
            PIECES,
            Curve(
                f"sum by (channel) (tradingbot_notifications_waiting{BOTS}) or on () vector(0)", "{{channel}} waiting"
            ),
            Curve(
                f"sum by (channel) (increase(tradingbot_notification_errors_total{BOTS}[1h])) or on () vector(0)",
                "{{channel}} errors in an hour",
            ),
        ),
    )
    made = made.with_row(row("Resources"))
    return with_panels(
        made,
        graph(
            "Processor",
            "Cores that its process uses.",
            PIECES,
            Curve(f"sum(rate(tradingbot_process_cpu_seconds_total{BOTS}[$__rate_interval]))", "cores"),
        ),
        graph("Memory", "Of its process.", BYTES, Curve(of("process_resident_memory_bytes"), "resident")),
        graph(
            "Room on the journal's volume",
            "Without room it places no order.",
            RATIO,
            Curve(f"min(tradingbot_volume_free_bytes{BOTS} / tradingbot_volume_size_bytes{BOTS})", "free"),
            steps=((None, RED), (0.1, YELLOW), (0.2, GREEN)),
        ),
        graph(
            "Restarts",
            "Of its container, as the operator sees it, and of the strategy inside its process.",
            PIECES,
            Curve(f"max(tradingbot_operator_bot_restarts{BOTS})", "container"),
            Curve(of("restarts"), "strategy"),
        ),
    )
