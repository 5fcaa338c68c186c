"""What web and worker do alike when they start: the log, the database, its migrations."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from barbelo.config.logging import get_logger, set_up_structlog
from barbelo.config.settings import Settings
from barbelo.db.database import Database, connect
from barbelo.db.fitness import check_fit
from barbelo.db.migrations.run import pending
from barbelo.kernel.errors import BarbeloError

DATABASE_WAIT_S = 60.0
"""How long a process waits for a database that is being started, or started again."""


class NotMigrated(BarbeloError):
    """The database is behind, and the settings say that somebody else brings it up."""

    code = "not_migrated"


def begin_log(settings: Settings, process: str) -> None:
    """Set up the log, and warn of every switch that is for tests only."""
    set_up_structlog(settings.log, process)
    log = get_logger(__name__)
    for warning in settings.test_switches():
        log.warning("start.test_switch", warning=warning)


def stand_still() -> None:
    """Say that what has been built until now stays: looking through all of it for garbage takes 100 ms at a time."""
    gc.freeze()


@asynccontextmanager
async def opened_database(
    settings: Settings, dsn: str, *, acquire_s: float = 0.15
) -> AsyncIterator[Database]:
    """The pool, once the database answers and is in shape. `acquire_s` as in `connect`. Raises `NotMigrated`."""
    await wait_for(dsn)
    await bring_up(settings, dsn)
    database = await connect(
        dsn,
        pool_size=settings.database.pool_size,
        statement_timeout_s=settings.database.statement_timeout_s,
        acquire_s=acquire_s,
    )
    try:
        yield database
    finally:
        await database.close()


async def wait_for(dsn: str) -> None:
    """Return when the database takes connections. Raises what it last said after a minute."""
    deadline = asyncio.get_running_loop().time() + DATABASE_WAIT_S
    while True:
        try:
            connection = await asyncpg.connect(dsn, timeout=5)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return


async def bring_up(settings: Settings, dsn: str) -> None:
    """Run pending migrations, in a process of their own: what they import would stay in memory for ever."""
    await check_fit(dsn)
    coming = await pending(dsn)
    if not coming:
        return
    if not settings.database.migrate_at_start:
        raise NotMigrated(
            f"The database lacks {', '.join(coming)}; run `barbelo db migrate`"
            " (or set database.migrate_at_start)"
        )
    await asyncio.to_thread(_migrate, dsn)


def _migrate(dsn: str) -> None:
    subprocess.run(  # ourselves
        [sys.executable, "-m", "barbelo.db.migrations"],
        check=True,
        env={**os.environ, "BARBELO_DATABASE_URL": dsn},
        stdin=subprocess.DEVNULL,
    )
