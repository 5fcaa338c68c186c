"""What can go wrong with the embedded PostgreSQL, each with a sentence for the administrator."""

import os
from pathlib import Path

from barbelo.kernel.errors import BarbeloError, Conflict


class PostgresFailed(BarbeloError):
    """The database server cannot be found, made or started. The message names the way out."""

    code = "postgres_failed"


class FolderClosed(PostgresFailed):
    """The data folder, or something in it, is another user's and closed to us."""

    code = "folder_closed"

    def __init__(self, data_dir: Path, error: PermissionError) -> None:
        super().__init__(
            f"This process (user {os.geteuid()}) may not use the data folder {data_dir}: {error.strerror} "
            f"({error.filename}). Start Barbelo as the folder's owner or as root, or give the whole folder "
            "to one user (chown -R).",
        )


class AlreadyRunning(Conflict):
    """Another process serves this data folder; `pid` is its process id, or None when it has not said."""

    code = "already_running"

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"The data folder {data_dir} is in use by {who}. One server per data folder: stop that one first, "
            "or name another folder.",
            pid=pid,
        )
        self.pid = pid


class StartCancelled(BarbeloError):
    """Somebody asked for a stop while PostgreSQL was still starting; it is stopped again."""

    code = "start_cancelled"
