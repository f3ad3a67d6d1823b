"""What a halt asks for: no entries, or everything closed as well."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the mode; until now only the drawdown halted a bot, and that closes everything."""
    op.add_column("halts", sa.Column("mode", sa.String(20), nullable=False, server_default="close-positions"))
