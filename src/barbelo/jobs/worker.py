"""The worker: takes jobs from the queue and runs them, and puts down what the clock says.

pgqueuer does the taking, on one connection of its own; the jobs use the pool. See docs/admin/jobs.md.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct
from pgqueuer.core.executors import ScheduleExecutor
from pgqueuer.models import Schedule
from pgqueuer.qm import QueueManager
from pgqueuer.sm import SchedulerManager

from barbelo.config.logging import get_logger
from barbelo.db.database import Database
from barbelo.jobs.dispatch import Executor, Queue
from barbelo.jobs.job import JOBS, Job
from barbelo.jobs.line import Line, LineClosed
from barbelo.jobs.periodic import PERIODIC, PRIORITY, Periodic
from barbelo.jobs.run import Runner
from barbelo.jobs.work import accounts, feeds, files, forgetting, tell, ties

WORK = (accounts, feeds, files, forgetting, tell, ties)
"""Every file with jobs: to import it is to know them. A test compares this with the folder."""

LEAVING_S = 2.0
"""After the grace: what interrupted jobs get to go back into the queue."""

log = get_logger(__name__)


class Pace(Struct, frozen=True, kw_only=True):
    """How the worker keeps time. Only tests have reason to change it.

    A job whose worker died is taken up again after `lost_after_s` and at most `look_every_s` more
    (pgqueuer's own 30 s and 30 s would make that a minute). New jobs are noticed at once.
    """

    lost_after_s: float = 20.0
    look_every_s: float = 5.0


class Worker:
    """Runs until `stop`. Several may work on one queue."""

    def __init__(
        self,
        db: Database,
        have: Mapping[str, object],
        *,
        jobs: Mapping[str, Job] = JOBS,
        periodic: Sequence[Periodic] = PERIODIC,
        at_once: int = 10,
        pace: Pace | None = None,
    ) -> None:
        """`have`: what jobs ask for by name, beside `db`. `at_once`: how many jobs run at the same time, from 2.

        That should be one less than the pool has connections, for the one with which a job is parked.
        Raises TypeError when a job needs something that is not there.
        """
        self._pace = pace or Pace()
        self._at_once = max(at_once, 2)
        self._runner = Runner(db, jobs, have)
        self._line = Line(db.dsn)
        self._leaving = asyncio.Event()
        self._queue = Queue(self._line)
        self._manager = QueueManager(self._queue)
        self._scheduler = SchedulerManager(self._queue) if periodic else None
        for job in jobs.values():
            self._manager.register_executor(job.name, Executor(job, self._runner, self._queue))
        for entry in periodic:
            self._schedule(entry)

    def stop(self) -> None:
        """Take no more jobs, and let `run` come to its end."""
        self._leaving.set()

    async def run(self, *, grace_s: float = 10) -> None:
        """Work until `stop`; then jobs have `grace_s` to end, and those that do not go back into the queue.

        Raises what pgqueuer raises when the queue's tables are not as it knows them.
        """
        work = asyncio.create_task(self._work(), name="queue")
        leaving = asyncio.create_task(self._leaving.wait(), name="leaving")
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            self._runner.stop()
            self._manager.shutdown.set()
            if self._scheduler is not None:
                self._scheduler.shutdown.set()
            await asyncio.wait({work}, timeout=grace_s)
            if not work.done():
                self._runner.interrupt()
                await asyncio.wait({work}, timeout=LEAVING_S)
        finally:
            # The line first: of a job that is cancelled, pgqueuer would say that it is to be deleted. So it
            # stays as it is, and is taken up again when its heart has not beaten for a while.
            self._line.close()
            leaving.cancel()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _work(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take())
                if self._scheduler is not None:
                    group.create_task(self._scheduler.run())
        except* LineClosed:
            log.warning("Left without a word to PostgreSQL, which did not answer")

    async def _take(self) -> None:
        await self._manager.run(
            dequeue_timeout=timedelta(seconds=self._pace.look_every_s),
            heartbeat_timeout=timedelta(seconds=self._pace.lost_after_s),
            batch_size=max(1, self._at_once // 2),
            max_concurrent_tasks=self._at_once,
            log_aggregation_interval=timedelta(0),  # nobody reads its statistics
        )

    def _schedule(self, entry: Periodic) -> None:
        """At its time the job is written down, once however many workers there are; running it is the queue's."""

        async def write_down(_schedule: Schedule) -> None:
            # By the queue's own line, which may have to wait but does not fail: a run that fails is lost.
            await self._queue.enqueue(
                entry.job, b"null", PRIORITY, dedupe_key=entry.job, headers={}, on_conflict="skip"
            )

        if self._scheduler is not None:
            self._scheduler.schedule(entry.job, entry.cron, ScheduleExecutor)(write_down)
