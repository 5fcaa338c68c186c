"""The whole application over ASGI, with a database behind it: what the doors answer, without a socket.

All tests of a process share one database and leave it empty: to delete what a test wrote takes 4 ms, to
make a new database 300 ms. Numbers that the database hands out go on counting.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from barbelo.config.settings import Settings
from barbelo.db.database import Database, connect
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.viewer import Viewer
from calls import Api, opened_api, settings_for

_TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"


@pytest.fixture(scope="session")
async def api_database(postgres: str, template: str) -> AsyncIterator[Database]:
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database api template {template}")
    await admin.close()
    database = await connect(urlsplit(postgres)._replace(path="/api").geturl(), pool_size=8)
    yield database
    await database.close()


@pytest.fixture
async def database(api_database: Database) -> AsyncIterator[Database]:
    """An empty database that takes commits; no other test is in it at the same time."""
    api_database.follow(follow_up)
    yield api_database
    async with api_database.connection() as connection:
        tables = [row["tablename"] for row in await connection.fetch(_TABLES)]
        await connection.execute("; ".join(f"delete from {table}" for table in tables))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
async def api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    async with opened_api(settings, database) as opened:
        yield opened


@pytest.fixture
async def alice(api: Api) -> Viewer:
    return await api.person("alice")


@pytest.fixture
async def bob(api: Api) -> Viewer:
    """Bob approves who follows him."""
    return await api.person("bob", locked=True)


@pytest.fixture
async def carol(api: Api) -> Viewer:
    return await api.person("carol")
