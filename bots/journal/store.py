"""Writing and reading the journal through SQLAlchemy: one change, one transaction."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from bots.journal import tables
from bots.journal.telling import cause_of
from bots.trading.keeping import Change, Halt, HaltMode, Saved, SavedLot, TraderState
from bots.trading.orders import OPEN_STATUSES, OrderIntent, OrderStatus, Side
from bots.trading.records import EquityPoint
from bots.trading.risk import DayTotals, Refusal
from strategies.errors import JournalError

FLUSH_SECONDS = 1.0
ADDRESS = "address"
_STATE_COLUMNS = tuple(f.name for f in fields(TraderState) if f.name not in ("day", "lots"))
_DAY_COLUMNS = ("day", "day_start_equity", "day_entries", "day_loss")
# Built once: an order waits for what is written before it, and building a statement takes longer than running it.
_INSERT_ORDER, _INSERT_LOT, _INSERT_EQUITY = insert(tables.orders), insert(tables.lots), insert(tables.equity)
_UPDATE_ORDER = (
    update(tables.orders)
    .where(tables.orders.c.client_order_id == bindparam("id_"))
    .values(status=bindparam("status_"), detail=bindparam("detail_"))
)
_DELETE_EQUITY = delete(tables.equity).where(tables.equity.c.time >= bindparam("since_"))
_DELETE_LOTS = delete(tables.lots)
_INSERT_STATE = insert(tables.state)
_UPDATE_STATE = (
    update(tables.state)
    .where(tables.state.c.id == 1)
    .values({name: bindparam(f"{name}_") for name in (*_STATE_COLUMNS, *_DAY_COLUMNS)})
)


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
    """

    def __init__(self, engine: Engine, lock: AbstractContextManager[object], *, save_equity: bool = True) -> None:
        self._engine = engine
        self._lock = lock
        self._save_equity = save_equity
        self._waiting = Change()
        self._flushed_at = 0.0
        self._connection: Connection = engine.connect()

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
            self._write(waiting, state())
            self._waiting = Change()
            self._flushed_at = time.monotonic()

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
            if change.intents:
                new = [row | {"status": str(OrderStatus.INTENT)} for row in tables.rows(change.intents)]
                connection.execute(_INSERT_ORDER, new)
            if change.updates:
                _update_orders(connection, change)
            for table, items in ((tables.fills, change.fills), (tables.trades, change.trades)):
                if items:
                    connection.execute(insert(table), tables.rows(items))
            if change.events:
                connection.execute(insert(tables.events), tables.rows(change.events))
            if change.lifted:
                lift_halts(connection)
            if change.halt is not None:
                connection.execute(insert(tables.halts), tables.rows([change.halt]))
            if change.equity:
                _write_equity(connection, change.equity)
            if state is not None:
                _write_state(connection, state)

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


def lift_halts(connection: Connection) -> int:
    """Lift every halt that stands; return how many there were."""
    return connection.execute(update(tables.halts).where(~tables.halts.c.lifted).values(lifted=True)).rowcount


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
    known = {name: row[name] for name in _STATE_COLUMNS}
    return Saved(
        TraderState(**known, day=day, lots=saved_lots),
        unresolved,
        tuple((row.client_order_id, row.trade_id) for row in booked),
    )


def _journal_error(error: SQLAlchemyError) -> JournalError:
    return JournalError(
        f"the journal cannot be used: {cause_of(error)}; is its disk full, read-only, or another program at it?"
    )


def _update_orders(connection: Connection, change: Change) -> None:
    last = {update_.client_order_id: update_ for update_ in change.updates}
    connection.execute(
        _UPDATE_ORDER,
        [{"id_": u.client_order_id, "status_": str(u.status), "detail_": u.detail} for u in last.values()],
    )


def _write_equity(connection: Connection, points: list[EquityPoint]) -> None:
    # A fill lifts or lowers the point of its bar, which may be written already.
    connection.execute(_DELETE_EQUITY, {"since_": points[0].time})
    connection.execute(_INSERT_EQUITY, tables.rows(list({point.time: point for point in points}.values())))


def _write_state(connection: Connection, state: TraderState) -> None:
    row: dict[str, Any] = {name: getattr(state, name) for name in _STATE_COLUMNS}
    row |= {"day": state.day.day.isoformat(), "day_start_equity": state.day.start_equity}
    row |= {"day_entries": state.day.entries, "day_loss": state.day.loss.detail if state.day.loss else None}
    if not connection.execute(_UPDATE_STATE, {f"{name}_": value for name, value in row.items()}).rowcount:
        connection.execute(_INSERT_STATE, row | {"id": 1})
    connection.execute(_DELETE_LOTS)
    if state.lots:
        connection.execute(_INSERT_LOT, tables.rows(list(state.lots)))
