"""What real venues bring: stops that rest there, commissions in the coin, what cannot be sold, tries that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what a restart needs of it; until now there was nothing of the kind."""
    op.add_column("orders", sa.Column("stop_price", sa.String(64)))
    op.add_column("orders", sa.Column("limit_price", sa.String(64)))
    op.add_column("fills", sa.Column("charged", sa.String(64)))
    op.add_column("fills", sa.Column("charged_in", sa.String(20)))
    op.add_column("state", sa.Column("dust", sa.String(64), nullable=False, server_default="0"))
    counts = (
        "exit_failures", "exit_not_before", "stop_attempts", "stop_failures", "stop_not_before", "stop_losses",
    )  # fmt: skip
    for name in counts:
        op.add_column("lots", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("unsellable", "stop_cancelling"):
        op.add_column("lots", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
