"""Statements, readers, transactions, events, the bus and the migrations."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec import Struct
from sqlalchemy import BigInteger, Uuid, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import create_async_engine

from barbelo.db.bus import Bus, send_live
from barbelo.db.database import connect
from barbelo.db.fitness import check_fit
from barbelo.db.migrations.run import current_revision, migrate, pending, revisions
from barbelo.db.paging import Paged
from barbelo.db.queue import enqueue
from barbelo.db.rows import adding, some
from barbelo.db.statement import statement
from barbelo.db.tables import metadata
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import follows
from barbelo.db.tables.statuses import tombstones
from barbelo.domain.events import EmojisChanged, NotificationCreated, StatusLiked
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.errors import Conflict, NotFound, Overloaded
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from people import nobody
from posts import tried

_BURY = statement(adding(tombstones, "uri deleted_at"))
_BURIED = statement(select(tombstones.c.uri).order_by(tombstones.c.uri))


class Tombstone(Struct, frozen=True):
    uri: str


_READ = statement(select(tombstones.c.uri).where(tombstones.c.uri == bindparam("uri")), Tombstone)


async def bury(tx, *uris):
    for uri in uris:
        await tx.execute(_BURY, uri=uri, deleted_at=tx.now())


async def test_a_statement_wants_exactly_its_parameters(tx):
    for wrong in ({}, {"uri": "a", "more": 1}):
        with pytest.raises(TypeError):
            await tx.rows(_READ, **wrong)


def test_a_list_that_grows_with_its_values_is_refused():
    with pytest.raises(TypeError, match="any"):
        statement(select(tombstones.c.uri).where(tombstones.c.uri.in_(bindparam("uris", expanding=True))))


async def test_rows_are_read_as_structs(tx):
    await bury(tx, "a")
    assert await tx.one(_READ, uri="a") == Tombstone("a")
    assert await tx.one_or_none(_READ, uri="b") is None
    with pytest.raises(NotFound):
        await tx.one(_READ, uri="b")
    assert await tx.value(_READ, uri="b") is None


async def test_arrays_of_ids_are_one_parameter(tx, alice, bob):
    ids = bindparam("ids", type_=ARRAY(Uuid()))
    found = await tx.column(
        statement(select(accounts.c.id).where(accounts.c.id == any_(ids))), ids=[alice.id, nobody()]
    )
    assert found == [alice.id]
    assert isinstance(found[0], UUID)


async def test_some_looks_at_every_query_around_it(tx, alice, bob):
    """A condition two levels down must mean the account of the outermost query, not any account."""
    inner, outer = follows.alias(), follows.alias()
    nested = some(outer, some(inner, inner.c.follower_id == accounts.c.id), outer.c.id == outer.c.id)
    sql = statement(select(accounts.c.id).where(nested)).sql
    assert sql.count("FROM accounts") == 1


async def test_a_page_has_open_ends_and_exclusive_bounds(tx):
    numbers = text("select n from generate_series(1, 9) n").columns(n=BigInteger).subquery("numbers")
    paged = Paged(select(numbers.c.n), numbers.c.n)
    assert await tx.page(paged, Page(limit=3)) == [9, 8, 7]
    assert await tx.page(paged, Page(limit=3, max_id=7)) == [6, 5, 4]
    assert await tx.page(paged, Page(limit=3, since_id=2)) == [9, 8, 7]
    assert await tx.page(paged, Page(limit=3, min_id=2)) == [5, 4, 3]
    assert await tx.page(paged, Page(limit=9, min_id=2, max_id=5)) == [4, 3]
    assert await tx.page(paged, Page(limit=2, skip=1)) == [8, 7]


async def test_what_is_raised_in_a_transaction_undoes_it_and_its_jobs(database):
    async def fail():
        async with database.transaction() as tx:
            await bury(tx, "gone")
            await enqueue(tx, "job", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await database.column(_BURIED) == []
    assert await database.column(statement(text("select id from pgqueuer"))) == []


async def test_a_savepoint_fails_alone(tx):
    async with tried(tx):
        await bury(tx, "inner")
    await bury(tx, "outer")
    assert await tx.column(_BURIED) == ["outer"]


async def test_a_full_pool_says_no_within_a_moment(postgres, database):
    small = await connect(database.dsn, pool_size=1)
    try:
        async with small.transaction():
            started = asyncio.get_running_loop().time()
            with pytest.raises(Overloaded):
                await small.value(statement(text("select 1")))
            assert asyncio.get_running_loop().time() - started < 5
        assert await small.value(statement(text("select 1"))) == 1
    finally:
        await small.close()


async def test_of_the_connections_of_a_busy_moment_one_stays(database):
    some = await connect(database.dsn, pool_size=3, idle_s=0.3)
    try:
        nap = statement(text("select pg_backend_pid() from pg_sleep(0.05)"))
        await asyncio.gather(*(some.value(nap) for _ in range(3)))
        assert some.pool.get_size() == 3
        await asyncio.sleep(1)
        assert some.pool.get_size() == 1
        assert await some.value(nap) == await some.value(nap)
    finally:
        await some.close()


async def test_types_are_asked_about_once_in_a_process(database):
    lists = statement(text("select cardinality(cast(:ids as uuid[])) + cardinality(cast(:words as text[]))"))
    asked = statement(
        text(
            "select count(*) from pg_prepared_statements where statement like 'WITH RECURSIVE typeinfo_tree%'"
        )
    )
    for _ in range(2):
        some = await connect(database.dsn, pool_size=1)
        try:
            assert await some.value(lists, ids=[], words=["a"]) == 1
            last = await some.value(asked)
        finally:
            await some.close()
    assert last == 0


async def test_a_connection_that_is_cut_says_that_we_are_busy(database):
    cut = statement(text("select pg_terminate_backend(pg_backend_pid())"))
    with pytest.raises(Overloaded):
        async with database.transaction() as tx:
            await tx.value(cut)
    with pytest.raises(Overloaded):
        await database.value(cut)
    assert await database.value(statement(text("select 1"))) == 1


async def test_a_job_with_the_same_key_waits_once(tx):
    for _ in range(2):
        await enqueue(tx, "job", {"n": 1}, once="the one")
    await enqueue(tx, "job", {"n": 2})
    assert len(await tx.column(statement(text("select id from pgqueuer")))) == 2


async def test_a_future_event_is_told_by_a_job_and_not_now(tx, alice):
    at = tx.now() + timedelta(hours=1)
    await tx.emit(EmojisChanged(), at=at)
    assert tx.live == []
    (job,) = await tx._fetch(statement(text("select entrypoint, execute_after from pgqueuer")), {})
    assert (job["entrypoint"], job["execute_after"]) == ("tell", at)


async def test_live_events_reach_other_processes_at_commit_and_not_before(database):
    async def fail():
        async with database.transaction() as tx:
            await tx.emit(EmojisChanged())
            raise ZeroDivisionError

    database.follow(follow_up, send_live)
    heard = []
    bus = Bus(database.dsn)
    bus.subscribe(heard.extend)
    await bus.start()
    await bus.listening.wait()
    try:
        async with database.transaction() as tx:
            await tx.emit(EmojisChanged())
            await tx.emit(StatusLiked(status_id=nobody(), account_id=nobody(), origin=Origin.LOCAL))
            await asyncio.sleep(0.05)
            assert heard == []
        await _until(lambda: heard)
        assert [event.name for event in heard] == ["EmojisChanged"]
        with pytest.raises(ZeroDivisionError):
            await fail()
        await asyncio.sleep(0.05)
        assert len(heard) == 1
    finally:
        await bus.stop()


async def test_more_events_than_one_notification_holds_all_arrive(database):
    database.follow(follow_up, send_live)
    heard = []
    bus = Bus(database.dsn)
    bus.subscribe(heard.extend)
    await bus.start()
    await bus.listening.wait()
    try:
        async with database.transaction() as tx:
            for number in range(1, 501):
                await tx.emit(NotificationCreated(notification_id=number, account_id=nobody()))
        await _until(lambda: len(heard) == 500)
    finally:
        await bus.stop()


async def test_a_bus_that_was_cut_off_listens_again_and_says_that_it_missed_something(database, monkeypatch):
    monkeypatch.setattr("barbelo.db.bus._RECONNECT_S", 0.05)
    database.follow(follow_up, send_live)
    gaps, heard = [], []
    bus = Bus(database.dsn, lambda: gaps.append(1))
    bus.subscribe(heard.extend)
    await bus.start()
    await bus.listening.wait()
    try:
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'"
        await database.column(statement(text(cut)))
        await _until(lambda: gaps)
        await bus.listening.wait()
        async with database.transaction() as tx:
            await tx.emit(EmojisChanged())
        await _until(lambda: heard)
    finally:
        await bus.stop()


async def _until(condition, most_s=5.0):
    async with asyncio.timeout(most_s):
        while not condition():  # noqa: ASYNC110  # what is waited for is not ours to signal
            await asyncio.sleep(0.01)


def _named(dsn, name):
    address, _, query = dsn.partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{query}"


_fresh = iter(range(1_000))


@pytest.fixture
async def fresh(postgres):
    """The DSN of a database without tables."""
    name = f"fresh_{next(_fresh)}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name}")
    yield _named(postgres, name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_migrations_end_in_the_tables_that_the_program_knows(fresh):
    assert await pending(fresh) == revisions()
    await migrate(fresh)
    assert await pending(fresh) == []
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(fresh))
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(
                MigrationContext.configure(sync, opts={"compare_server_default": True}), metadata
            )
        )
    await engine.dispose()
    assert _real(differences) == []


def _real(differences):
    """Without the queue's own tables, and without indexes that differ only in how PostgreSQL spells an expression."""
    ours = [one for one in differences if "pgqueuer" not in str(one)]
    changes = {(one[0], one[1].name) for one in ours if one[0] in {"add_index", "remove_index"}}
    both = {name for kind, name in changes if kind == "add_index" and ("remove_index", name) in changes}
    return [one for one in ours if not (one[0] in {"add_index", "remove_index"} and one[1].name in both)]


async def test_two_who_migrate_at_once_do_it_once(fresh):
    done = await asyncio.gather(*(migrate(fresh) for _ in range(3)))
    assert sorted(map(len, done)) == [0, 0, len(revisions())]


async def test_a_migration_that_was_killed_has_left_nothing_and_is_done_again(fresh, monkeypatch):
    def broken(_path):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("barbelo.db.migrations.scripts.await_only", broken)
        with pytest.raises(ZeroDivisionError):
            await migrate(fresh)
    assert await current_revision(fresh) is None
    await migrate(fresh)
    assert await current_revision(fresh) == revisions()[-1]


async def test_a_database_from_the_future_is_refused(fresh):
    await migrate(fresh)
    connection = await asyncpg.connect(fresh)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()
    with pytest.raises(Conflict, match="9999"):
        await migrate(fresh)


async def test_a_database_that_does_not_keep_utf8_is_refused(postgres):
    name = f"latin_{next(_fresh)}"
    admin = await asyncpg.connect(postgres)
    await admin.execute(f"create database {name} encoding 'LATIN1' locale 'C' template template0")
    try:
        with pytest.raises(Conflict, match="LATIN1"):
            await check_fit(_named(postgres, name))
        await check_fit(postgres)
    finally:
        await admin.execute(f"drop database {name}")
        await admin.close()
