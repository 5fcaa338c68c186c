"""Rows that have had their time. Each run drops a bounded number of them, and comes again while there are more."""

from collections.abc import Awaitable, Callable

from barbelo.db.database import Database, Tx
from barbelo.domain.auth import expiry
from barbelo.domain.relations import mute
from barbelo.http import idempotency
from barbelo.jobs import rows
from barbelo.jobs.job import MORE, Share, job

ROWS_A_RUN = 1000
LOG_ROWS_A_RUN = 5000


@job()
async def forget_wishes(*, db: Database) -> Share | None:
    """Keys of `Idempotency-Key`, after six hours."""
    return await _some(db, lambda tx: idempotency.forget_old(tx, most=ROWS_A_RUN), ROWS_A_RUN)


@job()
async def forget_expired_codes(*, db: Database) -> Share | None:
    """OAuth codes that ran out."""
    return await _some(db, lambda tx: expiry.forget_codes(tx, most=ROWS_A_RUN), ROWS_A_RUN)


@job()
async def forget_expired_tokens(*, db: Database) -> Share | None:
    """OAuth tokens and browser sessions that ran out."""
    return await _some(db, lambda tx: expiry.forget_tokens(tx, most=ROWS_A_RUN), ROWS_A_RUN)


@job()
async def drop_expired_mutes(*, db: Database) -> Share | None:
    """Mutes that were for a time only."""
    return await _some(db, lambda tx: mute.drop_expired(tx, most=ROWS_A_RUN), ROWS_A_RUN)


@job()
async def forget_job_log(*, db: Database) -> Share | None:
    """What the queue noted of jobs that ended days ago."""
    return await _some(db, lambda tx: rows.forget_log(tx, most=LOG_ROWS_A_RUN), LOG_ROWS_A_RUN)


@job()
async def forget_parked_jobs(*, db: Database) -> Share | None:
    """Jobs that were parked a month ago."""
    return await _some(db, lambda tx: rows.forget_parked(tx, most=ROWS_A_RUN), ROWS_A_RUN)


async def _some(db: Database, forget: Callable[[Tx], Awaitable[int]], most: int) -> Share | None:
    """One batch, in a transaction of its own."""
    async with db.transaction() as tx:
        forgotten = await forget(tx)
    return MORE if forgotten >= most else None
