"""The queue's line to PostgreSQL breaks in all kinds of ways, and nobody at our end of it notices."""

import asyncio

import asyncpg
import pytest

from barbelo.jobs import line as line_module
from barbelo.jobs.line import Line, LineClosed
from jobs_cast import until

PID = "select pg_backend_pid() as pid"
KILL = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'barbelo queue' and datname = current_database()"


@pytest.fixture
def line(database):
    line = Line(database.dsn)
    yield line
    line.close()


async def test_a_line_that_was_cut_while_silent_is_made_anew(line, database):
    before = await line.fetch(PID)
    await database.pool.execute(KILL)
    assert await line.fetch(PID) != before


async def test_a_statement_that_was_cut_off_is_said_again(line, database):
    saying = asyncio.create_task(line.fetch("select pg_backend_pid() as pid, pg_sleep(1)"))
    await until(lambda: sleeps(database))
    (cut,) = await database.pool.fetch("select pid from pg_stat_activity where wait_event = 'PgSleep'")
    await database.pool.execute(KILL)
    (said,) = await saying
    assert said["pid"] != cut["pid"]


async def sleeps(database) -> bool:
    return await database.pool.fetchval(
        "select count(*) > 0 from pg_stat_activity where wait_event = 'PgSleep'"
    )


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        ConnectionResetError("reset"),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_however_the_driver_puts_it(line, error, monkeypatch):
    before = await line.fetch(PID)
    heard = []

    async def fetch(connection, *args):
        heard.append(connection)
        monkeypatch.undo()
        raise error

    monkeypatch.setattr(asyncpg.Connection, "fetch", fetch)
    assert await line.fetch(PID) != before
    assert len(heard) == 1


async def test_a_mistake_is_not_said_again(line):
    before = await line.fetch(PID)
    with pytest.raises(asyncpg.UndefinedTableError):
        await line.execute("select * from nowhere")
    with pytest.raises(asyncpg.InterfaceError):
        await line.fetch("select $1::int", 1, 2)
    assert await line.fetch(PID) == before


async def test_who_listens_hears_again_after_a_break(line, database):
    heard = []
    await line.add_listener("word", heard.append)
    await line.notify("word", "one")
    await until(lambda: heard == ["one"])
    await database.pool.execute(KILL)
    await line.fetch(PID)
    await database.pool.execute("select pg_notify('word', 'two')")
    await until(lambda: heard == ["one", "two"])


async def test_several_at_once_wait_for_each_other(line):
    answers = await asyncio.gather(
        *(line.fetch(f"select {number} as n, pg_sleep(0.01)") for number in range(20))
    )
    assert [rows[0]["n"] for rows in answers] == list(range(20))


async def test_nobody_waits_for_a_postgresql_that_does_not_come_once_the_line_is_closed(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(line_module, "FIRST_RECONNECT_S", 60.0)
    line = Line(f"postgresql://x@/x?host={tmp_path}")
    waits = asyncio.create_task(line.fetch(PID))
    await asyncio.sleep(0.2)
    assert not waits.done()
    line.close()
    with pytest.raises(LineClosed):
        await asyncio.wait_for(waits, 5)
    with pytest.raises(LineClosed):
        await line.execute("select 1")
