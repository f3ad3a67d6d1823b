"""The day's summary: when it is due, and what it says. Pure.

It is made of the journal's own events since the last one, so that it counts every trade once, whatever the clocks do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bots.trading.events import Event, EventKind

TOLD_OF = (EventKind.TRADE_EXIT, EventKind.STATUS)
"""The kinds of events that a summary counts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bot stands at that moment; money in the quote currency."""

    equity: Decimal
    drawdown_pct: Decimal
    position: Decimal
    unrealised: Decimal
    uptime: timedelta
    rebuilt: int


def day_end(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return when the last day ended, as UTC: days end at a time of day somewhere."""
    local = now.astimezone(zone)
    end = datetime.combine(local.date(), at, zone).astimezone(UTC)
    if end > now:
        end = datetime.combine(local.date() - timedelta(days=1), at, zone).astimezone(UTC)
    return end


def is_due(end: datetime, last: Event | None, began: datetime) -> bool:
    """Say whether the summary of the day that ended then is still to be made.

    Parameters
    ----------
    end : datetime
        See `day_end`.
    last : Event, optional
        The last summary.
    began : datetime
        When the bot was first heard of: of a day before that there is nothing to tell.
    """
    known = began if last is None else datetime.fromisoformat(last.data["until"])
    return end > known


def first_start(since: Iterable[Event], otherwise: datetime) -> datetime:
    """Return when the bot was first started, of these events."""
    return min((event.time for event in since if event.data.get("state") == "started"), default=otherwise)


def figures(end: datetime, zone: ZoneInfo, since: Iterable[Event], now: Standing) -> dict[str, Any]:
    """Return what a summary says, as JSON scalars."""
    events = list(since)
    exits = [event.data for event in events if event.kind is EventKind.TRADE_EXIT]
    profits = [Decimal(each["profit"]) for each in exits]
    # A day that ends at midnight is the one before.
    day = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return {
        "day": day.isoformat(),
        "until": end.isoformat(),
        "trades": len(exits),
        "won": sum(profit > 0 for profit in profits),
        "profit": str(sum(profits, Decimal(0))),
        "fees": str(sum((Decimal(each.get("fees", "0")) for each in exits), Decimal(0))),
        "equity": str(now.equity),
        "drawdown_pct": f"{now.drawdown_pct:.2f}",
        "position": str(now.position),
        "unrealised": str(now.unrealised),
        "uptime_seconds": int(now.uptime.total_seconds()),
        "starts": sum(event.data.get("state") == "started" for event in events),
        "rebuilt": now.rebuilt,
    }
