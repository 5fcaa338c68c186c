"""The rows of the queue and of what was parked: what the worker and the administrator do to them.

Writing a job down is `db/queue.py`; picking jobs up is pgqueuer's (`jobs/worker.py`). A row of its log says
`queued` for each time that a job was written down or put back, `picked` for each time that it was taken.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import text

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import Statement, statement
from barbelo.jobs.verdict import Tries

LOG_KEPT_FOR = timedelta(days=3)
PARKED_KEPT_FOR = timedelta(days=30)


class Picked(Struct, frozen=True, kw_only=True):
    """A job in the hands of a worker. `holder` names the worker."""

    id: int
    name: str
    payload: bytes | None
    holder: UUID | None
    tries: Tries = Tries()


class PickUps(Struct, frozen=True, kw_only=True):
    """A row of `PICK_UPS`."""

    job_id: int
    lost: int


# Run on the queue's own connection, as pgqueuer's statements are.

PICK_UPS = """
    select job_id, (1 + count(*) filter (where status = 'picked') - count(*) filter (where status = 'queued'))::int as lost
    from pgqueuer_log where job_id = any($1::bigint[]) and status in ('picked', 'queued') group by job_id
"""
"""How often each job was picked up and neither finished nor put back, this time included."""

PUT_BACK = """
    with back as (
        update pgqueuer
        set status = 'queued', execute_after = now() + $2::interval, headers = $3::jsonb,
            attempts = attempts + 1, updated = now(), queue_manager_id = null, slot = null
        where id = $1 and status = 'picked' and queue_manager_id = $4
        returning id, entrypoint, priority
    )
    insert into pgqueuer_log (job_id, status, entrypoint, priority)
    select id, 'queued', entrypoint, priority from back
"""
"""Only by the worker that holds it: one that was believed dead and is not has no say any more."""

END = """
    with gone as (
        delete from pgqueuer where id = any($1::bigint[]) and status = 'picked' and queue_manager_id = $2
        returning id, entrypoint, priority
    )
    insert into pgqueuer_log (job_id, status, entrypoint, priority)
    select id, 'successful', entrypoint, priority from gone
"""
"""As above."""


_FINISH = statement(
    text("""
        with done as (
            delete from pgqueuer where id = :id and status = 'picked' and queue_manager_id = :holder
            returning id, entrypoint, priority
        )
        insert into pgqueuer_log (job_id, status, entrypoint, priority)
        select id, 'successful', entrypoint, priority from done
    """)
)
_SUSPECT = statement(
    text("""
        update pgqueuer
        set headers = case jsonb_typeof(headers) when 'object' then headers else '{}' end
            || jsonb_build_object('suspected', cast(:times as int))
        where id = :id and status = 'picked' and queue_manager_id = :holder
    """)
)
_PARK = statement(
    text("""
        with gone as (
            delete from pgqueuer where id = :id and status = 'picked' and queue_manager_id = :holder
            returning id, entrypoint, priority
        ), parked as (
            insert into parked_jobs (id, job, payload, reason, parked_at)
            select id::text, entrypoint, coalesce(cast(:payload as jsonb), 'null'), :reason, now() from gone
        )
        insert into pgqueuer_log (job_id, status, entrypoint, priority)
        select id, 'failed', entrypoint, priority from gone
    """)
)


async def finish(tx: Tx, picked: Picked) -> bool:
    """Take the job out of the queue in the transaction that does its work, so that it is done exactly once.

    False when it is ours no more: then nothing may be committed.
    """
    return await tx.execute(_FINISH, id=picked.id, holder=picked.holder) == 1


async def suspect(tx: Tx, picked: Picked) -> bool:
    """Note on the row that the job begins as a suspect; whatever ends it takes the note away. False as above."""
    times = picked.tries.suspected + 1
    return await tx.execute(_SUSPECT, id=picked.id, holder=picked.holder, times=times) == 1


async def park(tx: Tx, picked: Picked, reason: str) -> bool:
    """Put the job aside, for an administrator to look at. False when it is ours no more."""
    payload = readable(picked.payload)
    return await tx.execute(_PARK, id=picked.id, holder=picked.holder, payload=payload, reason=reason) == 1


def readable(payload: bytes | None) -> Any:
    """The payload as PostgreSQL keeps JSON; what it cannot keep, as text in a string."""
    if payload is None:
        return None
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode("utf-8", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return payload.decode() if b"\\u0000" in payload else value


# For the administrator.


class Waiting(Struct, frozen=True, kw_only=True):
    """A job in the queue. `state` is `running` or `waiting`."""

    id: int
    job: str
    state: str
    due_at: datetime
    put_back: int
    reason: str


class Parked(Struct, frozen=True, kw_only=True):
    """`id` is the number that the job had in the queue."""

    id: str
    job: str
    payload: Any
    reason: str
    parked_at: datetime


class Figures(Struct, frozen=True, kw_only=True):
    """`waiting` counts what is due now; `oldest_s` is how long the first of them has been."""

    running: int
    waiting: int
    later: int
    parked: int
    oldest_s: float


_LIST = statement(
    text("""
        select id, entrypoint as job, case status when 'picked' then 'running' else 'waiting' end as state,
            execute_after as due_at, attempts as put_back, coalesce(headers ->> 'reason', '') as reason
        from pgqueuer
        where status in ('queued', 'picked') and (cast(:job as text) is null or entrypoint = :job)
        order by status desc, execute_after, id limit :most
    """),
    Waiting,
)
_LIST_PARKED = statement(
    text("""
        select id, job, payload, reason, parked_at from parked_jobs
        where cast(:job as text) is null or job = :job order by parked_at desc, id limit :most
    """),
    Parked,
)
_FIGURES = statement(
    text("""
        select count(*) filter (where status = 'picked') as running,
            count(*) filter (where status = 'queued' and execute_after <= now()) as waiting,
            count(*) filter (where status = 'queued' and execute_after > now()) as later,
            (select count(*) from parked_jobs) as parked,
            coalesce(extract(epoch from now() - min(execute_after) filter (
                where status = 'queued' and execute_after <= now())), 0)::float8 as oldest_s
        from pgqueuer
    """),
    Figures,
)
_RETRY_PARKED: Statement[Any] = statement(
    text("""
        with again as (
            delete from parked_jobs
            where id = any(cast(:ids as text[])) or (cast(:job as text) is not null and job = :job)
            returning job, payload
        ), added as (
            insert into pgqueuer (priority, status, entrypoint, payload)
            select 0, 'queued', job, convert_to(payload::text, 'UTF8') from again
            returning id, entrypoint, priority
        )
        insert into pgqueuer_log (job_id, status, entrypoint, priority)
        select id, 'queued', entrypoint, priority from added
    """)
)
_HASTEN = statement(
    text("""
        update pgqueuer set execute_after = now(), headers = null, updated = now()
        where status = 'queued' and (id = any(cast(:ids as bigint[])) or entrypoint = :job)
    """)
)
_DROP_PARKED = statement(
    text("""
        delete from parked_jobs
        where id = any(cast(:ids as text[])) or (cast(:job as text) is not null and job = :job)
    """)
)
_DROP_WAITING = statement(
    text("""
        with gone as (
            delete from pgqueuer where status = 'queued' and (id = any(cast(:ids as bigint[])) or entrypoint = :job)
            returning id, entrypoint, priority
        )
        insert into pgqueuer_log (job_id, status, entrypoint, priority)
        select id, 'deleted', entrypoint, priority from gone
    """)
)
# The log of jobs that are still in the queue stays: it says how often they were picked up.
_FORGET_LOG = statement(
    text("""
        delete from pgqueuer_log where id in (
            select old.id from pgqueuer_log old
            where old.created < :before and not exists (select 1 from pgqueuer where pgqueuer.id = old.job_id)
            order by old.created limit :most
        )
    """)
)
_FORGET_PARKED = statement(
    text("""
        delete from parked_jobs where id in (
            select id from parked_jobs where parked_at < :before order by parked_at limit :most
        )
    """)
)


async def list_jobs(reader: Reader, *, job: str | None, most: int) -> list[Waiting]:
    """Those that run first, then by the time at which they are due."""
    return await reader.rows(_LIST, job=job, most=most)


async def list_parked(reader: Reader, *, job: str | None, most: int) -> list[Parked]:
    """The latest first."""
    return await reader.rows(_LIST_PARKED, job=job, most=most)


async def figures(reader: Reader) -> Figures:
    return await reader.one(_FIGURES)


async def retry(tx: Tx, ids: list[int], *, job: str | None = None) -> int:
    """Run what was parked again, with its tries uncounted, and what waits at once; how many jobs.

    By number, and all of the name `job`.
    """
    hastened = await tx.execute(_HASTEN, ids=ids, job=job)
    return hastened + await tx.execute(_RETRY_PARKED, ids=[str(one) for one in ids], job=job)


async def drop(tx: Tx, ids: list[int], *, job: str | None = None) -> int:
    """Forget jobs that were parked or wait; how many. What runs now is left alone."""
    dropped = await tx.execute(_DROP_PARKED, ids=[str(one) for one in ids], job=job)
    return dropped + await tx.execute(_DROP_WAITING, ids=ids, job=job)


async def forget_log(tx: Tx, *, most: int) -> int:
    """Drop what the log says of jobs that have long ended; how many rows."""
    return await tx.execute(_FORGET_LOG, before=tx.now() - LOG_KEPT_FOR, most=most)


async def forget_parked(tx: Tx, *, most: int) -> int:
    """Drop what was parked a month ago and nobody has wanted; how many."""
    return await tx.execute(_FORGET_PARKED, before=tx.now() - PARKED_KEPT_FOR, most=most)
