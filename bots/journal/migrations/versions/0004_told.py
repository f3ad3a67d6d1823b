"""Whom people are told through, and up to which event."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what each channel was told of; until now there was none."""
    op.create_table(
        "told",
        sa.Column("channel", sa.String(80), primary_key=True),
        sa.Column("event", sa.Integer(), nullable=False),
    )
