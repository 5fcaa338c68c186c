"""Writing jobs down, in the transaction of the deed that makes them necessary.

The queue's tables are pgqueuer's; the worker reads them through pgqueuer (`jobs/worker.py`). Writing
needs no more than two inserts, and so the web process is spared the import of the library.
"""

from datetime import datetime

import msgspec
from sqlalchemy import text

from barbelo.db.database import Tx
from barbelo.db.statement import statement

# A job with the key of one that still waits or runs is that one: `once` makes a wish idempotent.
_ADD = statement(
    text("""
        with added as (
            insert into pgqueuer (priority, status, entrypoint, dedupe_key, payload, execute_after)
            values (:priority, 'queued', :job, :once, :payload, coalesce(:at, now()))
            on conflict (dedupe_key) where status in ('queued', 'picked') and dedupe_key is not null do nothing
            returning id, entrypoint, priority
        )
        insert into pgqueuer_log (job_id, status, entrypoint, priority)
        select id, 'queued', entrypoint, priority from added
    """)
)


async def enqueue(  # each of the four options is a plain fact about one job
    tx: Tx,
    job: str,
    payload: object,
    *,
    at: datetime | None = None,
    once: str | None = None,
    priority: int = 0,
) -> None:
    """Write down that `job` is to be run with `payload` (anything that msgspec encodes), not before `at`."""
    await tx.execute(_ADD, job=job, payload=msgspec.json.encode(payload), at=at, once=once, priority=priority)
