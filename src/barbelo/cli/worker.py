"""`barbelo worker`: the process that does what can wait. Several may run beside each other."""

import asyncio
import signal
from contextlib import suppress

import asyncpg
import uvloop

from barbelo.cli.serving import NotMigrated, begin_log, opened_database, stand_still
from barbelo.cli.supervise import EX_CONFIG
from barbelo.config.logging import get_logger
from barbelo.config.metrics import (
    DATABASE_CONNECTIONS,
    JOBS_WAITING,
    OLDEST_JOB_SECONDS,
    MetricsServer,
    watch_loop_lag,
)
from barbelo.config.settings import Settings
from barbelo.db.bus import send_live
from barbelo.db.database import Database
from barbelo.gateways.storage import DiskStorage
from barbelo.jobs import rows
from barbelo.jobs.consequences import follow_up
from barbelo.jobs.verdict import DATABASE_AWAY
from barbelo.jobs.worker import Worker
from barbelo.kernel.errors import Conflict, Overloaded

FIGURES_EVERY_S = 15.0
PATIENCE_S = 10.0
"""How long a job may wait for a connection: nobody waits for its answer."""

log = get_logger(__name__)


def run(settings: Settings, dsn: str) -> int:
    """Work until SIGTERM or SIGINT. Gives the exit code."""
    begin_log(settings, "worker")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, dsn))
    except (NotMigrated, Conflict) as error:
        log.error("start.refused", reason=error.message)  # noqa: TRY400 -- a sentence for people, no traceback
        return EX_CONFIG
    return 0


async def _work(settings: Settings, dsn: str) -> None:
    async with opened_database(settings, dsn, acquire_s=PATIENCE_S) as database:
        database.follow(follow_up, send_live)
        storage = DiskStorage(settings.server.data_path / "media")
        worker = Worker(database, {"storage": storage}, at_once=settings.database.pool_size - 1)
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, worker.stop)
        async with asyncio.TaskGroup() as beside:
            measuring = beside.create_task(_measure(settings, database), name="figures")
            stand_still()
            log.info("worker.ready")
            await worker.run(grace_s=settings.server.shutdown_grace_s)
            measuring.cancel()


async def _measure(settings: Settings, database: Database) -> None:
    """Show figures where the settings say, if they do: the worker's port comes after those of the web processes."""
    address = settings.server.metrics_address(settings.server.web_processes)
    if address is None:
        return
    try:
        server = MetricsServer(address)
    except OSError as error:  # the work is more important than to show it
        log.error("metrics.refused", address=str(address), reason=error.strerror)  # noqa: TRY400 -- as above
        return
    lag = asyncio.create_task(watch_loop_lag(), name="loop lag")
    try:
        with server:
            while True:
                await _read_figures(database)
                await asyncio.sleep(FIGURES_EVERY_S)
    finally:
        lag.cancel()


async def _read_figures(database: Database) -> None:
    idle = database.pool.get_idle_size()
    DATABASE_CONNECTIONS.labels("idle").set(idle)
    DATABASE_CONNECTIONS.labels("used").set(database.pool.get_size() - idle)
    with suppress(
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *DATABASE_AWAY, Overloaded
    ):  # next time, then
        figures = await rows.figures(database)
        JOBS_WAITING.set(figures.waiting)
        OLDEST_JOB_SECONDS.set(figures.oldest_s)
