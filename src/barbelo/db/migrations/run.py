"""Bring the tables to the newest shape: forward only, one at a time, each whole or not at all.

Alembic is imported only when there is something to do, for it costs 40 MB and half a second.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from barbelo.kernel.errors import Conflict

_HERE = Path(__file__).parent
_LOCK = 0x62617262  # "barb": one migration at a time, whoever starts first
_LOCK_TIMEOUT = "4s"  # a migration that must wait longer for a table gives way to the living


def revisions() -> list[str]:
    """All revisions in order. Files are named `0001_what_it_does.py`; the number is the revision."""
    return sorted(path.name[:4] for path in (_HERE / "versions").glob("[0-9]*.py"))


async def current_revision(dsn: str) -> str | None:
    """The revision that a database stands at; None when it is empty."""
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("select to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    finally:
        await connection.close()


async def pending(dsn: str) -> list[str]:
    """The revisions that are still to come. Raises `Conflict` when the database is newer than the program."""
    known, current = revisions(), await current_revision(dsn)
    if current is None:
        return known
    if current not in known:
        raise Conflict(f"The database is at revision {current}, which this version of Barbelo does not know")
    return known[known.index(current) + 1 :]


async def migrate(dsn: str) -> list[str]:
    """Run what is pending, and say which. Several callers at once are one after the other."""
    if not await pending(dsn):
        return []
    guard = await asyncpg.connect(dsn)
    try:
        await guard.execute("select pg_advisory_lock($1)", _LOCK)
        coming = await pending(dsn)
        if coming:
            await _upgrade(dsn)
        return coming
    finally:
        await guard.close()


def _run_all(upgrade: Callable[[Any, str], None], config: Any, connection: Any) -> None:
    config.attributes["connection"] = connection
    upgrade(config, "head")


async def _upgrade(dsn: str) -> None:
    from alembic import command  # noqa: PLC0415  # see the head of this file
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(dsn, server_settings={"lock_timeout": _LOCK_TIMEOUT}),
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: _run_all(command.upgrade, config, sync))
    await engine.dispose()
