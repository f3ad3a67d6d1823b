"""What a change looks like in the tables. An order waits for it, so every statement is composed beforehand."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, delete, insert, update

from bots.journal import tables
from bots.journal.prepared import Prepared, insert_or_replace
from bots.trading.halts import Halt
from bots.trading.keeping import Change, TraderState
from bots.trading.order_machine import OrderStatus

STATE_COLUMNS = tuple(f.name for f in fields(TraderState) if f.name not in ("day", "lots"))
_DAY_COLUMNS = ("day", "day_start_equity", "day_entries", "day_loss")
_ONLY_ROW = 1
_ROW_OF_INTENT = {"status": str(OrderStatus.INTENT), "detail": ""}


class ChangeWriter:
    """Writes changes and the state that belongs to them, in the transaction that it is given.

    Parameters
    ----------
    dialect : Dialect
        The database's.
    """

    def __init__(self, dialect: Dialect) -> None:
        step = update(tables.orders).where(tables.orders.c.client_order_id == bindparam("id_"))
        whole = update(tables.state).where(tables.state.c.id == bindparam("id_"))
        self._new_order = Prepared(insert(tables.orders), dialect)
        self._step = Prepared(step.values(status=bindparam("status_"), detail=bindparam("detail_")), dialect)
        self._fill = Prepared(insert(tables.fills), dialect)
        self._trade = Prepared(insert(tables.trades), dialect)
        self._equity = Prepared(insert_or_replace(tables.equity, dialect), dialect)
        self._no_lots = Prepared(delete(tables.lots), dialect)
        self._lot = Prepared(insert(tables.lots), dialect)
        self._first_state = Prepared(insert(tables.state), dialect)
        self._state = Prepared(
            whole.values({name: bindparam(f"{name}_") for name in (*STATE_COLUMNS, *_DAY_COLUMNS)}), dialect
        )

    def write(self, connection: Connection, change: Change, state: TraderState | None) -> None:
        """Write it all."""
        self._new_order.run_each(connection, (row | _ROW_OF_INTENT for row in tables.rows(change.intents)))
        # Of several steps of an order the last one counts.
        for last in {step.client_order_id: step for step in change.updates}.values():
            self._step.run(
                connection, {"id_": last.client_order_id, "status_": str(last.status), "detail_": last.detail}
            )
        self._fill.run_each(connection, tables.rows(change.fills))
        self._trade.run_each(connection, tables.rows(change.trades))
        if change.events:
            connection.execute(insert(tables.events), tables.rows(change.events))
        if change.lifted:
            lift_halts(connection)
        if change.halt is not None:
            add_halt(connection, change.halt)
        # A fill lifts or lowers the point of its bar, which may be written already.
        self._equity.run_each(connection, tables.rows(list({point.time: point for point in change.equity}.values())))
        if state is not None:
            self._write_state(connection, state)

    def _write_state(self, connection: Connection, state: TraderState) -> None:
        row: dict[str, Any] = {name: getattr(state, name) for name in STATE_COLUMNS}
        row |= {"day": state.day.day.isoformat(), "day_start_equity": state.day.start_equity}
        row |= {"day_entries": state.day.entries, "day_loss": state.day.loss.detail if state.day.loss else None}
        row["id"] = _ONLY_ROW
        if not self._state.run(connection, {f"{name}_": value for name, value in row.items()}):
            self._first_state.run(connection, row)
        self._no_lots.run(connection, {})
        self._lot.run_each(connection, tables.rows(list(state.lots)))


def add_halt(connection: Connection, halt: Halt) -> None:
    """Put a halt on top of what stands."""
    connection.execute(insert(tables.halts), tables.rows([halt]))


def lift_halts(connection: Connection) -> int:
    """Lift every halt that stands; return how many there were."""
    return connection.execute(update(tables.halts).where(~tables.halts.c.lifted).values(lifted=True)).rowcount
