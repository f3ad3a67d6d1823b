"""Small accounts for tests: an equity curve from plain numbers, trades from their profits."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bots.trading.records import EquityPoint, Trade
from strategies.bar import Bar

# A Monday, so that five daily bars touch no weekend.
START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def curve(values: Sequence[str], step: timedelta = DAY, held: Sequence[int] = ()) -> list[EquityPoint]:
    """Give one point a step; `held` are the indices of the bars with a position."""
    return [
        EquityPoint(START + index * step, Decimal(value), Decimal(value), Decimal(index in held))
        for index, value in enumerate(values)
    ]


def closed(profit: str, reason: str | None = "signal", hours: int = 2, lot: int = 1) -> Trade:
    return Trade(
        lot=lot,
        entry_bar=START + lot * HOUR,
        entry_price=Decimal("100.50"),
        quantity=Decimal("2"),
        commission=Decimal("0.10"),
        exit_bar=START + (lot + hours) * HOUR,
        exit_price=Decimal("101.25"),
        profit=Decimal(profit),
        exit_reason=reason,
    )


def still_open(lot: int = 1) -> Trade:
    return Trade(lot, START + lot * HOUR, Decimal("100.50"), Decimal("2"), Decimal("0.05"))


def bars(closes: Sequence[float], step: timedelta = DAY) -> list[Bar]:
    return [Bar(START + index * step, close, close + 1, close - 1, close, 10.0) for index, close in enumerate(closes)]
