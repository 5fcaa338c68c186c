"""Where bytes from outside wait before anybody knows what they are: temporary files with a limit."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
from msgspec import Struct

from barbelo.kernel.errors import TooLarge

BUFFER_BYTES = 1_048_576  # written, and hashed, at once in a thread: one hop for many small chunks
PREFIX = "barbelo-"


class Spooled(Struct, frozen=True):
    """A file that came in. Whoever asked for it deletes it. `sha256` is of the bytes as they came, in hex."""

    path: Path
    size_bytes: int
    sha256: str


async def spool(chunks: AsyncIterator[bytes], limit_bytes: int, folder: Path) -> Spooled:
    """Receive `chunks` into a new private file in `folder`, hashing on the way.

    Raises `TooLarge` at the first byte beyond `limit_bytes`; then, or when the sender goes away,
    nothing stays on the disk.
    """
    writing = await anyio.to_thread.run_sync(_Writing, folder)
    try:
        pending = bytearray()
        size_bytes = 0
        async for chunk in chunks:
            size_bytes += len(chunk)
            if size_bytes > limit_bytes:
                raise TooLarge("File is too large", limit_bytes=limit_bytes)  # noqa: TRY301 - the `except` cleans up
            pending += chunk
            if len(pending) >= BUFFER_BYTES:
                await anyio.to_thread.run_sync(writing.write, bytes(pending))
                pending.clear()
        await anyio.to_thread.run_sync(writing.finish, bytes(pending))
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(writing.abandon)
        raise
    return Spooled(writing.path, size_bytes, writing.hash.hexdigest())


class _Writing:
    """An open temporary file and its hash; every method blocks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.descriptor, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)  # 0600
        self.path = Path(name)
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.hash.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def finish(self, data: bytes) -> None:
        self.write(data)
        os.close(self.descriptor)
        self.descriptor = -1

    def abandon(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.path.unlink(missing_ok=True)


@asynccontextmanager
async def workshop(folder: Path) -> AsyncIterator[Path]:
    """A private temporary folder inside `folder`, gone with all it holds at the end of the block."""

    def build() -> Path:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))  # 0700

    place = await anyio.to_thread.run_sync(build)
    try:
        yield place
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(shutil.rmtree, place, True)


async def sweep(folder: Path, *, older_than_s: float) -> int:
    """Remove what a killed process left in `folder`, if untouched for so long. Gives how many entries went.

    Only names that begin like ours are touched, so `folder` may be the system's.
    """
    return await anyio.to_thread.run_sync(remove_stale, folder, older_than_s)


def remove_stale(folder: Path, older_than_s: float) -> int:
    """`sweep` for those who are in a thread already."""
    if not folder.is_dir():
        return 0
    before, removed = time.time() - older_than_s, 0
    for entry in list(os.scandir(folder)):
        if not entry.name.startswith(PREFIX) or entry.stat(follow_symlinks=False).st_mtime > before:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)
        removed += 1
    return removed
