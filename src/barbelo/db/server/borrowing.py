"""A database for a command beside the server: the running one's, or one for as long as the command lasts."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from barbelo.db.server.failures import AlreadyRunning, FolderClosed, PostgresFailed
from barbelo.db.server.locks import told_by_holder
from barbelo.db.server.postgres import PostgresServer
from barbelo.db.server.shortpath import is_private

START_WAIT_S = 60.0


def running_dsn(data_dir: Path) -> str | None:
    """The DSN of the server that serves this data folder now, or None when none does or it is not ready yet.

    Raises `PostgresFailed` when the folder is closed to us, or its socket's short path not private (any more).
    """
    try:
        return _dsn(data_dir, told_by_holder(data_dir) or {})
    except PermissionError as error:
        raise FolderClosed(data_dir, error) from error


@contextmanager
def borrowed(server: PostgresServer) -> Iterator[str]:
    """Give the DSN of the folder's running server, or start `server` and stop it at the block's end.

    A server that is just starting is waited for. Raises `AlreadyRunning` when that takes more than
    `START_WAIT_S`, and what `PostgresServer.start` raises.
    """
    deadline = time.monotonic() + START_WAIT_S
    while True:
        dsn = running_dsn(server.data_dir)
        if dsn is not None:
            yield dsn
            return
        try:
            dsn = server.start()
        except AlreadyRunning:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            break
    try:
        yield dsn
    finally:
        server.stop()


def _dsn(data_dir: Path, facts: dict[str, object]) -> str | None:
    dsn = facts.get("dsn")
    if not isinstance(dsn, str):
        return None
    short = facts.get("short_path")
    if isinstance(short, str) and not is_private(Path(short), *_trusted(data_dir)):
        raise PostgresFailed(
            f"{short}, which leads to the database's socket, is not private; start the server anew"
        )
    return dsn


def _trusted(data_dir: Path) -> set[int]:
    """Whose folder we follow: root's, our own, the data folder's owner's."""
    return {0, os.geteuid(), data_dir.stat().st_uid}
