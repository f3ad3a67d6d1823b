"""What a journal keeps of the past, so that it does not grow for ever.

Nothing that a start needs is ever among what goes: the state, lots, orders that may still be executed and all orders of
lots that are held, with their fills, and halts that stand.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select, update

from bots.journal import tables
from bots.trading.order_machine import OPEN_STATUSES

_DAY = timedelta(days=1)
# As many rows, or days of the curve, as go at once: the bot trades on meanwhile.
_ROWS_AT_ONCE, _DAYS_AT_ONCE = 500, 3

type Worth = tuple[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of the past is kept.

    Parameters
    ----------
    every_bar : timedelta
        The equity of every bar is kept for so long,
    every_hour : timedelta
        then that of each hour for so long, and that of each day from then on: the first, last, lowest and highest.
    trades : int
        So many closed trades, the newest.
    orders : int
        So many orders that came to their end, the newest, with their fills.
    events : int
        So many events, the newest, and the last of each kind.
    halts : int
        So many lifted halts, the newest.
    """

    every_bar: timedelta = timedelta(days=45)
    every_hour: timedelta = timedelta(days=400)
    trades: int = 100_000
    orders: int = 100_000
    events: int = 100_000
    halts: int = 1_000


def superfluous(points: Iterable[Worth], span_of: Callable[[datetime], object]) -> list[datetime]:
    """Return the times of all but the first, last, lowest and highest of each span; the points are oldest first."""
    spans: dict[object, list[Worth]] = {}
    for point in points:
        spans.setdefault(span_of(point[0]), []).append(point)
    going: list[datetime] = []
    for each in spans.values():
        ends = (each[0], each[-1], min(each, key=_worth), max(each, key=_worth))
        staying = {moment for moment, _ in ends}
        going += [moment for moment, _ in each if moment not in staying]
    return going


class Tidying:
    """Lets go of what is older, a little at a time, once a day of the market.

    Parameters
    ----------
    transaction : callable
        Begins one in the journal.
    retention : Retention
        How much is kept.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]], retention: Retention) -> None:
        self._transaction, self._retention = transaction, retention
        self._day: datetime | None = None

    def go_on(self, now: datetime) -> None:
        """Do the next little of it, if any is left of this day's; `now` is the market's time."""
        day = _midnight(now)
        if self._day is not None and day <= self._day:
            return
        with self._transaction() as connection:
            if not self._some_go(connection, day):
                self._day = day

    def _some_go(self, connection: Connection, day: datetime) -> bool:
        """Let go of some; say whether there may be more."""
        keep, orders, events, halts = self._retention, tables.orders.c, tables.events.c, tables.halts.c
        ended = orders.status.not_in([str(status) for status in OPEN_STATUSES])
        held = select(tables.lots.c.number)
        last_of_kind = select(func.max(events.id)).group_by(events.kind)
        return any(
            [
                _thin(connection, "hourly_until", day - keep.every_bar, _hour),
                _thin(connection, "daily_until", day - keep.every_hour, _midnight),
                bool(_beyond(connection, tables.trades.c.lot, keep.trades, tables.trades.c.lot)),
                _orders_go(connection, keep.orders, ended, orders.lot.not_in(held)),
                bool(_beyond(connection, events.id, keep.events, events.id, events.id.not_in(last_of_kind))),
                bool(_beyond(connection, halts.id, keep.halts, halts.id, halts.lifted)),
            ]
        )


def _thin(connection: Connection, note: str, until: datetime, span_of: Callable[[datetime], object]) -> bool:
    """Thin the next days of the curve before `until`, and note how far it is done; say whether there may be more."""
    meta, curve = tables.meta.c, tables.equity.c
    noted = connection.scalar(select(meta.value).where(meta.key == note))
    begun = datetime.fromisoformat(noted) if noted else None
    for _ in range(_DAYS_AT_ONCE):
        left = select(func.min(curve.time)).where(curve.time < until)
        first = connection.scalar(left.where(curve.time >= begun) if begun else left)
        if first is None:
            return False
        day = _midnight(first)
        chosen = select(curve.time, curve.equity).where(curve.time >= day, curve.time < day + _DAY)
        points = [(row.time, row.equity) for row in connection.execute(chosen.order_by(curve.time))]
        _remove(connection, curve.time, superfluous(points, span_of))
        begun = day + _DAY
        if not connection.execute(update(tables.meta).where(meta.key == note).values(value=begun.isoformat())).rowcount:
            connection.execute(insert(tables.meta).values(key=note, value=begun.isoformat()))
    return True


def _orders_go(connection: Connection, kept: int, *may_go: ColumnElement[bool]) -> bool:
    orders = tables.orders.c
    gone = _beyond(connection, orders.client_order_id, kept, orders.bar_time, *may_go)
    _remove(connection, tables.fills.c.client_order_id, gone)
    return bool(gone)


def _beyond(
    connection: Connection, key: Column[object], kept: int, age: Column[object], *may_go: ColumnElement[bool]
) -> Sequence[object]:
    """Let some of the oldest rows go that are more than those kept and that may go; return their keys."""
    more = (connection.scalar(select(func.count()).select_from(key.table)) or 0) - kept
    if more <= 0:
        return ()
    oldest = select(key).where(*may_go).order_by(age).limit(min(more, _ROWS_AT_ONCE))
    going = connection.scalars(oldest).all()
    _remove(connection, key, going)
    return going


def _remove(connection: Connection, key: Column[object], values: Sequence[object]) -> None:
    for begin in range(0, len(values), _ROWS_AT_ONCE):
        connection.execute(delete(key.table).where(key.in_(values[begin : begin + _ROWS_AT_ONCE])))


def _worth(point: Worth) -> Decimal:
    return point[1]


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
