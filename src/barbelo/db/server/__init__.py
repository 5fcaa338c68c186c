"""The embedded PostgreSQL: found, made, started, watched and stopped by us. Standard library only.

The process that holds it (`cli/supervise.py`) stays small because nothing here imports the driver.
See `docs/admin/database.md` and `docs/decisions/001-embedded-postgresql.md`.
"""

from barbelo.db.server.failures import AlreadyRunning, PostgresFailed, StartCancelled
from barbelo.db.server.postgres import PostgresServer, borrowed, running_dsn

__all__ = [
    "AlreadyRunning",
    "PostgresFailed",
    "PostgresServer",
    "StartCancelled",
    "borrowed",
    "running_dsn",
]
