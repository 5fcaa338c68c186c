"""PostgreSQL processes that outlived the process which had started them.

Usually they are on their way out (the kernel told them so, see `process.dies_with_parent`) and
want nothing but a moment. They are known by the cluster they stand in, not by a number in a file.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from typing import NamedTuple

PROGRAMS = frozenset({"postgres", "initdb"})
STEPS = (
    # seconds of waiting, the postmaster's signal (fast, immediate, none), its orphans' signal
    (2.0, None, SIGQUIT),
    (15.0, SIGINT, SIGKILL),
    (60.0, SIGQUIT, SIGKILL),
    (75.0, SIGKILL, SIGKILL),
)
PATIENCE_S = 90.0


class Leftovers(NamedTuple):
    """The living processes of one cluster: its postmaster, or children whose postmaster is dead."""

    postmaster: int | None
    others: tuple[int, ...]

    def __bool__(self) -> bool:
        return self.postmaster is not None or bool(self.others)

    def __str__(self) -> str:
        numbers = self.others if self.postmaster is None else (self.postmaster, *self.others)
        return ", ".join(str(number) for number in numbers) or "unknown"

    def urge(self, step: int) -> None:
        """Send the signals of `STEPS[step]`. A living postmaster sees to its children itself.

        Orphans are of no use to anybody: what they had not committed is undone by the recovery.
        """
        _, to_postmaster, to_orphans = STEPS[step]
        if self.postmaster is None:
            for pid in self.others:
                _send(pid, to_orphans)
        elif to_postmaster is not None:
            _send(self.postmaster, to_postmaster)
            if to_postmaster == SIGKILL:
                for pid in self.others:
                    _send(pid, SIGKILL)


def find_leftovers(cluster_fd: int, postmaster_pid: int | None) -> Leftovers:
    """Who stands in this cluster's folder. Empty on systems without /proc: there the lock alone tells."""
    folder = os.fstat(cluster_fd)
    found = sorted(pid for pid in _processes() if _stands_in(pid, folder))
    if postmaster_pid in found:
        return Leftovers(postmaster_pid, tuple(pid for pid in found if pid != postmaster_pid))
    return Leftovers(None, tuple(found))


def _processes() -> Iterator[int]:
    try:
        names = os.listdir("/proc")  # noqa: PTH208 -- names only
    except OSError:
        return
    for name in names:
        if name.isdecimal():
            yield int(name)


def _stands_in(pid: int, folder: os.stat_result) -> bool:
    """Whether this is a PostgreSQL program (not an administrator's shell) whose working directory is `folder`."""
    proc = Path("/proc") / str(pid)
    try:
        if (proc / "comm").read_text().strip() not in PROGRAMS:
            return False
        return os.path.samestat((proc / "cwd").stat(), folder)
    except OSError:  # gone meanwhile, or another user's
        return False


def _send(pid: int, signum: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)
