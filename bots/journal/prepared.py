"""Statements compiled once: an order waits for what is written before it, and composing takes longer than writing."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Table, Update


class Prepared:
    """A statement in its database's own words, run without being composed anew.

    Parameters
    ----------
    statement : Insert, Update or Delete
        Its values are bound by name; an insert is given one for every column of its table.
    dialect : Dialect
        The database's.
    """

    def __init__(self, statement: Insert | Update | Delete, dialect: Dialect) -> None:
        columns = [column.name for column in statement.table.columns] if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self._text = str(compiled)
        self._order = compiled.positiontup
        self._written = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it with these values, named as its columns or parameters; return how many rows it touched."""
        told = {name: write(values[name]) if write else values[name] for name, write in self._written.items()}
        positional = self._order is not None
        return connection.exec_driver_sql(
            self._text, tuple(told[name] for name in self._order or ()) if positional else told
        ).rowcount

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each row."""
        for row in rows:
            self.run(connection, row)


def insert_or_replace(table: Table, dialect: Dialect) -> Insert:
    """Return an insert that takes the place of a row with the same key."""
    # A database's words are loaded for that database only: 2 MB for as long as the bot lives.
    made = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(table)
    others = {column.name: made.excluded[column.name] for column in table.columns if not column.primary_key}
    replacing: Insert = made.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others)
    return replacing
