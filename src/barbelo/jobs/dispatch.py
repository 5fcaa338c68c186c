"""What pgqueuer is given of ours: its statements with a memory, its way to run a job, its way to note the end of one."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
from pgqueuer.core import buffers, qm
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as Row
from pgqueuer.models import TracebackRecord
from pgqueuer.queries import Queries
from pgqueuer.types import JOB_STATUS

from barbelo.jobs import rows
from barbelo.jobs.job import Job
from barbelo.jobs.line import Line
from barbelo.jobs.rows import Picked
from barbelo.jobs.run import Runner
from barbelo.jobs.verdict import Outcome, read_tries

GATHER_S = 0.02
"""So long the end of a job waits for those of others, to be written down in one statement with them."""


class Queue(Queries):
    """pgqueuer's statements, and two of ours: jobs are counted when picked up, and remember why they came back."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        self._pick_ups: dict[int, int] = {}

    async def dequeue(self, *args: Any, **options: Any) -> list[Row]:
        found: list[Row] = await super().dequeue(*args, **options)
        if found:
            counts = await self.driver.fetch(rows.PICK_UPS, [row.id for row in found])
            for one in msgspec.convert(counts, list[rows.PickUps]):
                if one.lost > 1:
                    self._pick_ups[one.job_id] = one.lost
        return found

    def pick_ups(self, job_id: int) -> int:
        """How often a job just picked was picked, and neither finished nor put back; this time included."""
        return self._pick_ups.pop(job_id, 1)

    async def log_jobs(self, job_status: list[tuple[Row, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Take what ended well out of the queue.

        pgqueuer would also drop what was cancelled or failed. Neither reaches it from our executor; should it
        yet, the job stays, and is taken up again as if its worker had died.
        """
        well = [row for row, status, _ in job_status if status == "successful"]
        if well:
            await self.driver.execute(rows.END, [row.id for row in well], well[0].queue_manager_id)

    async def retry_job(self, job: Row, delay: timedelta, _traceback: object) -> None:
        headers = msgspec.json.encode(job.headers).decode()
        await self.driver.execute(rows.PUT_BACK, job.id, delay, headers, job.queue_manager_id)


class Executor(AbstractEntrypointExecutor):
    """Runs a picked row as a job of ours. Returning means done; raising `RetryRequested` puts it back."""

    def __init__(self, job: Job, runner: Runner, queue: Queue) -> None:
        super().__init__(EntrypointExecutorParameters(concurrency_limit=job.limit, func=_is_not_called))
        self._runner = runner
        self._queue = queue

    async def execute(self, row: Row, _context: object) -> None:
        picked = Picked(
            id=row.id,
            name=row.entrypoint,
            payload=row.payload,
            holder=row.queue_manager_id,
            tries=read_tries(row.headers),
        )
        verdict = await self._runner.run(picked, self._queue.pick_ups(row.id))
        if verdict.outcome is Outcome.PUT_BACK:
            row.headers = msgspec.to_builtins(verdict.tries)
            raise RetryRequested(timedelta(seconds=verdict.after_s), verdict.reason)


async def _is_not_called(_row: Row) -> None:
    """What pgqueuer wants beside the executor."""


class Ended(buffers.JobStatusLogBuffer):
    """Notes the end of jobs when there is one.

    pgqueuer's own looks ten times a second whether there is; that was four fifths of what an idle worker did.
    """

    _soon = False

    async def add(self, item: Any) -> None:
        await super().add(item)
        self._flush_soon()

    async def flush(self) -> None:
        await super().flush()
        if not self.events.empty():  # it failed
            self._flush_soon()

    async def periodic_flush(self) -> None:
        await self.shutdown.wait()

    def _flush_soon(self) -> None:
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_later(GATHER_S, self._flush_now)

    def _flush_now(self) -> None:
        self._soon = False
        self.schedule_flush()


# The manager makes its buffers itself; this is the one way to hand it another.
qm.buffers = SimpleNamespace(  # type: ignore[assignment,attr-defined]  # an import of theirs
    JobStatusLogBuffer=Ended, HeartbeatBuffer=buffers.HeartbeatBuffer
)
