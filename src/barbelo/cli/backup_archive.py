"""The one file that a backup is: a tar, with the checksums of everything in it at its end.

    barbelo-backup.json  what it is of, and how many rows each table has
    database.dump        for pg_restore (its custom format)
    config/ secrets/ emoji/ media/
    SHA256SUMS           for `sha256sum -c`

It is not compressed as a whole: the dump is in itself, and so are pictures. Written and read in one go, without
ever holding more than a piece of it in memory.
"""

import hashlib
import os
import re
import tarfile
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Self

import msgspec
from msgspec import Struct

from barbelo.kernel.errors import BarbeloError

FORMAT = 1
HEAD = "barbelo-backup.json"
DUMP = "database.dump"
SUMS = "SHA256SUMS"
FOLDERS = ("config", "secrets", "emoji", "media")

CHUNK_BYTES = 1 << 20
LARGEST_HEAD_BYTES = 1 << 20
_PART = re.compile(rf"(?:{'|'.join(FOLDERS)})(?:/[^/\0\n\\]+)+")


class Damaged(BarbeloError):
    """The file is no backup, or not the one that was written."""

    code = "backup_damaged"


class Head(Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `rows` counts each table, in the very state that was dumped."""

    format: int = FORMAT
    barbelo: str
    taken_at: datetime
    url: str
    postgres: int
    revision: str
    rows: dict[str, int]


class Writer:
    """Writes a backup's parts into an open file that can be rewound; after `finish` the file is whole."""

    def __init__(self, out: IO[bytes], now_s: float) -> None:
        self._out = out
        self._now_s = now_s
        self._sums = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`

    def add_bytes(self, name: str, data: bytes) -> None:
        self._begin(name, len(data), 0o600, self._now_s)
        self._out.write(data)
        self._end(name, len(data), hashlib.sha256(data).hexdigest())

    async def add_stream(self, name: str, chunks: AsyncGenerator[bytes, None]) -> int:
        """A part whose size is known when it has been written. Gives the size."""
        begin = self._out.tell()
        self._begin(name, 0, 0o600, self._now_s)
        sha256, size = hashlib.sha256(), 0
        async with aclosing(chunks):
            async for chunk in chunks:
                sha256.update(chunk)
                size += self._out.write(chunk)
        self._end(name, size, sha256.hexdigest())
        end = self._out.tell()
        self._out.seek(begin)
        self._begin(name, size, 0o600, self._now_s)
        self._out.seek(end)
        return size

    def add_file(self, name: str, file: IO[bytes]) -> int:
        """A file, as long as it is at this moment. Raises `BarbeloError` when it becomes shorter meanwhile."""
        status = os.fstat(file.fileno())
        self._begin(name, status.st_size, status.st_mode & 0o700, status.st_mtime)
        sha256, left = hashlib.sha256(), status.st_size
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            sha256.update(chunk)
            left -= self._out.write(chunk)
        if left:
            raise BarbeloError(f"{name} became shorter while it was read; take the backup again")
        self._end(name, status.st_size, sha256.hexdigest())
        return status.st_size

    def finish(self) -> None:
        """Add the checksums, and make sure that all is on the disk."""
        self._sums.seek(0)
        self._begin(SUMS, os.fstat(self._sums.fileno()).st_size, 0o600, self._now_s)
        size = 0
        while chunk := self._sums.read(CHUNK_BYTES):
            size += self._out.write(chunk)
        self._pad(size)
        self._out.write(bytes(2 * tarfile.BLOCKSIZE))
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        self._sums.close()

    def _begin(self, name: str, size: int, mode: int, mtime: float) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, mode, int(mtime)
        self._out.write(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))

    def _end(self, name: str, size: int, sha256: str) -> None:
        self._pad(size)
        self._sums.write(f"{sha256}  {name}\n".encode("utf-8", "surrogateescape"))

    def _pad(self, size: int) -> None:
        self._out.write(bytes(-size % tarfile.BLOCKSIZE))


class Part:
    """One part while it is being read; what is not read of it is passed over, and counts all the same."""

    def __init__(self, info: tarfile.TarInfo, data: IO[bytes]) -> None:
        self.name = info.name
        self.size = info.size
        self.mode = info.mode & 0o700
        self.mtime_s = info.mtime
        self._data = data
        self._left = info.size
        self._sha256 = hashlib.sha256()

    def chunks(self) -> Iterator[bytes]:
        """Raises `Damaged` where the file ends too early."""
        while self._left:
            try:
                chunk = self._data.read(min(CHUNK_BYTES, self._left))
            except tarfile.TarError:  # its way to say that there is no more
                chunk = b""
            if not chunk:
                raise Damaged(f"The backup ends in the middle of {self.name}")
            self._sha256.update(chunk)
            self._left -= len(chunk)
            yield chunk

    def read(self, most: int) -> bytes:
        """A small part. Raises `Damaged` when it is not small."""
        if self.size > most:
            raise Damaged(f"{self.name} is too large")
        return b"".join(self.chunks())

    def finish(self) -> str:
        """The line for the checksums."""
        for _ in self.chunks():
            pass
        return f"{self._sha256.hexdigest()}  {self.name}\n"


class Reader:
    """Reads a backup from its begin to its end, once: `head`, then `parts`, which checks every byte."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises `Damaged` when the file does not begin as a backup does."""
        self._sums = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the block
        try:
            self._tar = tarfile.open(fileobj=file, mode="r|", bufsize=CHUNK_BYTES)  # noqa: SIM115 -- as above
            self.head = self._read_head()
        except tarfile.TarError as error:
            self._sums.close()
            raise Damaged(f"This is no backup of Barbelo: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sums.close()
        self._tar.close()

    def parts(self) -> Iterator[Part]:
        """Each part in turn. Ends well only when all are as they were written; else raises `Damaged`."""
        try:
            while (part := self._next()) is not None:
                if part.name == SUMS:
                    self._compare(part)
                    return
                if part.name != DUMP and not _is_part(part.name):
                    raise Damaged(f"The backup has a part of an impossible name: {part.name!r}")
                yield part
                self._note(part)
        except tarfile.TarError as error:
            raise Damaged(f"The backup is damaged: {error}") from error
        raise Damaged("The backup ends too early: its checksums are missing")

    def _next(self) -> Part | None:
        info = self._tar.next()
        self._tar.members = []  # type: ignore[attr-defined]  # it would remember every file of a large store
        if info is None:
            return None
        data = self._tar.extractfile(info) if info.isreg() else None
        if data is None:
            raise Damaged(f"The backup has a part that is no file: {info.name!r}")
        return Part(info, data)

    def _read_head(self) -> Head:
        part = self._next()
        if part is None or part.name != HEAD:
            raise Damaged("This is no backup of Barbelo")
        try:
            head = msgspec.json.decode(part.read(LARGEST_HEAD_BYTES), type=Head)
        except msgspec.DecodeError as error:
            raise Damaged(f"The backup's first page cannot be read: {error}") from error
        if head.format != FORMAT:
            raise Damaged(
                f"The backup has the form {head.format}, which this version of Barbelo does not know"
            )
        self._note(part)
        return head

    def _note(self, part: Part) -> None:
        self._sums.write(part.finish().encode("utf-8", "surrogateescape"))

    def _compare(self, told: Part) -> None:
        """The checksums that were found against those that were written: the same lines in the same order."""
        self._sums.seek(0)
        for chunk in told.chunks():
            found = self._sums.read(len(chunk))
            if found != chunk:
                raise Damaged(f"The backup is damaged in {_first_difference(found, chunk)}")
        if self._sums.read(1):
            raise Damaged("The backup has parts that its checksums do not name")


def _is_part(name: str) -> bool:
    return _PART.fullmatch(name) is not None and not {".", ".."} & set(name.split("/"))


def _first_difference(found: bytes, told: bytes) -> str:
    """The name of the first part whose line differs."""
    end = next((n for n, pair in enumerate(zip(found, told, strict=False)) if pair[0] != pair[1]), len(found))
    line_end = told.find(b"\n", end)
    line = told[told.rfind(b"\n", 0, end) + 1 : line_end if line_end >= 0 else None]
    return line.decode("utf-8", "replace").partition("  ")[2] or "a part that is not named"


def is_backup(path: Path) -> bool:
    """Whether a file looks like one of ours, which may be replaced by a newer one."""
    with suppress(OSError, Damaged), path.open("rb") as file, Reader(file):
        return True
    return False
