"""Keeping the store free of files that nobody names any more.

Rows go first, files follow here: nobody else deletes a file of the store. So a backup, which takes the rows
first, only has to keep this from running to find every file that its rows name.
"""

from datetime import UTC, datetime, timedelta

import anyio.to_thread
from sqlalchemy import text

from barbelo.db.database import Database
from barbelo.db.statement import statement
from barbelo.domain.media.attachments import drop_unattached
from barbelo.domain.media.files import list_unnamed
from barbelo.gateways.storage import Listed, Storage
from barbelo.jobs.job import MORE, Share, job
from barbelo.kernel.errors import Overloaded

ROWS_A_RUN = 1000
FILES_AT_ONCE = 2000
YOUNG_FOR = timedelta(hours=1)
"""A file's row may be committed a while after the file was put."""
ABANDONED_S = 6 * 3600.0
"""What an interrupted upload left behind is nobody's after that."""
BACKUP_LOCK = (
    0x62617263  # "barc": held, shared, by backups; a sweep that finds it held waits for another time
)
BACKUP_TAKES_S = 600

_TRY_LOCK = statement(text(f"select pg_try_advisory_xact_lock({BACKUP_LOCK})"))


@job()
async def drop_unattached_media(*, db: Database) -> Share | None:
    """Forget the rows of uploads that nobody attached within a day."""
    async with db.transaction() as tx:
        dropped = await drop_unattached(tx, most=ROWS_A_RUN)
    return MORE if dropped == ROWS_A_RUN else None


@job(longest_s=6 * 3600)
async def sweep_files(*, db: Database, storage: Storage) -> None:
    """Walk through the whole store, a few files at a time. Interrupted, it begins anew; that costs only time."""
    await storage.sweep(older_than_s=ABANDONED_S)
    batch: list[Listed] = []
    async for file in storage.iterate():
        if file.modified_at < db.now() - YOUNG_FOR:
            batch.append(file)
        if len(batch) >= FILES_AT_ONCE:
            await _sweep(db, storage, batch)
            batch.clear()
    await _sweep(db, storage, batch)


async def _sweep(db: Database, storage: Storage, batch: list[Listed]) -> None:
    """Delete those of the batch that no row names. Raises `Overloaded` while a backup is being taken."""
    async with db.transaction() as tx:
        unnamed = await list_unnamed(tx, [file.path for file in batch])
        # Asked last: a backup that begins after this does not know of these files either.
        if not await tx.value(_TRY_LOCK):
            raise Overloaded("A backup is being taken", retry_after_s=BACKUP_TAKES_S)
    for path in unnamed:
        if not await _put_again(storage, path, db.now() - YOUNG_FOR):
            await storage.delete(path)


async def _put_again(storage: Storage, path: str, since: datetime) -> bool:
    """Whether the same file was uploaded again since it was listed: its row is on the way."""
    place = storage.local_path(path)
    if place is None:
        return False
    try:
        status = await anyio.to_thread.run_sync(place.lstat)
    except FileNotFoundError:
        return False
    return datetime.fromtimestamp(status.st_mtime, UTC) >= since
