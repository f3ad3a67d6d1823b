"""Alembic's entry: migrates the connection that the journal was opened with."""

from alembic import context

from bots.journal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
