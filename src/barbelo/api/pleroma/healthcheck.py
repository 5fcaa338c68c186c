"""How this server is. Source: the Pleroma API document, reference/pleroma 7.4."""

import resource
from pathlib import Path

from msgspec import Struct
from sqlalchemy import text

from barbelo.db.statement import statement
from barbelo.http.context import Ctx
from barbelo.http.replies import Reply
from barbelo.http.routes import get
from barbelo.kernel.errors import Overloaded

_KIB_A_MIB = 1024
_BYTES_A_MIB = 1024 * 1024


class QueueStats(Struct, frozen=True, kw_only=True):
    """Jobs of one kind: those that wait, and those that run."""

    queued: int
    picked: int


class JobQueueStats(Struct, frozen=True, kw_only=True):
    queues: dict[str, QueueStats]
    parked: int


class Health(Struct, frozen=True, kw_only=True):
    """`memory_used` in MiB; `active` and `idle` are connections to the database."""

    pool_size: int
    active: int
    idle: int
    memory_used: float
    healthy: bool
    job_queue_stats: JobQueueStats


class _Row(Struct, frozen=True):
    entrypoint: str
    queued: int
    picked: int


_QUEUES = statement(
    text("""
        select entrypoint, count(*) filter (where status = 'queued') as queued,
               count(*) filter (where status = 'picked') as picked
        from pgqueuer group by entrypoint order by entrypoint limit 100
    """),
    _Row,
)
_PARKED = statement(text("select count(*) from parked_jobs"))


@get("/api/pleroma/healthcheck", auth="none", tags=("health",))
async def healthcheck(ctx: Ctx) -> Reply:
    """Figures of the database's pool, of memory and of the jobs; 503 when the pool is used up."""
    pool = ctx.db.pool
    most, idle = pool.get_max_size(), pool.get_idle_size()
    active = pool.get_size() - idle
    healthy = active < most
    queues: dict[str, QueueStats] = {}
    parked = 0
    if healthy:
        try:
            rows = await ctx.db.rows(_QUEUES)
            queues = {row.entrypoint: QueueStats(queued=row.queued, picked=row.picked) for row in rows}
            parked = await ctx.db.value(_PARKED)
        except Overloaded:
            healthy = False
    health = Health(
        pool_size=most,
        active=active,
        idle=idle,
        memory_used=round(_resident_mib(), 2),
        healthy=healthy,
        job_queue_stats=JobQueueStats(queues=queues, parked=parked),
    )
    return Reply(health, 200 if healthy else 503)


def _resident_mib() -> float:
    """What this process holds in memory now, in MiB; where the system does not say, what it held at most."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_A_MIB
    return pages * resource.getpagesize() / _BYTES_A_MIB
