"""Starting processes that never outlive us, as the user they shall run as."""

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from signal import SIGKILL
from typing import NamedTuple

from barbelo.db.server.owner import Owner

PR_SET_PDEATHSIG = 1


class Place(NamedTuple):
    """As whom a PostgreSQL program runs, and with what in its hands. Descriptors are the caller's to close."""

    owner: Owner
    keep_fds: tuple[int, ...]  # inherited under the same numbers
    output_fd: int  # both stdout and stderr


def dies_with_parent(signum: int) -> Callable[[], None]:
    """Give a `preexec_fn`: the kernel sends `signum` to the child at the death of the thread that forked it.

    So spawn from the main thread. To be called after the change of user, which clears the wish;
    `subprocess` does so. Linux only; elsewhere the child is left to notice by itself.
    """
    parent = os.getpid()
    if not sys.platform.startswith("linux"):
        return _nothing
    prctl = ctypes.CDLL(
        None, use_errno=True
    ).prctl  # looked up here: a forked child should not load libraries

    def ask() -> None:
        if prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # it died between the fork and the wish
            os.kill(os.getpid(), SIGKILL)

    return ask


def check_main_thread() -> None:
    """A child started by another thread would be stopped at that thread's end. Raises RuntimeError."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Start the database server from the main thread: it stops when its thread ends")


def spawn(argv: Sequence[str], place: Place, *, death_signal: int) -> subprocess.Popen[bytes]:
    """Run a PostgreSQL program as `place.owner`, in a session of its own (a Ctrl-C is for us alone).

    The environment is made anew: our secrets are none of its business. It begins in `/`, which every
    user can come back to; PostgreSQL 15 insists on that.
    """
    owner = place.owner if place.owner.differs else None
    return subprocess.Popen(  # noqa: S603 -- argv is ours, no shell
        argv,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=place.output_fd,
        stderr=place.output_fd,
        env=clean_environment(),
        pass_fds=place.keep_fds,
        start_new_session=True,
        umask=0o077,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        preexec_fn=dies_with_parent(death_signal),  # noqa: PLW1509 -- one thread; prctl must follow the change of user
    )


def clean_environment() -> dict[str, str]:
    """What a PostgreSQL program needs, and nothing that steers it from outside (PG*, locales, secrets)."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"}


def _nothing() -> None:
    """The `preexec_fn` of systems without PR_SET_PDEATHSIG."""
