"""The database cluster in the data folder: made once, claimed at every start."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGKILL

from barbelo.db.server.binaries import Binaries
from barbelo.db.server.failures import PostgresFailed, StartCancelled
from barbelo.db.server.folders import exists, hand_over, open_below, read_text, remove_file, remove_tree
from barbelo.db.server.leftovers import PATIENCE_S, STEPS, Leftovers, find_leftovers
from barbelo.db.server.locks import take_process_lock
from barbelo.db.server.log import Log
from barbelo.db.server.owner import Owner, check_has_name
from barbelo.db.server.process import Place, spawn
from barbelo.db.server.shortpath import SOCKET

HOME = "postgres"
CLUSTER = "cluster"
DRAFT = "cluster.new"
PID_FILE = "postmaster.pid"
STATUS_LINE = 7
"""Counted from 0. Source: postgresql.org/docs/18/storage-file-layout.html, src/include/utils/pidfile.h."""
SUPERUSER = "postgres"

Say = Callable[[str], None]
Asked = Callable[[], bool]


class Cluster:
    """`<data>/postgres/`, opened. `path` and `fd` are that folder's; the cluster lies within."""

    def __init__(self, data_dir: Path, data_fd: int, owner: Owner) -> None:
        self.path = data_dir / HOME
        self.owner = owner
        self.fd = open_below(data_fd, HOME, owner)

    def close(self) -> None:
        os.close(self.fd)

    def major(self) -> int | None:
        """The PostgreSQL version that made the cluster, or None while there is none.

        Raises `PostgresFailed` when something else lies in its place.
        """
        if not exists(CLUSTER, self.fd):
            return None
        inside = self.open()
        try:
            text = read_text("PG_VERSION", inside)
        finally:
            os.close(inside)
        if text is None or not text.strip().isdecimal():
            raise PostgresFailed(f"{self.path / CLUSTER} holds no PostgreSQL database (it has no PG_VERSION)")
        return int(text)

    def open(self) -> int:
        """Open the cluster's own folder; what a restore as root left as root's is handed over."""
        fd = open_below(self.fd, CLUSTER, self.owner)
        if os.fstat(fd).st_uid == 0 != self.owner.uid:
            hand_over(fd, self.owner)
        return fd

    def directory(self, inside: int, name: str = CLUSTER) -> str:
        """The `-D` for a program that inherits `inside`, this folder opened.

        Its real path, unless the program runs as another user: folders above may be closed to
        that one (/root is), and what it holds open it can reach all the same.
        """
        if self.owner.differs and Path("/proc/self/fd").is_dir():
            return f"/proc/self/fd/{inside}"
        return str(self.path / name)

    def claim(self, say: Say, cancelled: Asked) -> int:
        """Wait until nothing of an earlier run lives, and take the lock that PostgreSQL will inherit.

        Raises `StartCancelled`, and `PostgresFailed` after `PATIENCE_S`, naming who is in the way.
        """
        began = time.monotonic()
        step = 0
        while True:
            lock = take_process_lock(self.fd)
            if lock is not None:
                if (
                    not self._leftovers()
                ):  # the lock's second opinion, for file systems that only pretend to lock
                    return lock
                os.close(lock)
            if cancelled():
                raise StartCancelled("Stopped while waiting for an earlier PostgreSQL to end")
            waited = time.monotonic() - began
            if step < len(STEPS) and waited >= STEPS[step][0]:
                left = self._leftovers()
                say(
                    f"PostgreSQL processes of an earlier run are still ending (process {left}); waiting for them"
                )
                left.urge(step)
                step += 1
            elif waited > PATIENCE_S:
                raise PostgresFailed(
                    f"PostgreSQL processes of an earlier run (process {self._leftovers()}) do not let go of {self.path}. "
                    "Stop them, or the container they run in, and start again."
                )
            time.sleep(0.02)

    def make(self, binaries: Binaries, lock: int, log: Log) -> None:
        """Run `initdb` in a draft folder and rename it when all is on the disk: there is a whole cluster, or none.

        Raises `PostgresFailed` with what initdb said.
        """
        check_has_name(self.owner)
        remove_tree(DRAFT, self.fd)  # of a first start that was killed
        inside = open_below(self.fd, DRAFT, self.owner)
        log.mark()
        place = Place(self.owner, (inside, lock), log.fd)
        try:
            code = spawn(_initdb(binaries, self.directory(inside, DRAFT)), place, death_signal=SIGKILL).wait()
        finally:
            os.close(inside)
        if code != 0:
            raise PostgresFailed(
                f"PostgreSQL's initdb failed (exit code {code}). It said:\n{log.last_words()}"
            )
        os.rename(DRAFT, CLUSTER, src_dir_fd=self.fd, dst_dir_fd=self.fd)
        os.fsync(self.fd)

    def tidy(self, inside: int) -> None:
        """Remove what a killed PostgreSQL left. Only for the holder of the lock of `claim`.

        PostgreSQL itself trusts the process number in these files, and refuses to start when that
        number is now another program's: in a container, where numbers are small, it often is.
        """
        remove_file(PID_FILE, inside)
        remove_file(f"{SOCKET}.lock", self.fd)
        remove_file(SOCKET, self.fd)

    def seems_ready(self) -> bool:
        """What the postmaster notes about itself: a hint when to knock, so that its log stays free of refusals."""
        inside = self.open()
        try:
            lines = (read_text(PID_FILE, inside) or "").splitlines()
        finally:
            os.close(inside)
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def _leftovers(self) -> Leftovers:
        if not exists(CLUSTER, self.fd):
            return Leftovers(None, ())
        inside = self.open()
        try:
            text = read_text(PID_FILE, inside) or ""
            first = text.partition("\n")[0].strip()
            return find_leftovers(inside, int(first) if first.isdecimal() else None)
        finally:
            os.close(inside)


def _initdb(binaries: Binaries, directory: str) -> list[str]:
    """UTF-8 and the order of code points, whatever the machine's language.

    From 17 on PostgreSQL brings that locale itself, so that no update of the C library can
    change the order under an index.
    """
    # The C library's C.UTF-8 is missing on macOS; there C stands in for all that is not PostgreSQL's own.
    libc = "C.UTF-8" if sys.platform.startswith("linux") else "C"
    locale = [f"--locale={libc}"]
    if binaries.major >= 17:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [
        binaries.program("initdb"),
        f"--pgdata={directory}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        *locale,
        "--data-checksums",
        "--auth-local=trust",  # whoever reaches the socket has passed the folder's 0700
        "--auth-host=reject",
        "--no-instructions",
    ]
