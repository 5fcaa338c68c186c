"""Where files stay: a small interface, and the one that keeps them on this machine's disk.

Names are made from the content (SHA-256), never from what somebody called a file. So one picture
uploaded twice is kept once, a file never changes under its name (clients may cache it for ever),
and a path from outside can be checked by its shape alone.

Two rows may therefore share one file: whoever deletes asks the database first whether another row
still names it, and leaves files alone that were put less than an hour ago (`Listed.modified_at`),
for their row may not be committed yet. `put` renews that time also when the file was there already.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import anyio
import anyio.to_thread
from msgspec import Struct

from barbelo.gateways import spool
from barbelo.kernel.errors import NotFound, Overloaded

CHUNK_BYTES = 262_144
DISK_THREADS = 8  # a slow disk holds up so many threads and no more

_PATH = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}\.[a-z0-9]{1,8}", re.ASCII)
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)
_SHARD = re.compile(r"[0-9a-f]{2}", re.ASCII)


class StoredFile(Struct, frozen=True):
    """A kept file. `path` is relative, with slashes: what the database remembers and a URL ends with."""

    path: str
    size_bytes: int
    sha256: str


class Listed(Struct, frozen=True):
    """A file met while walking through a storage."""

    path: str
    size_bytes: int
    modified_at: datetime


class Storage(Protocol):
    """What every storage can do, be it a disk or an object store. Paths are those that `put` gave.

    A path of any other shape is `NotFound`, before anything is touched.
    """

    async def put(self, path_on_disk: Path, *, suffix: str) -> StoredFile:
        """Keep a copy of a local file, durably; `suffix` like `.png`. Twice is once. The source stays."""
        ...

    def read(self, path: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to (not with) `stop`, in chunks. Raises `NotFound`."""
        ...

    async def size_bytes(self, path: str) -> int:
        """Raises `NotFound`."""
        ...

    async def exists(self, path: str) -> bool: ...

    async def delete(self, path: str) -> None:
        """Forget a file; one that is not there is forgotten already."""
        ...

    def local_path(self, path: str) -> Path | None:
        """The file on this machine, for a server that sends files itself; None where there is none."""
        ...

    def iterate(self) -> AsyncIterator[Listed]:
        """Every file, in the order of the paths; those put or deleted meanwhile may be missed or met."""
        ...

    async def sweep(self, *, older_than_s: float) -> int:
        """Remove what interrupted writes left behind; gives how many."""
        ...


class DiskStorage:
    """Files under one folder: `ab/cd/<sha256>.png`, readable by owner and group (0640), folders 0750.

    Written beside, flushed to the disk (file and folder), then renamed: after a crash at any instant a name
    either leads to the whole file or does not exist. Raises `Overloaded` when the disk is full.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._limiter = anyio.CapacityLimiter(DISK_THREADS)

    async def put(self, path_on_disk: Path, *, suffix: str) -> StoredFile:
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError(f"not a suffix: {suffix!r}")
        return await anyio.to_thread.run_sync(self._put, path_on_disk, suffix, limiter=self._limiter)

    async def read(self, path: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        file = await anyio.to_thread.run_sync(self._open, self.local_path(path), start, limiter=self._limiter)
        try:
            left = stop - start if stop is not None else None
            while left is None or left > 0:
                wanted = CHUNK_BYTES if left is None else min(left, CHUNK_BYTES)
                chunk = await anyio.to_thread.run_sync(file.read, wanted, limiter=self._limiter)
                if not chunk:
                    return
                left = left - len(chunk) if left is not None else None
                yield chunk
        finally:
            file.close()

    async def size_bytes(self, path: str) -> int:
        place = self.local_path(path)
        with _absence_told():
            return (await anyio.to_thread.run_sync(place.lstat, limiter=self._limiter)).st_size

    async def exists(self, path: str) -> bool:
        try:
            await self.size_bytes(path)
        except NotFound:
            return False
        return True

    async def delete(self, path: str) -> None:
        place = self.local_path(path)
        await anyio.to_thread.run_sync(lambda: place.unlink(missing_ok=True), limiter=self._limiter)

    def local_path(self, path: str) -> Path:
        """Touches no disk. Raises `NotFound` for everything that `put` cannot have given."""
        if not _PATH.fullmatch(path):
            raise NotFound
        return self._root / path

    async def iterate(self) -> AsyncIterator[Listed]:
        for outer in await anyio.to_thread.run_sync(_shards, self._root, limiter=self._limiter):
            for listed in await anyio.to_thread.run_sync(_list_shard, outer, limiter=self._limiter):
                yield listed

    async def sweep(self, *, older_than_s: float) -> int:
        return await anyio.to_thread.run_sync(
            spool.remove_stale, self._incoming, older_than_s, limiter=self._limiter
        )

    def _put(self, source: Path, suffix: str) -> StoredFile:
        with _fullness_told():
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o750)
            descriptor, name = tempfile.mkstemp(prefix=spool.PREFIX, dir=self._incoming)
            try:
                with source.open("rb") as incoming, os.fdopen(descriptor, "wb") as outgoing:
                    size_bytes, sha256 = _copy(incoming, outgoing)
                    os.fchmod(outgoing.fileno(), 0o640)
                    os.fsync(outgoing.fileno())
                path = f"{sha256[:2]}/{sha256[2:4]}/{sha256}{suffix}"
                self._settle(Path(name), self._root / path, size_bytes)
            finally:
                Path(name).unlink(missing_ok=True)
        return StoredFile(path, size_bytes, sha256)

    def _settle(self, written: Path, place: Path, size_bytes: int) -> None:
        """Rename into place, unless the same file is there.

        Also then the folder is flushed: whoever renamed it may not have come so far yet.
        """
        for folder in (place.parent.parent, place.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True, mode=0o750)
                _flush_folder(folder.parent)
        try:
            there = place.lstat().st_size == size_bytes
            if there:
                os.utime(place, follow_symlinks=False)
        except FileNotFoundError:
            there = False
        if not there:
            written.replace(place)
        _flush_folder(place.parent)

    @staticmethod
    def _open(place: Path, start: int) -> BinaryIO:
        with _absence_told():
            file = os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW), "rb", buffering=0)
        file.seek(start)
        return file


def _copy(incoming: BinaryIO, outgoing: BinaryIO) -> tuple[int, str]:
    sha256, size_bytes = hashlib.sha256(), 0
    while chunk := incoming.read(CHUNK_BYTES):
        sha256.update(chunk)
        size_bytes += len(chunk)
        outgoing.write(chunk)
    outgoing.flush()
    return size_bytes, sha256.hexdigest()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shards(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(Path(entry) for entry in os.scandir(folder) if _SHARD.fullmatch(entry.name))


def _list_shard(outer: Path) -> list[Listed]:
    """The files of one of the 256 outer folders."""
    found = []
    for inner in _shards(outer):
        for entry in os.scandir(inner):
            path = f"{outer.name}/{inner.name}/{entry.name}"
            if _PATH.fullmatch(path) and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found.append(Listed(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
    return sorted(found, key=lambda listed: listed.path)


@contextmanager
def _absence_told() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound from error


@contextmanager
def _fullness_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise Overloaded("There is no room left for files", retry_after_s=60) from error
