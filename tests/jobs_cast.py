"""Workers for tests: in this process, with a quick pace; and words about what is in the queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from barbelo.db.database import Database
from barbelo.db.queue import enqueue
from barbelo.jobs import rows
from barbelo.jobs.worker import Pace, Worker

QUICK = Pace(lost_after_s=2, look_every_s=0.1)


@asynccontextmanager
async def working(database: Database, jobs: dict[str, Any], **options: Any) -> AsyncIterator[Worker]:
    """A worker that works until the block ends."""
    grace_s = options.pop("grace_s", 10)
    database._acquire_s = 10  # as a worker's
    have = options.pop("have", {})
    options = {"periodic": (), "pace": QUICK, "at_once": 4, **options}
    worker = Worker(database, have, jobs=jobs, **options)
    task = asyncio.create_task(worker.run(grace_s=grace_s))
    try:
        yield worker
    finally:
        worker.stop()
        await task


async def put_down(database: Database, job: str, payload: object = None, **options: Any) -> None:
    async with database.transaction() as tx:
        await enqueue(tx, job, payload, **options)


async def until(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 20) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


async def is_quiet(database: Database) -> bool:
    """Whether nothing is in the queue."""
    figures = await rows.figures(database)
    return figures.running + figures.waiting + figures.later == 0


async def parked(database: Database) -> list[rows.Parked]:
    return await rows.list_parked(database, job=None, most=100)


async def waiting(database: Database) -> list[rows.Waiting]:
    return await rows.list_jobs(database, job=None, most=100)
