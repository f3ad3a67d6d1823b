"""Many bots at a glance, as values: in which order, which of them, and what they come to together. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bots.seen.rows import Row, State

_NOTHING = Decimal(0)


class Order(StrEnum):
    """What rows can be sorted by; names break ties."""

    TROUBLE = "trouble"
    NAME = "name"
    PROFIT = "profit"
    DRAWDOWN = "drawdown"

    def next(self) -> "Order":
        """Return the order after this one."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


@dataclass(frozen=True, slots=True)
class Total:
    """What the bots of one mode come to in one currency."""

    mode: str
    currency: str
    bots: int
    equity: Decimal
    today: Decimal | None
    profit: Decimal


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Return rows without those of one process that was reached in two ways: its money would be counted twice."""
    known: dict[object, Row] = {}
    for row in rows:
        same = (row.bot, row.mode, row.symbol, row.address, row.started, row.pid) if row.answered else object()
        known.setdefault(same, row)
    return list(known.values())


def in_order(rows: Iterable[Row], order: Order) -> list[Row]:
    """Return rows sorted; what is worst first, and what is not known last."""
    match order:
        case Order.TROUBLE:
            return sorted(rows, key=lambda row: (_trouble(row), not row.real, row.bot))
        case Order.NAME:
            return sorted(rows, key=lambda row: (row.bot, not row.real))
        case Order.PROFIT:
            return sorted(rows, key=lambda row: (row.profit is None, row.profit or _NOTHING, row.bot))
        case Order.DRAWDOWN:
            return sorted(rows, key=lambda row: (row.drawdown_pct is None, -(row.drawdown_pct or _NOTHING), row.bot))


def matching(rows: Iterable[Row], words: str) -> list[Row]:
    """Return the rows of which name, state, mode, symbol, feed or broker hold every word."""
    wanted = words.lower().split()

    def said(row: Row) -> str:
        return f"{row.bot} {row.state} {row.mode} {row.symbol} {row.feed} {row.broker}".lower()

    return [row for row in rows if all(word in said(row) for word in wanted)]


def totals(rows: Iterable[Row]) -> list[Total]:
    """Add up by mode and currency, real money first: live is never added to paper, nor one currency to another.

    Bots of which it is not known what they have are not counted.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.equity is None:
            continue
        groups.setdefault((row.mode, row.currency), []).append(row)
    made = [_total(mode, currency, group) for (mode, currency), group in groups.items()]
    return sorted(made, key=lambda total: (total.mode != "live", total.mode, not total.currency, total.currency))


def states(rows: Iterable[Row]) -> list[tuple[State, int]]:
    """Count the bots by state, the greatest trouble first."""
    counted = Counter(row.state for row in rows)
    return [(state, counted[state]) for state in State if counted[state]]


def _total(mode: str, currency: str, group: Sequence[Row]) -> Total:
    today = [row.today for row in group if row.today is not None]
    return Total(
        mode,
        currency,
        bots=len(group),
        equity=sum((row.equity or _NOTHING for row in group), _NOTHING),
        today=sum(today, _NOTHING) if today else None,
        profit=sum((row.profit or _NOTHING for row in group), _NOTHING),
    )


def _trouble(row: Row) -> int:
    # Real money that nobody watches is nearly as bad as a bot that is not well.
    if row.state is State.STOPPED and row.position and row.real:
        return list(State).index(State.FALLBACK)
    return list(State).index(row.state)
