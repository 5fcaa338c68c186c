"""`barbelo jobs` and `barbelo db`, as an administrator calls them."""

import asyncio
import re
from datetime import timedelta

import asyncpg
import pytest

from barbelo.cli import db_commands, jobs_commands
from barbelo.config.settings import all_keys
from barbelo.jobs.job import job
from jobs_cast import is_quiet, parked, put_down, until, waiting, working


@pytest.fixture
def call(database, capsys, tmp_path, monkeypatch):
    """Run words of `barbelo`; gives what was printed."""
    monkeypatch.chdir(tmp_path)
    for key in all_keys():
        monkeypatch.delenv(key.variable, raising=False)
        monkeypatch.delenv(key.note.short or key.variable, raising=False)
    monkeypatch.setenv("BARBELO_DATABASE_URL", database.dsn)
    apps = {"jobs": jobs_commands.app, "db": db_commands.app}

    async def call(*words):
        capsys.readouterr()  # what was said before
        # In a thread, for a command brings its own event loop.
        await asyncio.to_thread(apps[words[0]], words[1:], result_action="return_value")
        return capsys.readouterr().out

    return call


async def fail(database, name="bad", payload=None):
    """Have a job parked."""
    jobs = {}

    async def function(payload: object):
        raise ZeroDivisionError("seven by nothing")

    function.__name__ = name
    job(registry=jobs, retry=lambda _attempt: 0)(function)
    await put_down(database, name, payload)
    async with working(database, jobs):
        await until(lambda: is_quiet(database))


async def test_an_empty_queue_is_told_in_a_line(call):
    assert await call("jobs", "list") == "0 running, 0 due, 0 for later, 0 parked\n"
    assert await call("jobs", "parked") == "Nothing is parked.\n"


async def test_list_prints_what_waits_in_the_order_in_which_it_is_due(call, database):
    await put_down(database, "tomorrow", at=database.now() + timedelta(hours=1))
    await put_down(database, "soon")
    printed = await call("jobs", "list")
    assert printed.startswith(
        "0 running, 1 due, 1 for later, 0 parked\nThe first one that is due has been for "
    )
    head, soon, tomorrow = printed.splitlines()[-3:]
    assert head.split() == ["ID", "JOB", "STATE", "DUE", "PUT", "BACK", "WHY"]
    assert re.fullmatch(r"2   soon      waiting  20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ  0", soon)
    assert tomorrow.startswith("1   tomorrow")
    assert "tomorrow" not in await call("jobs", "list", "--job", "soon")


async def test_parked_prints_the_reason_and_when_asked_the_payload(call, database):
    await fail(database, "bad", {"number": 7})
    printed = await call("jobs", "parked")
    assert "bad" in printed
    assert "ZeroDivisionError: seven by nothing, after 3 tries" in printed
    assert "number" not in printed
    assert '{"number":7}' in await call("jobs", "parked", "--payload")


async def test_retry_runs_a_parked_job_again_with_the_same_payload_and_all_its_tries(call, database):
    await fail(database, "bad", {"number": 7})
    (one,) = await parked(database)
    assert await call("jobs", "retry", one.id) == "1 jobs will be run.\n"
    assert await parked(database) == []
    ran = []
    jobs = {}

    @job(registry=jobs)
    async def bad(payload: dict[str, int]):
        ran.append(payload)

    async with working(database, jobs):
        await until(lambda: bool(ran))
    assert ran == [{"number": 7}]


async def test_retry_by_name_takes_all_that_were_parked_and_makes_those_that_wait_due(call, database):
    for _ in range(2):
        await fail(database, "bad")
    await fail(database, "other")
    await put_down(database, "bad", at=database.now() + timedelta(hours=1))
    assert await call("jobs", "retry", "--job", "bad") == "3 jobs will be run.\n"
    assert [one.job for one in await parked(database)] == ["other"]
    assert all(one.due_at <= database.now() for one in await waiting(database))


async def test_drop_forgets_parked_and_waiting_jobs_and_no_others(call, database):
    await fail(database, "bad")
    (one,) = await parked(database)
    await put_down(database, "wait")
    await put_down(database, "stay")
    (wait, stay) = await waiting(database)
    assert await call("jobs", "drop", one.id, str(wait.id)) == "2 jobs were dropped.\n"
    assert await parked(database) == []
    assert [left.id for left in await waiting(database)] == [stay.id]


async def test_what_runs_now_is_not_dropped(call, database):
    jobs = {}

    @job(registry=jobs)
    async def slow():
        begun.set()
        await go_on.wait()

    begun, go_on = asyncio.Event(), asyncio.Event()
    await put_down(database, "slow")
    async with working(database, jobs):
        await begun.wait()
        assert await call("jobs", "drop", "--job", "slow") == "0 jobs were dropped.\n"
        assert await call("jobs", "list") != ""
        go_on.set()
        await until(lambda: is_quiet(database))


@pytest.mark.parametrize("word", ["retry", "drop"])
async def test_nothing_is_done_when_nothing_is_named(call, word):
    with pytest.raises(SystemExit, match="Say which"):
        await call("jobs", word)


async def test_db_status_tells_the_revision_and_that_nothing_is_pending(call):
    printed = await call("db", "status")
    assert re.search(r"^Revision   \d{4}$", printed, re.MULTILINE)
    assert "Pending    nothing" in printed


async def test_db_migrate_brings_up_an_empty_database(call, postgres, database, monkeypatch):
    admin = await asyncpg.connect(postgres)
    await admin.execute("create database barren")
    address, _, query = database.dsn.partition("?")
    monkeypatch.setenv("BARBELO_DATABASE_URL", f"{address.rpartition('/')[0]}/barren?{query}")
    try:
        with pytest.raises(SystemExit) as caught:
            await call("db", "status")
        assert caught.value.code == 1
        assert (await call("db", "migrate")).startswith("Migrated: 0001")
        assert await call("db", "migrate") == "The database is up to date.\n"
        assert "Pending    nothing" in await call("db", "status")
    finally:
        await admin.execute("drop database barren with (force)")
        await admin.close()
