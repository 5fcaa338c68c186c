"""Running one job that was picked up, and saying how it ended."""

import asyncio
from collections.abc import Mapping
from typing import Final

import asyncpg

from barbelo.config.logging import get_logger, log_context
from barbelo.config.metrics import JOB_SECONDS, JOBS_FINISHED
from barbelo.db.database import Database
from barbelo.jobs import rows
from barbelo.jobs.job import MORE, Job
from barbelo.jobs.rows import Picked
from barbelo.jobs.verdict import DATABASE_AWAY, WELL, Outcome, Verdict, judge, stall
from barbelo.kernel.clock import monotonic_s
from barbelo.kernel.errors import Overloaded

MOST_SUSPECTED = 3
"""A job that was begun as a suspect so many times, without an end, is believed to kill its worker."""
MOST_PICK_UPS = 20
"""The same of one that was picked up so many times and neither finished nor put back, suspected or not."""
SUSPECTS_TURN_S = 60.0
"""After so long the next suspect is begun, though this one still runs."""

STOPPING = "the worker is stopping"
NOT_OURS: Final = "not ours"
"""Another worker has taken the job up; to put it back is not ours any more, and does nothing."""

log = get_logger(__name__)


class TookTooLong(Exception):
    """A run was ended because it did not end."""


class Runner:
    """The jobs that a worker knows, what they need, and those that run now.

    When a worker dies, all jobs that it held are suspects: each may have been the cause. Suspects are begun
    one after the other, each with a note on its row, so that of a further death only one of them bears the
    trace. With three such notes, so at its fifth pick-up, a job is parked; the others come to their end.
    """

    def __init__(self, db: Database, jobs: Mapping[str, Job], have: Mapping[str, object]) -> None:
        """`have` is what the jobs ask for by name, beside `db` and `picked`. Raises TypeError when it lacks something."""
        self.jobs = jobs
        self._db = db
        self._have = {"db": db, **have}
        self._running: set[asyncio.Task[object]] = set()
        self._suspects_turn = asyncio.Lock()
        self._stopping = False
        for job in jobs.values():
            lacking = set(job.needs) - self._have.keys() - {"picked"}
            if lacking:
                raise TypeError(
                    f"The job {job.name} needs {', '.join(sorted(lacking))}, which the worker has not"
                )

    async def run(self, picked: Picked, pick_ups: int) -> Verdict:
        """Run a job to its end, or to the worker's. `pick_ups`: those that led to nothing, this one included."""
        with log_context(job=picked.name, job_id=picked.id):
            if self._stopping:
                return self._count(picked, stall(picked.tries, STOPPING))
            began_s = monotonic_s()
            if picked.tries.suspected >= MOST_SUSPECTED or pick_ups >= MOST_PICK_UPS:
                reason = f"picked up {pick_ups} times without an end: it seems to kill the worker"
                verdict = Verdict(outcome=Outcome.PARKED, reason=reason)
            else:
                verdict = await self._run(picked, suspect=pick_ups > 1)
            if verdict.outcome is Outcome.PARKED:
                verdict = await self._park(picked, verdict)
            JOB_SECONDS.labels(picked.name).observe(monotonic_s() - began_s)
            return self._count(picked, verdict)

    def stop(self) -> None:
        """From now on jobs that are picked up go back at once."""
        self._stopping = True

    def interrupt(self) -> None:
        """End what still runs; each job goes back into the queue, its try uncounted."""
        self.stop()
        for task in self._running:
            task.cancel()

    async def _run(self, picked: Picked, *, suspect: bool) -> Verdict:
        job = self.jobs[picked.name]
        call = self._call_suspect(job, picked) if suspect else self._call(job, picked)
        task = asyncio.create_task(call, name=f"job {picked.name} {picked.id}")
        self._running.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._running.discard(task)
            task.cancel()
        if task.cancelled():
            return self._interrupted(job, picked)
        error = task.exception()
        if error is None:
            return Verdict(outcome=Outcome.PUT_BACK) if task.result() in (MORE, NOT_OURS) else WELL
        verdict = judge(error, picked.tries, job.retry)
        self._tell(verdict, error)
        return verdict

    async def _call(self, job: Job, picked: Picked) -> object:
        limit = asyncio.timeout(job.longest_s)
        try:
            async with limit:
                return await job.call(picked.payload, {**self._have, "picked": picked})
        except TimeoutError as error:
            if limit.expired():
                raise TookTooLong(f"more than {job.longest_s:g} s") from error
            raise

    async def _call_suspect(self, job: Job, picked: Picked) -> object:
        """Begin it when no other suspect has just begun."""
        async with self._suspects_turn:
            async with self._db.transaction() as tx:
                if not await rows.suspect(tx, picked):
                    return NOT_OURS
            call = asyncio.create_task(self._call(job, picked))
            try:
                await asyncio.wait({call}, timeout=SUSPECTS_TURN_S)
            except asyncio.CancelledError:
                call.cancel()
                await asyncio.wait({call})
                raise
        return await call

    def _interrupted(self, job: Job, picked: Picked) -> Verdict:
        if self._stopping:
            return stall(picked.tries, STOPPING)
        return judge(RuntimeError("the job cancelled itself"), picked.tries, job.retry)

    async def _park(self, picked: Picked, verdict: Verdict) -> Verdict:
        """Move it to where administrators look. Without a database it goes back, to be parked at its next turn."""
        try:
            async with self._db.transaction() as tx:
                if not await rows.park(tx, picked, verdict.reason):
                    return Verdict(outcome=Outcome.PUT_BACK)  # by whoever holds it: this one does not
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *DATABASE_AWAY, Overloaded) as error:
            log.warning("Job not parked", error=str(error), reason=verdict.reason)
            return stall(picked.tries, verdict.reason)
        log.error("Job parked", reason=verdict.reason)
        return verdict

    @staticmethod
    def _tell(verdict: Verdict, error: BaseException) -> None:
        if verdict.bug:
            log.error("Job failed", reason=verdict.reason, exc_info=error)
        elif verdict.outcome is Outcome.DISCARDED:
            log.info("Job discarded", reason=verdict.reason)
        elif verdict.outcome is Outcome.PUT_BACK:
            log.info("Job put back", reason=verdict.reason, after_s=round(verdict.after_s, 1))

    @staticmethod
    def _count(picked: Picked, verdict: Verdict) -> Verdict:
        JOBS_FINISHED.labels(picked.name, verdict.outcome.value).inc()
        return verdict
