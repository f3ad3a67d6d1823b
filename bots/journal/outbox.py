"""The journal's events as messages that wait: which of them each channel was told of."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from bots.journal import tables
from bots.trading.events import Event, EventKind
from bots.trading.keeping import KeptEvent


class SqlOutbox:
    """See `Outbox`.

    Parameters
    ----------
    transaction : callable
        Begins one in the journal.

    Raises
    ------
    JournalError
        By each method, if the database refuses.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._transaction = transaction

    def newest(self) -> int:
        """Return the number of the last event; 0 where there is none."""
        with self._transaction() as connection:
            return _newest(connection)

    def begin(self, channel: str, after: int | None = None) -> None:
        """Have a channel told of what happens from now on, or after an event, unless it is known already."""
        with self._transaction() as connection:
            if _told_up_to(connection, channel) is None:
                number = _newest(connection) if after is None else after
                connection.execute(insert(tables.told).values(channel=channel, event=number))

    def waiting(self, channel: str, kinds: Collection[str], limit: int) -> list[KeptEvent]:
        """Return the first events of these kinds that the channel was not told of, oldest first."""
        with self._transaction() as connection:
            chosen = select(tables.events).where(*_wanted(connection, channel, kinds))
            return [
                KeptEvent(row.id, _event(row))
                for row in connection.execute(chosen.order_by(tables.events.c.id).limit(limit))
            ]

    def told(self, channel: str, number: int) -> None:
        """Note that the channel was told of all up to this one."""
        # Never back: two may tell, the bot and a console.
        moved = update(tables.told).where(tables.told.c.channel == channel, tables.told.c.event < number)
        with self._transaction() as connection:
            connection.execute(moved.values(event=number))

    def since_last(self, kind: str, kinds: Collection[str]) -> tuple[Event | None, list[Event]]:
        """Return the last event of a kind, and those of `kinds` that came after it."""
        events = tables.events.c
        with self._transaction() as connection:
            last = connection.execute(
                select(tables.events).where(events.kind == kind).order_by(events.id.desc()).limit(1)
            ).first()
            chosen = select(tables.events).where(events.kind.in_(kinds), events.id > (last.id if last else 0))
            found = [_event(row) for row in connection.execute(chosen.order_by(events.id))]
            return (None if last is None else _event(last)), found


def _event(row: Row[Any]) -> Event:
    return Event(EventKind(row.kind), row.time, row.text, row.data)


def _newest(connection: Connection) -> int:
    return connection.scalar(select(func.max(tables.events.c.id))) or 0


def _told_up_to(connection: Connection, channel: str) -> int | None:
    row = connection.execute(select(tables.told.c.event).where(tables.told.c.channel == channel)).first()
    return None if row is None else int(row.event)


def _wanted(connection: Connection, channel: str, kinds: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    events = tables.events.c
    return (events.id > (_told_up_to(connection, channel) or 0), events.kind.in_(kinds))
