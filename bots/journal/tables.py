"""The journal's tables. Money and sizes are kept as exact text, times as UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Dialect, Float, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator


class Exact(TypeDecorator[Decimal]):
    """A Decimal, digit for digit: SQLite has no exact number type of its own."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write a Decimal as text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read it back."""
        return None if value is None else Decimal(value)


class Utc(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write a time as UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name != "sqlite" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read it back, aware."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

meta = Table("meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))

state = Table(
    "state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("first_bar", Utc, nullable=False),
    Column("bar_time", Utc, nullable=False),
    Column("last_price", Exact, nullable=False),
    Column("cash", Exact, nullable=False),
    Column("realised", Exact, nullable=False),
    Column("fees", Exact, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("next_lot", Integer, nullable=False),
    Column("peak_equity", Exact, nullable=False),
    Column("day", String(10), nullable=False),
    Column("day_start_equity", Exact, nullable=False),
    Column("day_entries", Integer, nullable=False),
    Column("day_loss", Text),
    Column("rules", JSON, nullable=False),
    Column("halted", Boolean, nullable=False),
    Column("dust", Exact, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("client_order_id", String(40), primary_key=True),
    Column("lot", Integer, nullable=False),
    Column("side", String(4), nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("bar_time", Utc, nullable=False),
    Column("reference_price", Exact, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("detail", Text, nullable=False, default=""),
    Column("stop_price", Exact),
    Column("limit_price", Exact),
)

fills = Table(
    "fills",
    metadata,
    Column("trade_id", String(80), primary_key=True),
    Column("client_order_id", String(40), nullable=False, index=True),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("commission", Exact, nullable=False),
    Column("time", Utc, nullable=False),
    Column("charged", Exact),
    Column("charged_in", String(20)),
)

lots = Table(
    "lots",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("entry_bar", Utc, nullable=False),
    Column("entry_price", Exact, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("bought", Exact, nullable=False),
    Column("commission", Exact, nullable=False),
    Column("proceeds", Exact, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("bars_held", Integer, nullable=False),
    Column("high", Float),
    Column("exit_reason", Text),
    Column("exit_attempts", Integer, nullable=False),
    Column("exit_failures", Integer, nullable=False),
    Column("exit_not_before", Integer, nullable=False),
    Column("unsellable", Boolean, nullable=False),
    Column("stop_attempts", Integer, nullable=False),
    Column("stop_failures", Integer, nullable=False),
    Column("stop_not_before", Integer, nullable=False),
    Column("stop_losses", Integer, nullable=False),
    Column("stop_cancelling", Boolean, nullable=False),
)

trades = Table(
    "trades",
    metadata,
    Column("lot", Integer, primary_key=True, autoincrement=False),
    Column("entry_bar", Utc, nullable=False),
    Column("entry_price", Exact, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("commission", Exact, nullable=False),
    Column("exit_bar", Utc, nullable=False),
    Column("exit_price", Exact, nullable=False),
    Column("profit", Exact, nullable=False),
    Column("exit_reason", Text, nullable=False),
)

equity = Table(
    "equity",
    metadata,
    Column("time", Utc, primary_key=True),
    Column("equity", Exact, nullable=False),
    Column("cash", Exact, nullable=False),
    Column("position", Exact, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("limit", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("time", Utc, nullable=False),
    Column("lifted", Boolean, nullable=False, default=False),
    Column("mode", String(20), nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("time", Utc, nullable=False),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Index("events_by_kind", "kind", "time"),
)

told = Table(
    "told",
    metadata,
    Column("channel", String(80), primary_key=True),
    Column("event", Integer, nullable=False),
)


def rows(items: list[Any]) -> list[dict[str, Any]]:
    """Return slotted dataclasses as rows, field by field."""
    return [{name: getattr(item, name) for name in item.__slots__} for item in items]
