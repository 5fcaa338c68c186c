"""The folders of the data folder that PostgreSQL needs, opened once and named by descriptor from then on.

When root works in a folder that another user owns, a path could lead anywhere; a descriptor cannot.

    <data>/                  the administrator's, 0700
    <data>/postgres.lock     who serves this folder
    <data>/log/postgres.log  what PostgreSQL says
    <data>/postgres/         PostgreSQL's own user, 0700: socket, lock, copied programs
    <data>/postgres/cluster/ what `initdb` made
"""

import os
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from barbelo.db.server.failures import PostgresFailed
from barbelo.db.server.owner import Owner

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def open_data(data_dir: Path) -> int:
    """Open the data folder, made when missing, for its owner alone."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(data_dir, FOLDER)


def open_below(data_fd: int, name: str, owner: Owner | None = None) -> int:
    """Open a folder of the data folder, made when missing: 0700, `owner`'s or as the data folder itself.

    Raises `PostgresFailed` when it belongs to a third.
    """
    above = os.fstat(data_fd)
    uid, gid = (owner.uid, owner.gid) if owner else (above.st_uid, above.st_gid)
    try:
        os.mkdir(name, 0o700, dir_fd=data_fd)
        made = True
    except FileExistsError:
        made = False
    fd = os.open(name, FOLDER | careful(data_fd), dir_fd=data_fd)
    status = os.fstat(fd)
    if made and (status.st_uid, status.st_gid) != (uid, gid) and os.geteuid() == 0:
        os.fchown(fd, uid, gid)
    elif owner and status.st_uid == 0 != uid:
        hand_over(fd, owner)  # a restored archive, unpacked by root
    elif owner and status.st_uid != uid:
        os.close(fd)
        raise PostgresFailed(
            f"The folder {name} of the data folder belongs to user {status.st_uid}, not to {owner.name}"
        )
    if S_IMODE(status.st_mode) & 0o077:
        os.fchmod(fd, 0o700)
    return fd


def careful(folder_fd: int) -> int:
    """The flag that refuses links, where root would follow one that another user laid."""
    return os.O_NOFOLLOW if os.geteuid() == 0 and os.fstat(folder_fd).st_uid != 0 else 0


def own_as_folder(fd: int, folder_fd: int) -> None:
    """Give a file that root has just opened to the owner of the folder it lies in."""
    above = os.fstat(folder_fd)
    if os.geteuid() == 0 and os.fstat(fd).st_uid == 0 != above.st_uid:
        os.fchown(fd, above.st_uid, above.st_gid)


def hand_over(folder_fd: int, owner: Owner) -> None:
    """Give what is root's in this folder, and the folder, to `owner`; links themselves, not what they name."""
    for _, folders, files, here in os.fwalk(dir_fd=folder_fd):
        for name in (*folders, *files):
            if os.stat(name, dir_fd=here, follow_symlinks=False).st_uid == 0:
                os.chown(name, owner.uid, owner.gid, dir_fd=here, follow_symlinks=False)
    os.fchown(folder_fd, owner.uid, owner.gid)


def exists(name: str, folder_fd: int) -> bool:
    """Whether something has this name, be it a broken link."""
    try:
        os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def remove_tree(name: str, folder_fd: int) -> None:
    """Remove a folder and all below it, following no link. One that is not there is as good as removed."""
    try:
        here = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=folder_fd)
    except FileNotFoundError:
        return
    try:
        for entry in os.listdir(here):  # noqa: PTH208 -- by descriptor
            if S_ISDIR(os.stat(entry, dir_fd=here, follow_symlinks=False).st_mode):
                remove_tree(entry, here)
            else:
                os.unlink(entry, dir_fd=here)
    finally:
        os.close(here)
    os.rmdir(name, dir_fd=folder_fd)


def remove_file(name: str, folder_fd: int) -> None:
    """Remove a file that may not be there."""
    try:
        os.unlink(name, dir_fd=folder_fd)
    except FileNotFoundError:
        return


def read_text(name: str, folder_fd: int, limit_bytes: int = 4096) -> str | None:
    """The beginning of a small file, or None when it is not there."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    except FileNotFoundError:
        return None
    try:
        return os.read(fd, limit_bytes).decode("utf-8", errors="replace")
    finally:
        os.close(fd)
