"""Putting a backup back, and proving one by putting it somewhere else.

Everything is read, checked and loaded in a folder beside (`.restore-…` in the data folder); only when all of it is
there, and every table has as many rows as it had, do the parts move into their places.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from msgspec import Struct

from barbelo.cli.backup_archive import DUMP, Head, Part, Reader
from barbelo.cli.backup_take import TABLES, count_rows, flush_folder
from barbelo.cli.postgres_tools import find_tool, run_tool
from barbelo.config.settings import Settings
from barbelo.db.fitness import check_fit
from barbelo.db.migrations.run import migrate, revisions
from barbelo.db.server import PostgresServer
from barbelo.db.server.folders import open_data
from barbelo.db.server.locks import ServerLock
from barbelo.domain.media.files import ALL_NAMED
from barbelo.kernel.errors import BarbeloError, Conflict

PLACES = ("postgres", "media", "emoji", "secrets")
"""What moves into the data folder, in this order: a folder with secrets and without the rest is a damaged one."""
CONFIG = "config-of-the-backup"
MEDIA = "media/"

Say = Callable[[str], None]


class NotProven(BarbeloError):
    """What was loaded is not what was backed up."""

    code = "backup_not_proven"


class Unpacked(Struct, frozen=True):
    """A backup whose bytes are all right. `kept` lists the files of the store that it has, one a line."""

    head: Head
    dump: Path
    kept: Path


def restore(file: Path, settings: Settings, *, force: bool, say: Say) -> None:
    """Put a backup into the data folder (and into the external database, where one is configured).

    Nobody may serve the folder. One that holds something is refused, unless `force`: then what it held is
    moved aside. An external database has to be empty in any case. Raises `Conflict`, `Damaged`, `NotProven`,
    `ToolFailed`, `PostgresFailed`.
    """
    data = settings.server.data_path
    with ExitStack() as stack:
        _hold(data, stack)
        occupied = [name for name in PLACES if _holds_something(data / name)]
        if occupied and not force:
            raise Conflict(
                f"{data} is not empty (there is {', '.join(occupied)}). Name another folder, or say --force:"
                " what is there will be moved aside, and not deleted"
            )
        if settings.database.url:
            asyncio.run(_check_empty(settings.database.url))
        beside = stack.enter_context(_beside(data))
        unpacked = unpack(file, beside, say)
        _tell_differences(unpacked.head, settings, say)
        if settings.database.url:
            asyncio.run(_load(unpacked, settings.database.url, say, own=False))
        else:
            _load_into_own(unpacked, beside, settings, say)
        os.sync()  # the database and the files, before they take their places
        _move_into_place(beside, data, occupied, say)


def verify(file: Path, settings: Settings, say: Say) -> None:
    """Restore a backup into a temporary folder, with a PostgreSQL of its own, compare, and throw it away.

    Raises what `restore` raises. Needs room for the dump and the database, not for the uploads.
    """
    with tempfile.TemporaryDirectory(prefix="barbelo-verify-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to be another user's
        unpacked = unpack(file, folder, say, only_dump=True)
        _load_into_own(unpacked, folder, settings, say)


def unpack(file: Path, into: Path, say: Say, *, only_dump: bool = False) -> Unpacked:
    """Read all of a backup, check every byte of it, and lay its parts into a folder. Raises `Damaged`."""
    files = 0
    kept = into / "kept"
    with file.open("rb") as opened, Reader(opened) as reader, kept.open("w", encoding="utf-8") as names:
        head = reader.head
        if head.revision not in revisions():
            raise Conflict(
                f"The backup is of Barbelo {head.barbelo} (revision {head.revision}), which is newer than this one"
            )
        say(f"backup of {head.url}, taken {head.taken_at:%Y-%m-%d %H:%M} UTC by Barbelo {head.barbelo}")
        for part in reader.parts():
            files += part.name != DUMP
            if part.name.startswith(MEDIA):
                names.write(part.name.removeprefix(MEDIA) + "\n")
            if part.name == DUMP or not only_dump:
                _lay(part, into)
    say(f"read: {files:,} files and the database; all checksums are right")
    return Unpacked(head, into / DUMP, kept)


def _lay(part: Part, into: Path) -> None:
    """Write one part below `into`, as its owner's alone, or readable by the group where a web server may want it."""
    place = into / part.name
    shared = part.name.startswith(("media/", "emoji/"))
    for folder in reversed(place.relative_to(into).parents[:-1]):
        with suppress(FileExistsError):
            (into / folder).mkdir(mode=0o750 if shared else 0o700)
            _hand_over(into / folder, into)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(place, flags, 0o640 if shared else 0o600), "wb") as out:
        for chunk in part.chunks():
            out.write(chunk)
    os.utime(place, (part.mtime_s, part.mtime_s))
    _hand_over(place, into)


def _hand_over(place: Path, like: Path) -> None:
    """As root: to the owner of the data folder, who will run the server."""
    if os.geteuid() == 0:
        status = like.stat()
        os.chown(place, status.st_uid, status.st_gid, follow_symlinks=False)


# The database.


def _load_into_own(unpacked: Unpacked, folder: Path, settings: Settings, say: Say) -> None:
    # Without fsync: if the machine dies now, all of this is thrown away; before it counts, it is flushed as a whole.
    server = PostgresServer(
        folder, shared_buffers_mb=settings.database.shared_buffers_mb, fsync=False, say=say
    )
    with server:
        asyncio.run(_load(unpacked, server.dsn, say, own=True))


async def _load(unpacked: Unpacked, dsn: str, say: Say, *, own: bool) -> None:
    """Fill an empty database, compare, and bring it to our shape."""
    head = unpacked.head
    connection = await asyncpg.connect(dsn)
    try:
        major = connection.get_server_version().major
        if major < head.postgres:
            raise Conflict(
                f"The backup is of PostgreSQL {head.postgres}; it cannot be put into PostgreSQL {major}, which is older"
            )
        program = find_tool("pg_restore", major, own_first=own)
        options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        await run_tool(program, [*options, str(unpacked.dump)], dsn)
        await _compare_rows(connection, head)
        say(f"database: {sum(head.rows.values()):,} rows in {len(head.rows)} tables, as many as there were")
        if done := await migrate(dsn):
            say(f"migrated: {', '.join(done)}")
        if missing := await _count_missing(connection, unpacked.kept):
            say(
                f"careful: {missing} files that the database names are not in the backup: the server had lost them"
            )
        await connection.execute("analyze")
    finally:
        await connection.close()


async def _compare_rows(connection: asyncpg.Connection, head: Head) -> None:
    found = await count_rows(connection)
    wrong = [
        f"{name}: {found.get(name, 'no table')} instead of {head.rows.get(name, 'no table')}"
        for name in sorted(found.keys() | head.rows.keys())
        if found.get(name) != head.rows.get(name)
    ]
    if wrong:
        raise NotProven(
            f"The restored database has other rows than the one that was backed up. {'; '.join(wrong)}"
        )


async def _count_missing(connection: asyncpg.Connection, kept: Path) -> int:
    """How many files of the store are named by a row and not in the backup."""
    await connection.execute("create temporary table kept (path text)")
    await connection.copy_to_table("kept", source=kept, format="text", schema_name="pg_temp")
    lacking = "path is not null and not exists (select 1 from kept where kept.path = named.path)"
    missing: int = await connection.fetchval(
        f"select count(*) from ({ALL_NAMED.sql}) named (path) where {lacking}"  # noqa: S608 -- ours
    )
    return missing


async def _check_empty(dsn: str) -> None:
    await check_fit(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(TABLES)
    finally:
        await connection.close()
    if tables:
        raise Conflict(
            f"The database named by database.url is not empty ({len(tables)} tables). Make a new one and name that:"
            " nothing here deletes what is in a database of yours"
        )


# The data folder.


def _hold(data: Path, stack: ExitStack) -> None:
    """No server may start while we are at it. Raises `AlreadyRunning`."""
    descriptor = open_data(data)
    stack.callback(os.close, descriptor)
    lock = ServerLock(data)
    lock.acquire(descriptor)
    stack.callback(lock.release)


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


@contextmanager
def _beside(data: Path) -> Iterator[Path]:
    """A folder on the same disk, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=".restore-", dir=data))
    try:
        _hand_over(folder, data)
        yield folder
    except OSError as error:
        raise BarbeloError(f"The backup cannot be put back: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(beside: Path, data: Path, occupied: list[str], say: Say) -> None:
    if occupied:
        aside = data / f"replaced-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        aside.mkdir(mode=0o700)
        for name in occupied:
            (data / name).rename(aside / name)
        say(f"what was there is in {aside}; delete it when you do not need it any more")
    for name in PLACES:
        if (beside / name).exists():
            with suppress(OSError):  # an empty folder gives way
                (data / name).rmdir()
            (beside / name).rename(data / name)
    for config in (beside / "config").glob("*"):
        config.replace(data / CONFIG)
        say(f"the configuration that it had is in {data / CONFIG}; nothing reads that file")
    flush_folder(data)


def _tell_differences(head: Head, settings: Settings, say: Say) -> None:
    if head.url != settings.server.url:
        say(
            f"careful: the backup is of {head.url}, and this configuration says {settings.server.url};"
            " the address is part of everything that was published"
        )
