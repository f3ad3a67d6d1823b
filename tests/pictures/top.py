"""What people see of `tradingbot top`, to be looked at: `python -m tests.pictures.top FILE.svg [COLUMNS]`."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

from rich.console import Console

from bots.commands.top_drawing import draw_screen
from bots.commands.top_view import View
from bots.seen.rows import Row, State, unanswered

NOW = datetime(2026, 11, 23, 12, 4, 7, tzinfo=UTC)
HEIGHT = 24


def bots() -> list[Row]:
    """Return a fleet with one bot of each kind that may be met."""
    eth = Row(
        "0003", "live", State.READY, "", "ETHUSDT", "1h", "USDT", Decimal("1.7512"), Decimal("2912.44"),
        Decimal("10412.08"), Decimal("35.10"), Decimal("412.08"), Decimal("1.2"), 87,
        NOW - timedelta(minutes=4, seconds=7), "binance", True, "binance", True, answered=NOW,
    )  # fmt: skip
    paper = replace(eth, mode="paper", broker="mock", interval="1m", bar_arrived=NOW - timedelta(seconds=7))
    share = replace(
        paper, bot="shares", symbol="AAPL", currency="USD", feed="yahoo", position=Decimal(40), price=Decimal("231.05"),
        equity=Decimal("25120.50"), today=Decimal("-80.4"), profit=Decimal("120.5"), trades=12,
    )  # fmt: skip
    return [
        eth,
        replace(eth, bot="0004", symbol="BTCUSDT", state=State.UNREADY, feed_up=False, position=Decimal("0.0214"),
                price=Decimal("92134.12"), equity=Decimal("1987.31"), today=Decimal("-3.9"), profit=Decimal("-12.69"),
                detail="the feed is not connected; the last bar came 312 s ago", drawdown_pct=Decimal("3.4")),
        replace(eth, bot="0005", symbol="SOLUSDT", state=State.FALLBACK, broker_up=False, position=None,
                price=Decimal("141.2"), detail="the broker is away: new entries on paper, 4.25 held there"),
        replace(paper, bot="0001", symbol="BTCUSDT", price=Decimal("92134.12"), position=Decimal(0),
                equity=Decimal("999.25"), today=Decimal("-0.31"), profit=Decimal("-0.75"), trades=3),
        replace(paper, bot="dd", state=State.HALTED, position=None, equity=Decimal("901.83"), drawdown_pct=Decimal(20),
                detail="max_drawdown_pct: equity 901.83 is 20.1 % below its peak 1128.71; the limit is 20 %",
                today=Decimal("-12"), profit=Decimal("-98.17")),
        replace(paper, bot="tinkered-with", restarts=2, last_error="ZeroDivisionError: division by zero", trades=140),
        share,
        unanswered(replace(share, bot="shares-2", answered=NOW - timedelta(seconds=75)),
                   "process 4711 holds its journal and does not answer"),
        Row("0002", "paper", State.STOPPED, "", "ETHUSDT", "", "USDT", None, Decimal("2912.44"), Decimal("1010.20"),
            None, Decimal("10.2"), Decimal("0.5"), 9),
        Row("old", "live", State.STOPPED, "nobody watches its position", "BTCUSDT", "", "USDT", Decimal("0.01"),
            Decimal("92134.12"), Decimal("2004.00"), None, Decimal("4"), Decimal(0), 1),
        Row("fresh", "paper", State.STOPPED, "has seen no bar yet", "EUR.USD"),
    ]  # fmt: skip


def draw(file: Path, width: int) -> None:
    """Write the screen as SVG."""
    console = Console(record=True, width=width, height=HEIGHT, file=StringIO(), force_terminal=True, highlight=False)
    console.print(draw_screen(bots(), View(), NOW, width, HEIGHT))
    console.save_svg(str(file), title="tradingbot top")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    draw(target, int(sys.argv[2]) if len(sys.argv) > 2 else 80)
    print(target)
