"""Two journals for simulations: the real one on SQLite, and one of the same tables in memory, for speed.

Both are the real class: what is urgent, what waits and what a failed write leaves behind is decided by its own code.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, Table, create_engine
from sqlalchemy.dialects.sqlite import dialect as sqlite

from bots.journal import tables
from bots.journal.store import SqlJournal
from bots.trading.events import Event
from bots.trading.halts import Halt, HaltMode
from bots.trading.keeping import Change, Saved, SavedLot, TraderState
from bots.trading.order_machine import OPEN_STATUSES, OrderStatus
from bots.trading.orders import OrderIntent, Side
from bots.trading.risk import Refusal
from strategies.errors import JournalError

type Row = dict[str, Any]


@contextlib.contextmanager
def on_file(path: Path) -> Iterator[Engine]:
    """Give a SQLite database whose tables are there and empty."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        tables.metadata.create_all(engine)
        yield engine
    finally:
        engine.dispose()


@dataclass(slots=True)
class Database:
    """What is on disk: it outlives every process."""

    state: TraderState | None = None
    orders: dict[str, Row] = field(default_factory=dict)
    fills: dict[str, Row] = field(default_factory=dict)
    trades: set[int] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    halts: list[Row] = field(default_factory=list)


class Watched(SqlJournal):
    """A journal that may fail, and before or after each write of which the process may die.

    `around` is called with a change and with what writes it, and decides whether that happens.
    """

    around: Callable[[Change, Callable[[], None]], None]

    def _write(self, change: Change, state: TraderState | None) -> None:
        self.around(change, lambda: self._really_write(change, state))

    def _really_write(self, change: Change, state: TraderState | None) -> None:
        super()._write(change, state)

    def bury(self) -> None:
        """Let go of what the system takes from a dead process."""


class OnFile(Watched):
    """The real journal on SQLite."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, contextlib.nullcontext(), save_equity=False)

    def bury(self) -> None:
        """Let go of what the system takes from a dead process."""
        self._connection.close()


class InMemory(Watched):
    """The same in memory: written whole or not at all, read back through the columns' own types."""

    _database: Database

    def __init__(self, database: Database) -> None:
        # As after the real one's own beginning, which composes statements that nothing here needs.
        self.__dict__ |= _NEW.__dict__ | {"_waiting": Change(), "_database": database}

    def standing_halt(self) -> Halt | None:
        """Return the last halt that was not lifted."""
        standing = [row for row in self._database.halts if not row["lifted"]]
        if not standing:
            return None
        row = _read_back(tables.halts, standing[-1])
        return Halt(row["limit"], row["detail"], row["time"], HaltMode(row["mode"]))

    def load(self) -> Saved | None:
        """Return what an earlier run left behind; see `bots.journal.store`."""
        database = self._database
        if database.state is None:
            return None
        row = _read_back(tables.state, _state_row(database.state))
        loss = Refusal("max_daily_loss", row["day_loss"]) if row["day_loss"] else None
        day = replace(database.state.day, day=date.fromisoformat(row["day"]), loss=loss)
        lots = sorted(tables.rows(list(database.state.lots)), key=lambda lot: lot["number"])
        named = {name: row[name] for name in TraderState.__slots__ if name not in ("day", "lots")}
        state = TraderState(**named, day=day, lots=tuple(SavedLot(**_read_back(tables.lots, lot)) for lot in lots))
        unresolved = tuple(_intent(_read_back(tables.orders, order)) for order in self._open_orders())
        names = {intent.client_order_id for intent in unresolved}
        booked = [fill for fill in database.fills.values() if fill["client_order_id"] in names]
        return Saved(state, unresolved, tuple((fill["client_order_id"], fill["trade_id"]) for fill in booked))

    def _open_orders(self) -> list[Row]:
        found = [order for order in self._database.orders.values() if order["status"] in OPEN_STATUSES]
        # As SQLite gives them: by the index on the status, and then sorted by lot.
        return sorted(found, key=lambda order: (order["lot"], order["status"]))

    def _really_write(self, change: Change, state: TraderState | None) -> None:
        database = self._database
        new = [row | {"status": str(OrderStatus.INTENT), "detail": ""} for row in tables.rows(change.intents)]
        fills = tables.rows(change.fills)
        twice = [row for row in new if row["client_order_id"] in database.orders]
        twice += [row for row in fills if row["trade_id"] in database.fills]
        if twice or any(trade.lot in database.trades for trade in change.trades):
            raise JournalError(f"the journal cannot be used: written twice: {twice or change.trades}")
        database.orders |= {row["client_order_id"]: row for row in new}
        for update in change.updates:
            if update.client_order_id in database.orders:
                database.orders[update.client_order_id] |= {"status": str(update.status), "detail": update.detail}
        database.fills |= {row["trade_id"]: row for row in fills}
        database.trades |= {trade.lot for trade in change.trades}
        database.events += change.events
        if change.lifted:
            for row in database.halts:
                row["lifted"] = True
        if change.halt is not None:
            database.halts += [row | {"lifted": False} for row in tables.rows([change.halt])]
        if state is not None:
            database.state = state


def _state_row(state: TraderState) -> Row:
    row = {name: getattr(state, name) for name in TraderState.__slots__ if name not in ("day", "lots")}
    loss = state.day.loss.detail if state.day.loss else None
    return row | {"day": state.day.day.isoformat(), "day_loss": loss, "day_start_equity": state.day.start_equity,
                  "day_entries": state.day.entries}  # fmt: skip


def _intent(row: Row) -> OrderIntent:
    known = {name: value for name, value in row.items() if name not in ("status", "detail", "side")}
    return OrderIntent(**known, side=Side(row["side"]))


class _NoEngine:
    dialect = sqlite()

    def connect(self) -> None:
        return


_SQLITE = _NoEngine.dialect
# It forgets nothing: what is in memory has no rows of which some are old.
_NEW = SqlJournal(cast(Engine, _NoEngine()), contextlib.nullcontext(), save_equity=False, forgets=False)
_TYPES: dict[str, dict[str, tuple[Any, Any]]] = {
    table.name: {
        column.name: (
            column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE),
            column.type.dialect_impl(_SQLITE).result_processor(_SQLITE, None),
        )
        for column in table.columns
    }
    for table in tables.metadata.tables.values()
}


def _read_back(table: Table, row: Row) -> Row:
    """Return a row as the database would give it back."""
    kinds, read = _TYPES[table.name], {}
    for name, value in row.items():
        to_disk, from_disk = kinds[name]
        kept = to_disk(value) if to_disk is not None else value
        read[name] = from_disk(kept) if from_disk is not None else kept
    return read
