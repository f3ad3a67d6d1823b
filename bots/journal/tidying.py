"""What a journal forgets, so that it stays small: old detail. Its books, trades with their orders and fills, stay."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Date, Float, cast, delete, exists, func, select

from bots.journal import tables
from bots.trading.order_machine import OPEN_STATUSES


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much detail is kept.

    Parameters
    ----------
    points : int
        Of how many bars, the newest, the equity is kept; of each day before, its last, its lowest and its highest.
    events : int
        How many events are kept, the newest.
    untold : int
        How many are kept of which a channel was not told yet: one that nobody listens to any more never will be.
    unfilled : int
        How many orders are kept that have ended and of which nothing was executed.
    at_once : int
        How many bars are looked at before others may use the journal again.
    """

    points: int = 50_000
    events: int = 10_000
    untold: int = 50_000
    unfilled: int = 5_000
    at_once: int = 10_000


def tidy(connection: Connection, bounds: Bounds, since: datetime | None = None) -> datetime | None:
    """Forget what lies beyond the bounds, in the transaction that is given.

    Parameters
    ----------
    connection : Connection
        The journal's.
    bounds : Bounds
        What is kept.
    since : datetime, optional
        From which bar on equity is looked at; from the first one, where not given.

    Returns
    -------
    datetime or None
        From which bar on there is more to be done: a bot that trades does not wait for years of bars at once.
    """
    more = _thin_equity(connection, bounds, since)
    if more is None:
        _forget_events(connection, bounds)
        _forget_orders(connection, bounds.unfilled)
    return more


def _thin_equity(connection: Connection, bounds: Bounds, since: datetime | None) -> datetime | None:
    time = tables.equity.c.time
    first = connection.scalar(select(func.min(time)))
    whole_from = connection.scalar(select(time).order_by(time.desc()).offset(bounds.points - 1).limit(1))
    if first is None or whole_from is None:
        return None
    begin = max(first, since or first)
    slice_ends = connection.scalar(select(time).where(time > begin).order_by(time).offset(bounds.at_once).limit(1))
    end = min(whole_from, slice_ends or whole_from)
    worth, day = cast(tables.equity.c.equity, Float), _day(connection, time)
    lowest, highest, last = (
        func.row_number().over(partition_by=day, order_by=order)
        for order in ((worth, time), (worth.desc(), time), (time.desc(),))
    )
    # The account's first point stays: what was gained is counted from it.
    numbered = (
        select(time, lowest.label("lowest"), highest.label("highest"), last.label("last"))
        .where(time > first, time >= begin, time < end)
        .subquery()
    )
    spare = select(numbered.c.time).where(numbered.c.lowest > 1, numbered.c.highest > 1, numbered.c.last > 1)
    connection.execute(delete(tables.equity).where(time.in_(spare)))
    return end if end < whole_from else None


def _day(connection: Connection, time: ColumnElement[object]) -> ColumnElement[object]:
    # PostgreSQL would take the day of its own time zone.
    return func.date(time) if connection.dialect.name == "sqlite" else cast(func.timezone("UTC", time), Date)


def _forget_events(connection: Connection, bounds: Bounds) -> None:
    number, kind = tables.events.c.id, tables.events.c.kind
    newest = connection.scalar(select(func.max(number))) or 0
    told = connection.scalar(select(func.min(tables.told.c.event)))
    old = min(newest - bounds.events, newest if told is None else told)
    old = max(old, newest - max(bounds.events, bounds.untold))
    # The day's mail begins where the last one ended, however long ago.
    last_of_kind = select(func.max(number)).group_by(kind)
    connection.execute(delete(tables.events).where(number <= old, number.not_in(last_of_kind)))


def _forget_orders(connection: Connection, kept: int) -> None:
    order, fill = tables.orders.c, tables.fills.c
    ended = order.status.not_in([str(status) for status in OPEN_STATUSES])
    unfilled = ~exists(select(fill.trade_id).where(fill.client_order_id == order.client_order_id))
    spare = (
        select(order.client_order_id)
        .where(ended, unfilled)
        .order_by(order.bar_time.desc(), order.lot.desc(), order.attempt.desc())
        .offset(kept)
        # SQLite takes no offset without it.
        .limit(1_000_000)
    )
    connection.execute(delete(tables.orders).where(order.client_order_id.in_(spare)))
