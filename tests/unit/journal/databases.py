"""Journals on either database, and what is written into them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine

from bots.journal.opening import JournalKey, journal_url, open_for_reading, open_journal
from bots.journal.store import SqlJournal
from bots.trading.events import Event, EventKind
from bots.trading.keeping import Change, SavedLot, TraderState
from bots.trading.orders import Fill, OrderIntent, Side
from bots.trading.records import EquityPoint, Trade
from bots.trading.risk import DayTotals

KEY = JournalKey("0001", "paper", "BTCUSDT")
START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

LOT = SavedLot(
    3, START, Decimal("100.10"), Decimal("0.5"), Decimal("0.7"), Decimal("0.0123456789"), Decimal("20.2"),
    {"stop": 95.5, "note": None}, 4, 110.25, "script", 2, 3, 8, True, 5, 1, 6, 2, True,
)  # fmt: skip
STATE = TraderState(
    START, START + HOUR, Decimal("101.00"), Decimal("899.12345678"), Decimal("-1.10"), Decimal("0.20"), 2, 4,
    Decimal("1010.00"), DayTotals(START.date(), Decimal("1000.00"), 3), {"signals": 7}, (LOT,),
    dust=Decimal("0.00000076"),
)  # fmt: skip
INTENT = OrderIntent(
    "0001-2401010100-S3-2", 3, Side.SELL, Decimal("0.5"), START + HOUR, Decimal("101.00"), "script", 2, {"stop": 1.5}
)
FILL = Fill("t1", INTENT.client_order_id, Decimal("0.2"), Decimal("101.00"), Decimal("0.01"), START + HOUR)
STOP = OrderIntent(
    "0001-2401010100-T3-1", 3, Side.SELL, Decimal("0.5"), START + HOUR, Decimal("95.00"), "risk_stop_loss",
    stop_price=Decimal("95.00"), limit_price=Decimal("94.05"),
)  # fmt: skip
TRADE = Trade(
    2, START, Decimal("100.10"), Decimal("0.70"), Decimal("0.02"), START + HOUR, Decimal("101.00"), Decimal("0.61"),
    "script",
)  # fmt: skip
EVENT = Event(EventKind.STATUS, START, "something worth telling", {"limit": "x"})


def at(hour: int) -> TraderState:
    """Return the state as of a later bar."""
    return replace(STATE, bar_time=START + HOUR * hour)


def point(hour: int, equity: str = "1000") -> EquityPoint:
    return EquityPoint(START + HOUR * hour, Decimal(equity), Decimal(900), Decimal(1))


def on_disk(folder: Path, key: JournalKey = KEY) -> str:
    return journal_url(key, folder)


def commit(journal: SqlJournal, change: Change, state: TraderState | None = STATE, *, urgent: bool = True) -> None:
    journal.commit(change, lambda: state, urgent=urgent)


def opened(url: str, key: JournalKey = KEY) -> SqlJournal:
    return open_journal(key, url)


@contextmanager
def looking(key: JournalKey, url: str) -> Iterator[Engine]:
    """Look at a journal that is there."""
    with open_for_reading(key, url) as engine:
        assert engine is not None
        yield engine
