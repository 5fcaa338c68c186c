"""Is this PostgreSQL one that we can live with? The embedded one is; somebody's own is asked."""

import asyncpg

from barbelo.kernel.errors import Conflict

OLDEST = 15
"""The oldest major version: the first whose unique indexes can treat nulls as equal."""


async def check_fit(dsn: str) -> None:
    """Raises `Conflict` for a server that is too old, or a database that does not keep text as UTF-8."""
    connection = await asyncpg.connect(dsn)
    try:
        version = connection.get_server_version()
        encoding = await connection.fetchval("show server_encoding")
    finally:
        await connection.close()
    if version.major < OLDEST:
        raise Conflict(f"PostgreSQL {OLDEST} or newer is needed; this is {version.major}.{version.minor}")
    if encoding != "UTF8":
        raise Conflict(
            f"The database keeps text as {encoding}; it must be UTF8:"
            " create database barbelo encoding 'UTF8' template template0"
        )
