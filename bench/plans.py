"""The statements behind what is read most, on 200,000 statuses: what planning costs, what running costs.

    python bench/plans.py                   a table: each statement planned for its values, and planned once for all
    python bench/plans.py --show "home of 20"    the plans themselves

A statement whose plan for all is far dearer than planning it for its values is marked, and the exit code is 1.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
from inside import Asked, Inside, heard, opened
from readings import Finder, Reading, readings

from barbelo.db.database import Database, connect
from barbelo.db.migrations.run import migrate
from barbelo.db.server import PostgresServer

SIZES = {"accounts": 5_000, "statuses": 200_000, "follows": 100_000, "likes": 400_000}
SQL = Path(__file__).parent / "large.sql"
TRIES = 3


class Cost(NamedTuple):
    """Of the quickest of a few runs; milliseconds, and pages of 8 kB that were looked at."""

    running_ms: float
    planning_ms: float
    buffers: int


class Compared(NamedTuple):
    sql: str
    for_values: Cost
    for_all: Cost

    @property
    def flips(self) -> bool:
        """Much dearer than a plan for these values, its planning included, and not by a few pages."""
        cost, values = self.for_all, self.for_values
        reads_more = cost.buffers > 2 * values.buffers + 100
        return reads_more and cost.running_ms > 3 * (values.planning_ms + values.running_ms)

    def line(self) -> str:
        words = " ".join(self.sql.split())
        return (
            f"   {self.for_values.planning_ms:>9.2f}{self.for_values.running_ms:>9.2f}"
            f"{self.for_values.buffers:>9}{self.for_all.running_ms:>10.2f}{self.for_all.buffers:>9}"
            f"  {'FLIPS ' if self.flips else ''}{words[:70]}"
        )


HEAD = f"   {'planning':>9}{'running':>9}{'buffers':>9}{'running':>10}{'buffers':>9}    (ms; for its values, for all)"


async def fill(dsn: str) -> None:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        for name, size in SIZES.items():
            await connection.execute(f"set bench.{name} = {size}")
        await connection.execute("set work_mem = '64MB'")
        await connection.execute(SQL.read_text(encoding="utf-8"))
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def compare(connection: asyncpg.Connection, asked: Asked) -> Compared:
    return Compared(
        asked.sql,
        await _cost(connection, asked, "force_custom_plan"),
        await _cost(connection, asked, "force_generic_plan"),
    )


async def _cost(connection: asyncpg.Connection, asked: Asked, mode: str) -> Cost:
    found = []
    for line in await _explained(connection, asked, mode, "analyze, buffers, timing off, format json", TRIES):
        whole = json.loads(line)[0]
        pages = whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"]
        found.append(Cost(whole["Execution Time"], whole["Planning Time"], pages))
    return min(found)


async def _explained(
    connection: asyncpg.Connection, asked: Asked, mode: str, options: str, times: int = 1
) -> list[str]:
    """The lines of `times` explanations. `explain` takes no parameters, a prepared statement does."""
    await connection.execute(f"set plan_cache_mode = {mode}")
    await connection.execute(f"prepare asked as {asked.sql}")
    values = ", ".join(map(literal, asked.values))
    question = f"explain ({options}) execute asked" + (f"({values})" if values else "")
    try:
        return [row[0] for _ in range(times) for row in await connection.fetch(question)]
    finally:
        await connection.execute("deallocate asked")


def literal(value: object) -> str:
    """`value` in SQL. Raises `TypeError` for what no statement here is asked with."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        kind = "::uuid[]" if all(isinstance(one, UUID) for one in value) else "::text[]"
        return f"array[{', '.join(map(literal, value))}]{kind}"
    if isinstance(value, str | UUID | datetime):
        return "'" + str(value).replace("'", "''") + "'"
    raise TypeError(f"{type(value)} in a statement")


class Looking:
    """Makes the readings, and looks at what they ask."""

    def __init__(self, inside: Inside, connection: asyncpg.Connection) -> None:
        self._inside = inside
        self._connection = connection
        self._tokens: dict[int, str] = {}

    async def asked_by(self, reading: Reading) -> list[Asked]:
        """The statements of a request; not those that find out who asks, which come once in a while."""
        token = ""
        if reading.reader is not None:
            if reading.reader not in self._tokens:
                account_id = await Finder(self._connection).account_id(reading.reader)
                self._tokens[reading.reader] = await self._inside.token_of(account_id)
            token = self._tokens[reading.reader]
        await self._inside.get(reading.target, token)
        with heard() as asked:
            await self._inside.get(reading.target, token)
        return [one for one in asked if not one.sql.startswith("explain")]  # search asks for an estimate

    async def compare(self, reading: Reading) -> list[Compared]:
        return [await compare(self._connection, asked) for asked in await self.asked_by(reading)]

    async def table(self) -> int:
        """How many statements flip."""
        flips = 0
        print(HEAD)
        for name, reading in (await readings(self._connection)).items():
            compared = await self.compare(reading)
            print(f"{name}: {len(compared)} statements")
            for one in compared:
                flips += one.flips
                print(one.line(), flush=True)
        return flips

    async def show(self, reading: Reading) -> None:
        for asked in await self.asked_by(reading):
            print(asked.sql, "\n")
            for line in await _explained(self._connection, asked, "force_generic_plan", "analyze, buffers"):
                print(f"    {line}")
            print()


@asynccontextmanager
async def looking(database: Database) -> AsyncIterator[Looking]:
    async with opened(database) as inside, database.connection() as connection:
        yield Looking(inside, connection)


async def look(dsn: str, shown: str) -> int:
    database = await connect(dsn, pool_size=4)
    try:
        async with looking(database) as looked, database.connection() as connection:
            if not shown:
                return await looked.table()
            found = await readings(connection)
            if shown not in found:
                print(f"There are: {', '.join(found)}")
                return 1
            await looked.show(found[shown])
            return 0
    finally:
        await database.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Look at the plans of what is read most.")
    parser.add_argument("--show", default="", metavar="READING", help="print the plans of one reading")
    parser.add_argument("--folder", type=Path, help="keep the database here, and use it again")
    wanted = parser.parse_args()
    folder = wanted.folder or Path(tempfile.mkdtemp(prefix="barbelo-plans-"))
    filled = (folder / "filled").exists()
    folder.mkdir(parents=True, exist_ok=True)
    server = PostgresServer(folder, fsync=False)
    try:
        dsn = server.start()
        if not filled:
            began_at = time.perf_counter()
            asyncio.run(fill(dsn))
            (folder / "filled").touch()
            print(f"filled in {time.perf_counter() - began_at:.0f} s")
        return 1 if asyncio.run(look(dsn, wanted.show)) else 0
    finally:
        server.stop()
        if wanted.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
