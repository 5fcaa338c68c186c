"""A short name for a socket folder whose path is too long for the kernel.

A socket's address holds 107 bytes, a path may have thousands. PostgreSQL binds by a relative path
and never notices; for the clients we lay one symbolic link in a private folder (0700, ours) of the
runtime directory. The socket itself stays in the data folder.
"""

import os
import sys
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from barbelo.db.server.failures import PostgresFailed
from barbelo.db.server.tuning import PORT

SOCKET = f".s.PGSQL.{PORT}"
LONGEST_BYTES = 103 if sys.platform == "darwin" else 107
LINK = "pg"
PREFIX = "barbelo-"


def fits(folder: Path) -> bool:
    """Whether the socket in `folder` can be named by this path."""
    return len(os.fsencode(folder / SOCKET)) <= LONGEST_BYTES


class ShortPath:
    """The link by which clients reach the socket. `left` is the one an earlier run told of, used again."""

    def __init__(self, target: Path, left: object) -> None:
        self._target = target
        kept = Path(left) if isinstance(left, str) else None
        self.folder = kept if kept is not None and _is_ours(kept) else _new_folder()
        self.path = self.folder / LINK
        self.mend()

    def mend(self) -> None:
        """Lay the link again when somebody who tidies temporary files has taken it away.

        Raises `PostgresFailed` when the folder has become somebody else's.
        """
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
        if not _is_ours(self.folder):
            raise PostgresFailed(
                f"{self.folder}, which leads to the database's socket, is no longer ours alone"
            )
        if self.path.is_symlink() and self.path.readlink() == self._target:
            return
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(self._target)

    def remove(self) -> None:
        """Take link and folder away, if they are still there."""
        if _is_ours(self.folder):
            self.path.unlink(missing_ok=True)
            self.folder.rmdir()


def is_private(folder: Path, *uids: int) -> bool:
    """Whether this is a real folder, closed to others, that belongs to one of `uids`."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return S_ISDIR(status.st_mode) and not S_IMODE(status.st_mode) & 0o077 and status.st_uid in uids


def _is_ours(folder: Path) -> bool:
    return folder.name.startswith(PREFIX) and is_private(folder, os.geteuid())


def _new_folder() -> Path:
    tried = []
    for place in (os.environ.get("XDG_RUNTIME_DIR"), "/run", os.environ.get("TMPDIR"), "/tmp"):  # noqa: S108 -- a folder of our own, 0700, is made within
        if not place:
            continue
        folder = Path(place) / f"{PREFIX}{os.urandom(6).hex()}"
        if not folder.is_absolute() or not fits(folder / LINK):
            continue
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            tried.append(str(error))
        else:
            return folder
    raise PostgresFailed(
        f"The data folder's path is too long for a socket ({LONGEST_BYTES} bytes), and no short folder could be made "
        f"({'; '.join(tried)}). Use a data folder with a shorter path."
    )
