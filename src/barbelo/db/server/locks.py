"""Two locks of the data folder, both let go by the kernel when their holders die, however they die.

`ServerLock` is held by the one process that serves the folder, and tells who it is and where its
database answers. The other is inherited by every PostgreSQL process: as long as one of them
lives, in whatever container, it is held; once it is free, a leftover `postmaster.pid` is stale,
even where its number has been given to somebody else since.
"""

import fcntl
import json
import os
from pathlib import Path

from barbelo.db.server.failures import AlreadyRunning
from barbelo.db.server.folders import careful, own_as_folder

SERVER_LOCK = "postgres.lock"
PROCESS_LOCK = "processes.lock"
FACTS_BYTES = 8192


class ServerLock:
    """`<data>/postgres.lock`: one server per data folder. Its text is a JSON object of facts."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._fd: int | None = None
        self.left: dict[str, object] = {}
        """What the holder before us had told: where its short socket path is, for one."""

    @property
    def held(self) -> bool:
        return self._fd is not None

    def acquire(self, data_fd: int) -> None:
        """Take the lock or raise `AlreadyRunning`; taking it twice is taking it once."""
        if self._fd is not None:
            return
        fd = open_lock(SERVER_LOCK, data_fd)
        facts = _read_facts(fd)
        if not _try_lock(fd):
            os.close(fd)
            pid = facts.get("pid")
            raise AlreadyRunning(self._data_dir, pid if isinstance(pid, int) else None)
        self._fd = fd
        self.left = facts

    def tell(self, **facts: object) -> None:
        """Write down who serves, for people and for `running_dsn`; replaces what was told before."""
        if self._fd is None:
            raise RuntimeError("Only the holder of the lock may write into it")
        text = json.dumps({"pid": os.getpid(), **facts}).encode() + b"\n"
        os.pwrite(self._fd, text, 0)
        os.ftruncate(self._fd, len(text))

    def release(self) -> None:
        """Let go. The file stays: removing it would let two servers lock two files of one name."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def told_by_holder(data_dir: Path) -> dict[str, object] | None:
    """The facts that the serving process told, or None when nobody serves this folder.

    Raises PermissionError when the folder is not ours to look into.
    """
    try:
        fd = os.open(data_dir / SERVER_LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if _try_lock(fd, shared=True):
            return None
        return _read_facts(fd)
    finally:
        os.close(fd)


def take_process_lock(home_fd: int) -> int | None:
    """A descriptor to be inherited by PostgreSQL, or None while processes of an earlier run live."""
    fd = open_lock(PROCESS_LOCK, home_fd)
    if _try_lock(fd):
        return fd
    os.close(fd)
    return None


def open_lock(name: str, folder_fd: int) -> int:
    """Open a lock file, made when missing. It belongs to its folder's owner, who may start us without root one day."""
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | careful(folder_fd), 0o600, dir_fd=folder_fd)
    own_as_folder(fd, folder_fd)
    return fd


def _try_lock(fd: int, *, shared: bool = False) -> bool:
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_facts(fd: int) -> dict[str, object]:
    try:
        facts = json.loads(os.pread(fd, FACTS_BYTES, 0))
    except ValueError:  # empty, or read in the middle of a writing
        return {}
    return facts if isinstance(facts, dict) else {}
