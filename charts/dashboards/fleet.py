"""All bots beside each other."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from charts.dashboards.boards import BOTS, board, whose_bots, with_panels
from charts.dashboards.panels import (
    BAD_AT_ONE,
    GOOD_AT_ONE,
    GREEN,
    MONEY,
    PIECES,
    PLAIN,
    RATIO,
    RED,
    SECONDS,
    YELLOW,
    YES_NO,
    Curve,
    figure,
    graph,
    overview,
    row,
)

WHO = "{{namespace}}/{{bot}}"
LOSS = ((None, RED), (0.0, GREEN))
NEAR = ((None, GREEN), (0.8, YELLOW), (1.0, RED))
OF_EACH = "namespace, bot"


def of_each(metric: str) -> str:
    """Return a gauge of each bot, without the labels of its pod."""
    return f"max by ({OF_EACH}) (tradingbot_{metric}{BOTS})"


def fleet() -> Dashboard:
    """Return the dashboard of all bots."""
    made = board("fleet", "Trading bots / Fleet", "Equity, profit, positions, health and restarts of all bots.")
    for variable in whose_bots(several=True):
        made = made.with_variable(variable)
    made = with_panels(
        made,
        figure("Bots", "Bots that answer.", f"count({of_each('ready')})", PIECES),
        figure("Not ready", "Bots that run and cannot trade.", f"sum(1 - {of_each('ready')})", PIECES, BAD_AT_ONE),
        figure("Halted", "Bots that enter nothing until resumed.", f"sum({of_each('halted')})", PIECES, BAD_AT_ONE),
        figure("In the market", "Bots with a position.", f"sum({of_each('position')} > bool 0)", PIECES),
        figure(
            "On paper since a broker is away",
            "Bots whose new entries go to paper though they trade real money.",
            f"sum({of_each('fallback')})",
            PIECES,
            BAD_AT_ONE,
        ),
        figure(
            "Errors in an hour",
            "Errors of strategies, journals, feeds and brokers.",
            f"sum(increase(tradingbot_errors_total{BOTS}[1h]))",
            PIECES,
            BAD_AT_ONE,
        ),
    )
    made = made.with_panel(
        overview(
            "Bots",
            "One row for each bot. Money is in the quote currency of its symbol.",
            [
                (
                    "Equity",
                    f"max by ({OF_EACH}, mode, symbol) (tradingbot_equity{BOTS}"
                    f" * on (namespace, bot, pod) group_left (mode, symbol) tradingbot_build_info{BOTS})",
                    MONEY,
                    PLAIN,
                ),
                (
                    "Profit",
                    f"max by ({OF_EACH}) (tradingbot_realised_profit{BOTS} + tradingbot_unrealised_profit{BOTS})",
                    MONEY,
                    LOSS,
                ),
                ("Position", of_each("position_value"), MONEY, PLAIN),
                ("Drawdown", of_each("drawdown_ratio"), RATIO, PLAIN),
                ("Trades", of_each("trades_closed"), PIECES, PLAIN),
                ("Ready", of_each("ready"), YES_NO, GOOD_AT_ONE),
                ("Feed", of_each("feed_up"), YES_NO, GOOD_AT_ONE),
                ("Broker", of_each("broker_up"), YES_NO, GOOD_AT_ONE),
                ("Halted", of_each("halted"), YES_NO, BAD_AT_ONE),
                ("Restarts", f"max by ({OF_EACH}) (tradingbot_operator_bot_restarts{BOTS})", PIECES, PLAIN),
            ],
            ["namespace", "bot", "mode", "symbol"],
        )
    )
    made = made.with_row(row("Money"))
    made = with_panels(
        made,
        graph("Equity", "Cash plus the position at the last price.", MONEY, Curve(of_each("equity"), WHO)),
        graph(
            "Profit",
            "Realised and open, net of fees, since each journal began.",
            MONEY,
            Curve(f"max by ({OF_EACH}) (tradingbot_realised_profit{BOTS} + tradingbot_unrealised_profit{BOTS})", WHO),
        ),
        graph("Positions", "Value of what each bot holds.", MONEY, Curve(of_each("position_value"), WHO)),
        graph(
            "Drawdown as a part of its limit",
            "At 1 a bot is halted. Bots without a limit show their drawdown itself.",
            RATIO,
            Curve(
                f"max by ({OF_EACH}) (tradingbot_drawdown_ratio{BOTS} / tradingbot_drawdown_limit_ratio{BOTS})"
                f" or {of_each('drawdown_ratio')}",
                WHO,
            ),
            steps=NEAR,
        ),
    )
    made = made.with_row(row("Health"))
    return with_panels(
        made,
        graph("Ready", "What /readyz says: 1 is yes.", PIECES, Curve(of_each("ready"), WHO), steps=GOOD_AT_ONE),
        graph(
            "Age of the last bar",
            "How long ago each bot had its last bar.",
            SECONDS,
            Curve(f"time() - {of_each('last_bar_arrival_timestamp_seconds')}", WHO),
        ),
        graph(
            "Restarts",
            "Of containers, as the operator sees them, and of strategies inside a process.",
            PIECES,
            Curve(f"max by ({OF_EACH}) (tradingbot_operator_bot_restarts{BOTS})", f"{WHO} container"),
            Curve(of_each("restarts"), f"{WHO} strategy"),
        ),
        graph(
            "Trades in an hour",
            "Trades closed within the hour before.",
            PIECES,
            Curve(f"sum by ({OF_EACH}) (increase(tradingbot_trades_total{BOTS}[1h]))", WHO),
        ),
    )
