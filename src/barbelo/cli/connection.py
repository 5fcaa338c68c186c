"""The database for a command: whichever the settings name, running or not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from barbelo.cli.serving import bring_up, wait_for
from barbelo.config.settings import Settings
from barbelo.db.bus import send_live
from barbelo.db.database import Database, connect
from barbelo.db.server import PostgresServer, borrowed
from barbelo.jobs.consequences import follow_up

PATIENCE_S = 600.0
"""How long one statement of a command may take: an administrator waits longer than a client does."""


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database of the settings, migrated, with consequences as the server has them.

    An external one by its address; the embedded one through its socket, started for the time of the block
    where it is not running. From the main thread only. Raises `PostgresFailed`, `NotMigrated`, `Conflict`.
    """
    with database_dsn(settings) as dsn:
        await wait_for(dsn)
        await bring_up(settings, dsn)
        database = await connect(dsn, pool_size=2, statement_timeout_s=PATIENCE_S)
        database.follow(follow_up, send_live)
        try:
            yield database
        finally:
            await database.close()


@contextmanager
def database_dsn(settings: Settings) -> Iterator[str]:
    """Only the address, as `open_database` finds it; nothing is migrated."""
    if settings.database.url:
        yield settings.database.url
        return
    # Starting blocks; nothing else waits for this loop.
    server = PostgresServer(settings.server.data_path, shared_buffers_mb=settings.database.shared_buffers_mb)
    with borrowed(server) as dsn:
        yield dsn
