"""Taking a backup of a server that runs.

The rows are those of one instant: the dump and the counts share a snapshot. The files are copied after them,
and none that a row of that instant names is removed meanwhile, for the sweep of the store waits
(`jobs/work/files.py`). So there may be files that no row names; never the other way round.
"""

import fcntl
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import asyncpg
import msgspec
from msgspec import Struct

from barbelo import __version__
from barbelo.cli.backup_archive import DUMP, HEAD, Head, Writer, is_backup
from barbelo.cli.postgres_tools import find_tool, read_output
from barbelo.config.load import Loaded
from barbelo.db.migrations.run import current_revision
from barbelo.jobs.work.files import BACKUP_LOCK
from barbelo.kernel.errors import BarbeloError, Conflict

FOLDERS = ("secrets", "emoji", "media")
"""Of the data folder, in the order in which they are copied."""
COMPRESSION = 3  # of the dump, by zlib: two thirds of the time that the usual 6 takes, for a tenth more bytes

Say = Callable[[str], None]

TABLES = """
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r' order by c.relname
"""


class Snapshot(Struct, frozen=True):
    """The database as it is at one instant. `name` is what pg_dump may share it by."""

    name: str
    head: Head


async def take(file: Path, loaded: Loaded, dsn: str, say: Say) -> None:
    """Write a backup of everything to `file`: beside it at first, renamed when it is whole. Mode 0600.

    An older backup of that name is replaced. Raises `Conflict` for another file, `ToolFailed`, `OSError`.
    """
    with _written_beside(file) as out:
        async with _snapshot(dsn, loaded) as snapshot:
            writer = Writer(out, time.time())
            try:
                await _write(writer, snapshot, loaded, dsn, say)
            finally:
                writer.close()


async def _write(writer: Writer, snapshot: Snapshot, loaded: Loaded, dsn: str, say: Say) -> None:
    head = snapshot.head
    writer.add_bytes(HEAD, msgspec.json.format(msgspec.json.encode(head)) + b"\n")
    size = await writer.add_stream(DUMP, _dump(snapshot, dsn, own_first=not loaded.settings.database.url))
    say(f"database: {sum(head.rows.values()):,} rows in {len(head.rows)} tables, {_mb(size)}")
    if loaded.file is not None:
        writer.add_bytes(f"config/{loaded.file.name}", loaded.file.read_bytes())
        say(f"config: {loaded.file}")
    for name in FOLDERS:
        count, size = 0, 0
        for part, path in _files(loaded.settings.server.data_path / name, name, say):
            with (
                suppress(FileNotFoundError),
                path.open("rb") as opened,
            ):  # swept since it was listed: no row's
                size += writer.add_file(part, opened)
                count += 1
        say(f"{name}: {count:,} files, {_mb(size)}")
    writer.finish()


def _dump(snapshot: Snapshot, dsn: str, *, own_first: bool) -> AsyncGenerator[bytes, None]:
    program = find_tool("pg_dump", snapshot.head.postgres, own_first=own_first)
    arguments = ("--format=custom", f"--compress={COMPRESSION}", "--no-owner", "--no-privileges")
    return read_output(program, (*arguments, f"--snapshot={snapshot.name}"), dsn)


@asynccontextmanager
async def _snapshot(dsn: str, loaded: Loaded) -> AsyncIterator[Snapshot]:
    """An instant of the database, held until the block ends; and the store is not swept meanwhile."""
    revision = await current_revision(dsn)
    if revision is None:
        raise Conflict("The database is empty; there is nothing to back up")
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "barbelo backup"})
    try:
        await connection.execute("select pg_advisory_lock_shared($1)", BACKUP_LOCK)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            name = await connection.fetchval("select pg_export_snapshot()")
            head = Head(
                barbelo=__version__,
                taken_at=datetime.now(UTC),
                url=loaded.settings.server.url,
                postgres=connection.get_server_version().major,
                revision=revision,
                rows=await count_rows(connection),
            )
            yield Snapshot(name, head)
    finally:
        connection.terminate()


async def count_rows(connection: asyncpg.Connection) -> dict[str, int]:
    """How many rows each table has; exactly, and so as long as reading them all takes."""
    names = [row["relname"] for row in await connection.fetch(TABLES)]
    return {name: await connection.fetchval(f'select count(*) from "{name}"') for name in names}  # noqa: S608 -- names from the catalogue


def _files(folder: Path, prefix: str, say: Say) -> Iterator[tuple[str, Path]]:
    """The files below a folder as (name in the backup, path), in order. Hidden ones are half-written: passed over."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        name = f"{prefix}/{entry.name}"
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), name, say)
        elif not entry.is_file(follow_symlinks=False) or set(entry.name) & {"\n", "\\"}:
            say(f"passed over, being no ordinary file: {entry.path}")
        else:
            yield name, Path(entry.path)


@contextmanager
def _written_beside(file: Path) -> Iterator[IO[bytes]]:
    """An open file that takes the place of `file` when the block ends well, and is gone when it does not.

    One that a killed backup left is written over. Raises `Conflict` when `file` is something else than an
    older backup, or is being written by somebody else.
    """
    if file.exists() and not is_backup(file):
        raise Conflict(f"{file} is there and is no backup of Barbelo; it is left alone")
    beside = file.with_name(f".{file.name}.part")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w+b") as out:
            _take_alone(out, file)
            try:
                yield out
                beside.rename(file)
            finally:
                beside.unlink(missing_ok=True)
        flush_folder(file.parent)
    except OSError as error:
        raise BarbeloError(f"The backup cannot be taken: {error}") from error


def _take_alone(out: IO[bytes], file: Path) -> None:
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"Another backup is being written to {file}") from None
    os.fchmod(out.fileno(), 0o600)
    os.ftruncate(out.fileno(), 0)


def flush_folder(folder: Path) -> None:
    """Make sure that a rename in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mb(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
