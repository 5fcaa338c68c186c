"""The embedded PostgreSQL: found, made, started, watched and stopped by us. Standard library only.

The process that holds it (`cli/supervise.py`) stays small because nothing here imports the driver.
See `docs/admin/database.md` and `docs/decisions/001-embedded-postgresql.md`.
"""

from barbelo.db.server.borrowing import borrowed, running_dsn
from barbelo.db.server.failures import AlreadyRunning, PostgresFailed, StartCancelled
from barbelo.db.server.postgres import PostgresServer

__all__ = [
    "AlreadyRunning",
    "PostgresFailed",
    "PostgresServer",
    "StartCancelled",
    "borrowed",
    "running_dsn",
]
