"""Workers as real processes, killed at any moment: every job is done in the end, and nothing twice that counts."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barbelo.db.database import connect
from barbelo.db.migrations.run import migrate
from barbelo.db.server import PostgresServer
from jobs_cast import is_quiet, parked, put_down, until, waiting

SEED = 20261
KILLS = 3  # a job may be picked up four times before it is suspected
QUICK = (2.0, 0.2)
USUAL = (20.0, 5.0)

TABLES = """
    create table begun (number int, pid int);
    create table noted (number int unique);
    create table counted (number int)
"""

WORKER = """
import asyncio, os, signal, sys
from barbelo.config.sections.machine import Log
from barbelo.config.logging import set_up_structlog
from barbelo.db.database import Database, connect
from barbelo.jobs.consequences import follow_up
from barbelo.jobs.job import job
from barbelo.jobs.rows import Picked, finish
from barbelo.jobs.worker import Pace, Worker

jobs = {}

async def begin(db, number):
    return await db.pool.fetchval(
        "with it as (insert into begun values ($1, $2)) select count(*) from begun where number = $1", number, os.getpid())

@job(registry=jobs)
async def long_at_first(number: int, *, db: Database):
    if await begin(db, number) == 0:
        await asyncio.sleep(300)
    await db.pool.execute("insert into noted values ($1)", number)

@job(registry=jobs)
async def deadly(number: int, *, db: Database):
    await begin(db, number)
    os.kill(os.getpid(), signal.SIGKILL)

@job(registry=jobs)
async def note(number: int, *, db: Database):
    await begin(db, number)
    await asyncio.sleep(0.02)
    await db.pool.execute("insert into noted values ($1) on conflict do nothing", number)
    await asyncio.sleep(0.02)

@job(registry=jobs)
async def count(number: int, *, db: Database, picked: Picked):
    await begin(db, number)
    await asyncio.sleep(0.02)
    async with db.transaction() as tx:
        if await finish(tx, picked):
            await tx.raw.execute("insert into counted values ($1)", number)
    await asyncio.sleep(0.02)

async def main():
    set_up_structlog(Log(), "worker")
    db = await connect(sys.argv[1], acquire_s=10)
    db.follow(follow_up)
    pace = Pace(lost_after_s=float(sys.argv[2]), look_every_s=float(sys.argv[3]))
    worker = Worker(db, {}, jobs=jobs, periodic=(), pace=pace)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    print("ready", flush=True)
    await worker.run(grace_s=1)
    await db.close()

asyncio.run(main())
"""


@contextmanager
def worker(dsn: str, pace: tuple[float, float] = QUICK) -> Iterator[subprocess.Popen[str]]:
    """A worker process with the jobs of this file."""
    command = [sys.executable, "-c", WORKER, dsn, *map(str, pace)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
async def tables(database):
    await database.pool.execute(TABLES)
    database._acquire_s = 10
    return database


async def until_quiet(database, seconds: float = 90) -> None:
    try:
        await until(lambda: is_quiet(database), seconds)
    except TimeoutError:
        raise AssertionError(f"still in the queue: {await waiting(database)}") from None


async def begun(database) -> int:
    return await database.pool.fetchval("select count(*) from begun")


async def noted(database) -> list[int]:
    return [row["number"] for row in await database.pool.fetch("select number from noted order by number")]


async def begin_and_kill(database, pace) -> None:
    """A worker dies in the middle of a job, and cannot say so."""
    with worker(database.dsn, pace) as process:
        await put_down(database, "long_at_first", 1)
        await until(lambda: has_begun(database, 1))
        process.kill()
        process.wait()


async def has_begun(database, times: int) -> bool:
    return await begun(database) >= times


async def test_the_job_of_a_killed_worker_is_taken_up_by_another(tables):
    await begin_and_kill(tables, QUICK)
    assert [one.state for one in await waiting(tables)] == ["running"]
    began = time.monotonic()
    with worker(tables.dsn):
        await until_quiet(tables)
    assert await noted(tables) == [1]
    assert time.monotonic() - began < 20


async def test_at_the_usual_pace_the_job_of_a_killed_worker_is_taken_up_within_a_minute(tables):
    await begin_and_kill(tables, USUAL)
    began = time.monotonic()
    with worker(tables.dsn, USUAL):
        await until_quiet(tables)
    sys.stdout.write(f"taken up after {time.monotonic() - began:.1f} s\n")
    assert await noted(tables) == [1]


async def test_a_job_that_kills_its_worker_is_parked(tables):
    await put_down(tables, "deadly", 1)
    await put_down(tables, "note", 2)
    deaths = 0
    for _ in range(8):
        with worker(tables.dsn, (0.5, 0.1)) as process:
            try:
                await asyncio.wait_for(asyncio.to_thread(process.wait), 6)
            except TimeoutError:
                break
            deaths += 1
            assert process.returncode == -signal.SIGKILL
    (one,) = await parked(tables)
    assert (one.job, one.reason) == (
        "deadly",
        "picked up 5 times without an end: it seems to kill the worker",
    )
    assert deaths == 4
    assert await noted(tables) == [2]


async def test_workers_killed_at_random_moments_leave_every_effect_exactly_once(tables):
    dice = random.Random(SEED)
    for number in range(100):
        await put_down(tables, "note", number)
        await put_down(tables, "count", number)
    for _ in range(KILLS):
        with worker(tables.dsn) as process:
            before = await begun(tables)
            await until(lambda before=before: has_begun(tables, before + 1))
            await asyncio.sleep(dice.uniform(0, 0.25))
            process.kill()
            process.wait()
    assert not await is_quiet(tables)
    with worker(tables.dsn):
        await until_quiet(tables)
    assert await begun(tables) > 200, "no kill has hit a job"
    assert await noted(tables) == list(range(100))
    counted = await tables.pool.fetch("select number from counted order by number")
    assert [row["number"] for row in counted] == list(range(100))
    assert await parked(tables) == []


async def test_a_worker_told_to_stop_puts_its_job_back_and_leaves_in_peace(tables):
    with worker(tables.dsn) as process:
        await put_down(tables, "long_at_first", 1)
        await until(lambda: has_begun(tables, 1))
        process.terminate()
        assert await asyncio.wait_for(asyncio.to_thread(process.wait), 15) == 0
    assert [one.state for one in await waiting(tables)] == ["waiting"]
    with worker(tables.dsn):
        await until_quiet(tables)
    assert await noted(tables) == [1]


# PostgreSQL itself.


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))
    with PostgresServer(folder) as server:
        yield server
    shutil.rmtree(folder)


async def test_a_worker_outlives_its_postgresql(own_postgres):
    """The server is killed under running jobs and comes back at the same address, as the supervisor does it."""
    await migrate(own_postgres.dsn)
    database = await connect(own_postgres.dsn, acquire_s=10)
    await database.pool.execute(TABLES)
    with worker(own_postgres.dsn) as process:
        for number in range(40):
            await put_down(database, "note", number)
        for number in range(40):
            await put_down(database, "count", number)
        await until(lambda: has_begun(database, 10))
        os.kill(own_postgres.pid, signal.SIGKILL)
        await until(lambda: own_postgres.poll() is not None)
        await asyncio.sleep(0.5)
        own_postgres.start()
        began = time.monotonic()
        await until(lambda: answers(database))
        await put_down(database, "note", 1000)
        await until_quiet(database)
        sys.stdout.write(f"all done {time.monotonic() - began:.1f} s after PostgreSQL was back\n")
        assert process.poll() is None
        assert await noted(database) == [*range(40), 1000]
        assert await database.pool.fetchval("select count(*) from counted") == 40
        assert await parked(database) == []
    await database.close()


async def answers(database) -> bool:
    try:
        await database.pool.fetchval("select 1")
    except Exception:  # noqa: BLE001 -- whatever a dead server is met with
        return False
    return True
