"""What can go wrong with the embedded PostgreSQL, each with a sentence for the administrator."""

from pathlib import Path

from barbelo.kernel.errors import BarbeloError, Conflict


class PostgresFailed(BarbeloError):
    """The database server cannot be found, made or started. The message names the way out."""

    code = "postgres_failed"


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
