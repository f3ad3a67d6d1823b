"""Writing and reading the journal through SQLAlchemy: one change, one transaction."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bots.journal import tables
from bots.journal.outbox import SqlOutbox
from bots.journal.telling import cause_of
from bots.journal.tidying import Bounds, tidy
from bots.journal.writing import STATE_COLUMNS, ChangeWriter
from bots.trading.halts import Halt, HaltMode
from bots.trading.keeping import Change, Saved, SavedLot, TraderState
from bots.trading.order_machine import OPEN_STATUSES
from bots.trading.orders import OrderIntent, Side
from bots.trading.risk import DayTotals, Refusal
from strategies.errors import JournalError

LOGGER = logging.getLogger("tradingbot.journal")
FLUSH_SECONDS = 1.0
_BOUNDS = Bounds()
ADDRESS, DOCUMENT = "address", "document"


class SqlJournal:
    """The journal of one bot in one mode.

    Parameters
    ----------
    engine : Engine
        A database whose tables are up to date.
    lock : context manager
        Held while this process is the only one that trades with the journal; released by `close`.
    save_equity : bool
        Whether the equity curve is kept (`logging.save_equity_curve`).
    forgets : bool
        Whether old detail is forgotten when a trading day begins.
    """

    def __init__(
        self,
        engine: Engine,
        lock: AbstractContextManager[object],
        *,
        save_equity: bool = True,
        forgets: bool = True,
    ) -> None:
        self._engine = engine
        self._lock = lock
        self._save_equity = save_equity
        self._waiting = Change()
        self._flushed_at = 0.0
        self._connection: Connection = engine.connect()
        self._writer = ChangeWriter(engine.dialect)
        self._forgets = forgets
        self._tidied: date | None = None
        self._untidy_from: datetime | None = None

    def commit(self, change: Change, state: Callable[[], TraderState | None], *, urgent: bool) -> None:
        """Keep a change now if it is urgent or the last write is a second old; else with the next."""
        waiting = self._waiting
        waiting.intents += change.intents
        waiting.updates += change.updates
        waiting.fills += change.fills
        waiting.trades += change.trades
        waiting.events += change.events
        waiting.halt = change.halt or waiting.halt
        waiting.lifted = change.lifted or waiting.lifted
        if self._save_equity:
            waiting.equity += change.equity
        if urgent or time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            written = state()
            self._write(waiting, written)
            self._waiting = Change()
            self._flushed_at = time.monotonic()
            # An order does not wait for it.
            if self._forgets and not urgent and written is not None:
                self._forget(written.day.day)

    def standing_halt(self) -> Halt | None:
        """Return the halt that no person has lifted yet."""
        with self._transaction() as connection:
            return standing_halt(connection)

    def load(self) -> Saved | None:
        """Return what an earlier run left behind, or None for a bot that never dealt with a bar."""
        with self._transaction() as connection:
            return _load(connection)

    def note_address(self, address: str) -> None:
        """Keep where the bot serves HTTP while it runs, for those who look for it."""
        with self._transaction() as connection:
            connection.execute(delete(tables.meta).where(tables.meta.c.key == ADDRESS))
            connection.execute(insert(tables.meta).values(key=ADDRESS, value=address))

    def note_document(self, document: str) -> str | None:
        """Keep what the bot is run with from now on, and return what it was run with before."""
        with self._transaction() as connection:
            before = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == DOCUMENT))
            if before != document:
                connection.execute(delete(tables.meta).where(tables.meta.c.key == DOCUMENT))
                connection.execute(insert(tables.meta).values(key=DOCUMENT, value=document))
            return before

    def outbox(self) -> SqlOutbox:
        """Return the journal's events as messages that wait for people."""
        return SqlOutbox(self._transaction)

    def flush(self, state: Callable[[], TraderState | None]) -> None:
        """Write what still waits."""
        self.commit(Change(), state, urgent=True)

    def discard(self) -> None:
        """Forget what still waits: it comes from a trader that failed."""
        self._waiting = Change()

    def close(self) -> None:
        """Let go of the database and of the lock."""
        self._connection.close()
        self._lock.__exit__(None, None, None)
        # Last: a connection given back to a pool that is gone would hold PostgreSQL's lock until it is collected.
        self._engine.dispose()

    def _write(self, change: Change, state: TraderState | None) -> None:
        with self._transaction() as connection:
            self._writer.write(connection, change, state)

    def _forget(self, day: date) -> None:
        if self._untidy_from or day != self._tidied:
            self._tidied = day
            self._untidy_from = self._tidy()

    def _tidy(self) -> datetime | None:
        try:
            with self._transaction() as connection:
                return tidy(connection, _BOUNDS, self._untidy_from)
        except JournalError as error:
            # It only saves room: what cannot be forgotten today may be tomorrow.
            LOGGER.warning("the journal keeps more than it needs for now: %s", error)
            return None

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)


class _Transaction:
    """One transaction, whose failure is told as a JournalError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Connection:
        try:
            self._begun = self._connection.begin()
        except SQLAlchemyError as error:
            raise _journal_error(error) from error
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            try:
                self._begun.commit()
            except SQLAlchemyError as failed:
                self._begun.rollback()
                raise _journal_error(failed) from failed
            return
        self._begun.rollback()
        if isinstance(error, SQLAlchemyError):
            raise _journal_error(error) from error


def standing_halt(connection: Connection) -> Halt | None:
    """Return the halt that no person has lifted yet: the last one, since only a stricter one is put on top."""
    standing = select(tables.halts).where(~tables.halts.c.lifted).order_by(tables.halts.c.id.desc())
    row = connection.execute(standing).mappings().first()
    return Halt(row["limit"], row["detail"], row["time"], HaltMode(row["mode"])) if row else None


def load_saved(engine: Engine) -> Saved | None:
    """Return what a bot left behind, without opening its journal for trading."""
    with engine.connect() as connection:
        return _load(connection)


def _load(connection: Connection) -> Saved | None:
    row = connection.execute(select(tables.state)).mappings().first()
    if row is None:
        return None
    lots = connection.execute(select(tables.lots).order_by(tables.lots.c.number)).mappings()
    saved_lots = tuple(SavedLot(**lot) for lot in lots)
    open_orders = connection.execute(
        select(tables.orders)
        .where(tables.orders.c.status.in_([str(status) for status in OPEN_STATUSES]))
        .order_by(tables.orders.c.lot)
    ).mappings()
    unresolved = tuple(
        OrderIntent(**{k: v for k, v in order.items() if k not in ("status", "detail", "side")},
                    side=Side(order["side"]))
        for order in open_orders
    )  # fmt: skip
    fills, orders = tables.fills.c, [intent.client_order_id for intent in unresolved]
    booked = connection.execute(select(fills.client_order_id, fills.trade_id).where(fills.client_order_id.in_(orders)))
    loss = Refusal("max_daily_loss", row["day_loss"]) if row["day_loss"] else None
    day = DayTotals(date.fromisoformat(row["day"]), row["day_start_equity"], row["day_entries"], loss)
    known = {name: row[name] for name in STATE_COLUMNS}
    return Saved(
        TraderState(**known, day=day, lots=saved_lots),
        unresolved,
        tuple((row.client_order_id, row.trade_id) for row in booked),
    )


def _journal_error(error: SQLAlchemyError) -> JournalError:
    return JournalError(
        f"the journal cannot be used: {cause_of(error)}; is its disk full, read-only, or another program at it?"
    )
