"""`barbelo db`: the shape of the database."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
from cyclopts import App, Parameter

from barbelo.cli.connection import database_dsn
from barbelo.cli.serving import wait_for
from barbelo.config.load import load
from barbelo.db.fitness import check_fit
from barbelo.db.migrations.run import current_revision, migrate, pending

app = App(name="db", help="The database.")

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="The configuration file.")]


@app.command(name="migrate")
def bring_up(*, config: ConfigFile = None) -> None:
    """Bring the tables to the newest shape. Safe beside a running server, and safe to interrupt."""
    with database_dsn(load(config, os.environ).settings) as dsn:
        done = asyncio.run(_migrate(dsn))
    print(f"Migrated: {', '.join(done)}." if done else "The database is up to date.")


async def _migrate(dsn: str) -> list[str]:
    await wait_for(dsn)
    await check_fit(dsn)
    return await migrate(dsn)


@app.command
def status(*, config: ConfigFile = None) -> None:
    """Print the server's version, the revision of the tables and the size of the largest ones.

    The exit code is 1 while migrations are pending.
    """
    with database_dsn(load(config, os.environ).settings) as dsn:
        behind = asyncio.run(_print_status(dsn))
    if behind:
        sys.exit(1)


async def _print_status(dsn: str) -> list[str]:
    await wait_for(dsn)
    coming = await pending(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        print(f"PostgreSQL {await connection.fetchval('show server_version')}")
        size = await connection.fetchval("select pg_size_pretty(pg_database_size(current_database()))")
        print(f"Size       {size}")
        print(f"Revision   {await current_revision(dsn) or 'none: the database is empty'}")
        print(f"Pending    {', '.join(coming) or 'nothing'}")
        for row in await connection.fetch(_LARGEST):
            print(f"{row['size']:>10}  {row['rows']:>12,}  {row['name']}")
    finally:
        await connection.close()
    return coming


_LARGEST = """
    select c.relname as name, pg_size_pretty(pg_total_relation_size(c.oid)) as size,
        greatest(c.reltuples, 0)::bigint as rows
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r'
    order by pg_total_relation_size(c.oid) desc limit 10
"""
