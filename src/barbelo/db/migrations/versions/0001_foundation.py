"""0001: the tables of the first release, and those of the job queue.

Why: there was nothing. The queue's part is pgqueuer 1.6.0's own installation, kept here so that
one tool makes all tables and the version is pinned.
Lock: none; the database is empty.
Size: none.
Way back: drop the database.
"""

from pathlib import Path

from barbelo.db.migrations.scripts import run_file

revision = "0001"
down_revision = None

_HERE = Path(__file__).parent


def upgrade() -> None:
    run_file(_HERE / "0001_foundation.sql")
    run_file(_HERE / "0001_queue.sql")
