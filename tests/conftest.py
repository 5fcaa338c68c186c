"""A real PostgreSQL for every test that asks for one: one cluster for each test process, rolled back after each test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from barbelo.db.database import Database, Tx, connect
from barbelo.db.migrations.run import migrate
from barbelo.db.server import PostgresServer
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.clock import system_clock
from barbelo.kernel.ids import FlakeSource

pytest_plugins = ["people"]

DEBIAN_BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a cluster of our own: the wheel's, or Debian's with `BARBELO_TEST_POSTGRES=debian`."""
    folder = Path(tempfile.mkdtemp(prefix="barbelo-test-"))
    debian = os.environ.get("BARBELO_TEST_POSTGRES") == "debian"
    server = PostgresServer(folder, bin_dir=DEBIAN_BINARIES if debian else None, fsync=False)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def template(postgres: str) -> str:
    """The name of a migrated database from which others are copied in a few milliseconds."""
    admin = await asyncpg.connect(postgres)
    await admin.execute("create database template_barbelo")
    await admin.close()
    await migrate(_named(postgres, "template_barbelo"))
    return "template_barbelo"


def _named(dsn: str, name: str) -> str:
    """The same server, another database."""
    address, _, query = dsn.partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{query}"


@pytest.fixture(scope="session")
async def shared_database(postgres: str, template: str) -> AsyncIterator[Database]:
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database shared template {template}")
    await admin.close()
    database = await connect(_named(postgres, "shared"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def tx(shared_database: Database) -> AsyncIterator[Tx]:
    """A transaction in which everything can be tried, and which is rolled back in the end."""
    async with shared_database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield Tx(connection, system_clock, FlakeSource(), follow_up)
        await transaction.rollback()


_count = iter(range(1_000_000))


@pytest.fixture
async def database(postgres: str, template: str) -> AsyncIterator[Database]:
    """A database of its own, for tests that need commits, several connections or processes."""
    name = f"test_{next(_count)}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name} template {template}")
    database = await connect(_named(postgres, name), pool_size=8)
    database.follow(follow_up)
    yield database
    await database.close()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()
