"""kill -9 of whatever there is to kill: PostgreSQL never outlives its keeper, and no acknowledged row is lost."""

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
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from barbelo.db.server import PostgresServer
from barbelo.db.server.leftovers import Leftovers, find_leftovers

SEED = 20260  # the moments are random and the same in every run
ROUNDS = 4

HOLDER = """
import signal, sys
from pathlib import Path
from barbelo.db.server import PostgresServer
print(PostgresServer(Path(sys.argv[1])).start(), flush=True)
signal.pause()
"""

WRITER = """
import asyncio, asyncpg, os, sys

async def write(paper):
    connection = await asyncpg.connect(sys.argv[1])
    while True:
        number = await connection.fetchval("insert into kept default values returning id")
        os.write(paper, b"%d\\n" % number)  # acknowledged: from here on it must never be missed

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute("create table if not exists kept (id bigint generated always as identity primary key)")
    await connection.close()
    paper = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    await asyncio.gather(*(write(paper) for _ in range(3)), return_exceptions=True)

asyncio.run(main())
"""

COUNTER = """
import asyncio, asyncpg, sys

async def main():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute("select count(*) from generate_series(1, 100000000000)")

asyncio.run(main())
"""


def tell(text: str) -> None:
    sys.stdout.write(text + "\n")


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bbl-", dir="/tmp"))
    yield folder / "data"
    assert gone_within(folder / "data", 10), "a test left PostgreSQL processes behind"
    shutil.rmtree(folder)


@contextmanager
def holder(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of its own that keeps the server, and the DSN."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, data], stdout=subprocess.PIPE, text=True)
    try:
        began = time.monotonic()
        dsn = process.stdout.readline().strip()
        assert dsn
        tell(f"ready after {time.monotonic() - began:.2f} s")
        yield process, dsn
    finally:
        process.kill()
        process.communicate()


@contextmanager
def writing(dsn: str, paper: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Writers at work, entered once the first new row is acknowledged."""
    before = paper.stat().st_size if paper.exists() else 0
    process = subprocess.Popen([sys.executable, "-c", WRITER, dsn, paper], stderr=subprocess.DEVNULL)
    try:
        until(lambda: paper.exists() and paper.stat().st_size > before, 20)
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def living(data: Path) -> Leftovers:
    try:
        inside = os.open(data / "postgres" / "cluster", os.O_RDONLY)
    except FileNotFoundError:
        return Leftovers(None, ())
    try:
        return find_leftovers(inside, None)
    finally:
        os.close(inside)


def gone_within(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while living(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def acknowledged(paper: Path) -> set[int]:
    return {int(line) for line in paper.read_text().split()}


def ask(dsn: str, sql: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def check_nothing_is_lost(dsn: str, paper: Path) -> None:
    rows = {row["id"] for row in ask(dsn, "select id from kept")}
    promised = acknowledged(paper)
    tell(f"{len(promised)} acknowledged rows, all there: {promised <= rows}")
    assert promised
    assert promised <= rows


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death"
)
@pytest.mark.parametrize("at_once", [False, True], ids=["after it is gone", "at once"])
def test_postgresql_dies_with_its_keeper_and_a_new_one_has_every_acknowledged_row(data, tmp_path, at_once):
    dice = random.Random(SEED + at_once)
    paper = tmp_path / "acknowledged"
    for _ in range(ROUNDS):
        with holder(data) as (process, dsn), writing(dsn, paper):
            time.sleep(dice.uniform(0, 0.4))
            process.kill()
            process.wait()
            if not at_once:
                assert gone_within(data, 5)
        with PostgresServer(data, say=tell) as server:
            check_nothing_is_lost(server.dsn, paper)


def test_after_a_kill_of_everything_at_once_every_acknowledged_row_is_there(data, tmp_path):
    dice = random.Random(SEED)
    paper = tmp_path / "acknowledged"
    for _ in range(ROUNDS):
        with holder(data) as (process, dsn), writing(dsn, paper):
            time.sleep(dice.uniform(0, 0.4))
            for pid in (
                *living(data).others,
                process.pid,
            ):  # the holder last, whose death would stop it in good order
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert (data / "postgres" / "cluster" / "postmaster.pid").exists()
        with PostgresServer(data, say=tell) as server:
            check_nothing_is_lost(server.dsn, paper)


def test_a_killed_postmaster_is_seen_and_started_again_at_the_same_address(data, tmp_path):
    dice = random.Random(SEED)
    paper = tmp_path / "acknowledged"
    with PostgresServer(data, say=tell) as server:
        dsn = server.dsn
        for _ in range(ROUNDS):
            with writing(dsn, paper):
                time.sleep(dice.uniform(0, 0.4))
                os.kill(server.pid, signal.SIGKILL)
                until(lambda: server.poll() is not None, 5)
                assert server.poll() == -signal.SIGKILL
            began = time.monotonic()
            assert server.start() == dsn
            tell(f"ready again after {time.monotonic() - began:.2f} s")
            check_nothing_is_lost(dsn, paper)


def test_a_killed_backend_costs_the_others_their_connections_and_nobody_a_row(data, tmp_path):
    paper = tmp_path / "acknowledged"
    with PostgresServer(data, say=tell) as server:
        postmaster = server.pid
        with writing(server.dsn, paper) as writer:
            victim = ask(server.dsn, "select pid from pg_stat_activity where query like 'insert%' limit 1")[
                0
            ]["pid"]
            os.kill(victim, signal.SIGKILL)
            writer.wait(10)  # every connection is cut

        def answers() -> bool:
            try:
                return bool(ask(server.dsn, "select 1"))
            except (asyncpg.PostgresError, OSError):
                return False

        until(answers, 10)
        assert (server.poll(), server.pid) == (None, postmaster)
        check_nothing_is_lost(server.dsn, paper)


def test_a_backend_too_busy_to_notice_its_postmasters_death_does_not_block_the_next(data):
    with PostgresServer(data, say=tell) as server:
        with subprocess.Popen(
            [sys.executable, "-c", COUNTER, server.dsn], stderr=subprocess.DEVNULL
        ) as counter:
            until(
                lambda: ask(
                    server.dsn, "select pid from pg_stat_activity where query like '%generate_series(1,%'"
                )[1:],
                10,
            )
            os.kill(server.pid, signal.SIGKILL)
            until(lambda: server.poll() is not None, 5)
            counter.kill()
        assert living(data).others
        server.start()
        assert ask(server.dsn, "select 1")


def test_a_first_start_killed_at_any_moment_does_not_hinder_the_second(data):
    dice = random.Random(SEED)
    for _ in range(ROUNDS):
        process = subprocess.Popen([sys.executable, "-c", HOLDER, data], stdout=subprocess.DEVNULL)
        time.sleep(dice.uniform(0.1, 0.9))
        process.kill()
        process.wait()
    with PostgresServer(data, say=tell) as server:
        assert ask(server.dsn, "select 1")
