"""Alembic's way in: it is handed a connection by `run.py`, and never opens one itself."""

from alembic import context

from barbelo.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,  # killed between two, it goes on from there
)
with context.begin_transaction():
    context.run_migrations()
