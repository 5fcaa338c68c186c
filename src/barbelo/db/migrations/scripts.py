"""Running a file of several SQL statements inside a migration."""

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only


def run_file(path: Path) -> None:
    """All statements of the file, in the migration's own transaction.

    They go to the driver as one script, which a prepared statement could not be.
    """
    op.execute("select 1")  # the transaction begins with the first statement that Alembic knows of
    driver: Any = op.get_bind().connection.driver_connection
    await_only(driver.execute(path.read_text("utf-8")))
