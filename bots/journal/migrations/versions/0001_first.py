"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "meta",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "state",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("first_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bar_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_price", sa.String(64), nullable=False),
        sa.Column("cash", sa.String(64), nullable=False),
        sa.Column("realised", sa.String(64), nullable=False),
        sa.Column("fees", sa.String(64), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("next_lot", sa.Integer(), nullable=False),
        sa.Column("peak_equity", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("day_start_equity", sa.String(64), nullable=False),
        sa.Column("day_entries", sa.Integer(), nullable=False),
        sa.Column("day_loss", sa.Text()),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("halted", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "orders",
        sa.Column("client_order_id", sa.String(40), primary_key=True),
        sa.Column("lot", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(4), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("bar_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference_price", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("ix_orders_status", "orders", ["status"])
    op.create_table(
        "fills",
        sa.Column("trade_id", sa.String(80), primary_key=True),
        sa.Column("client_order_id", sa.String(40), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("price", sa.String(64), nullable=False),
        sa.Column("commission", sa.String(64), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_fills_client_order_id", "fills", ["client_order_id"])
    op.create_table(
        "lots",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entry_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_price", sa.String(64), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("bought", sa.String(64), nullable=False),
        sa.Column("commission", sa.String(64), nullable=False),
        sa.Column("proceeds", sa.String(64), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("bars_held", sa.Integer(), nullable=False),
        sa.Column("high", sa.Float()),
        sa.Column("exit_reason", sa.Text()),
        sa.Column("exit_attempts", sa.Integer(), nullable=False),
    )
    op.create_table(
        "trades",
        sa.Column("lot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entry_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_price", sa.String(64), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("commission", sa.String(64), nullable=False),
        sa.Column("exit_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exit_price", sa.String(64), nullable=False),
        sa.Column("profit", sa.String(64), nullable=False),
        sa.Column("exit_reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "equity",
        sa.Column("time", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("equity", sa.String(64), nullable=False),
        sa.Column("cash", sa.String(64), nullable=False),
        sa.Column("position", sa.String(64), nullable=False),
    )
    op.create_table(
        "halts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("limit", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("events_by_kind", "events", ["kind", "time"])
