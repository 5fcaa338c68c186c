"""What the jobs of the house do: events of the future, feeds, files, and forgetting."""

import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select

from barbelo.db.queue import enqueue
from barbelo.db.statement import statement
from barbelo.db.tables.timelines import home_feed
from barbelo.domain import events
from barbelo.domain.timelines import feed
from barbelo.gateways.storage import DiskStorage
from barbelo.jobs import rows
from barbelo.jobs.consequences import TELL
from barbelo.jobs.job import JOBS, MORE
from barbelo.jobs.work import feeds, files, forgetting
from barbelo.kernel.errors import Overloaded
from barbelo.kernel.origin import Origin
from jobs_cast import is_quiet, parked, put_down, until, working
from people import resident
from posts import follows_row, published

FEED = statement(select(home_feed.c.account_id))


@pytest.fixture
def storage(tmp_path):
    return DiskStorage(tmp_path / "media")


@pytest.fixture
async def alice(database):
    async with database.transaction() as tx:
        return await resident(tx, "alice")


@pytest.fixture
async def bob(database):
    async with database.transaction() as tx:
        return await resident(tx, "bob")


def house(database, storage):
    return working(database, JOBS, have={"storage": storage})


async def run_sql(database, sql, *args):
    async with database.connection() as connection:
        return await connection.fetch(sql, *args)


async def with_feed(database, *people):
    ids = [person.id for person in people]
    await run_sql(
        database, "update users set feed_built_at = now(), feed_floor = null where account_id = any($1)", ids
    )


# Events of the future.


async def test_an_event_of_the_future_is_told_when_its_time_has_come(database, storage, alice, bob):
    await with_feed(database, bob)
    async with database.transaction() as tx:
        await published(tx, alice)
        await follows_row(tx, bob, alice)
        event = events.FollowAccepted(
            follower_id=bob.id, followed_id=alice.id, origin=Origin.LOCAL, asked=False
        )
        await tx.emit(event, at=tx.now() + timedelta(seconds=0.7))
    async with house(database, storage):
        await asyncio.sleep(0.3)
        assert await database.column(FEED) == []
        await until(lambda: is_quiet(database))
    assert await database.column(FEED) == [bob.id]


async def test_an_event_is_told_once_also_when_its_worker_dies_before_saying_so(database, storage, alice):
    """Finishing is part of the transaction that tells it: there is no moment between the two."""
    told = []

    async def follow_up(tx, event, _at):
        told.append(event)

    database.follow(follow_up)
    async with database.transaction() as tx:
        await enqueue(tx, TELL, {"event": "AccountRestored", "fields": {"account_id": alice.id}})
    async with house(database, storage):
        await until(lambda: bool(told))
        # The row is gone with the commit, and not only when pgqueuer gets round to noting the end.
        await until(lambda: is_quiet(database))
    assert told == [events.AccountRestored(account_id=alice.id)]
    log = await run_sql(database, "select status::text from pgqueuer_log order by id")
    assert [row["status"] for row in log] == ["queued", "picked", "successful"]


async def test_an_event_whose_consequences_fail_stays_in_the_queue(database, storage, alice):
    async def follow_up(tx, event, _at):
        raise ZeroDivisionError

    database.follow(follow_up)
    async with database.transaction() as tx:
        await enqueue(tx, TELL, {"event": "AccountRestored", "fields": {"account_id": alice.id}})
    async with house(database, storage):
        await until(lambda: waits(database))


async def waits(database) -> bool:
    return (await rows.figures(database)).later == 1


# Feeds.


FANS = """
    with fans as (
        insert into accounts (id, username, username_key, uri, url, created_at)
        select gen_random_uuid(), 'fan' || n, 'fan' || n, 'fan' || n, '', now() from generate_series(1, 1200) n
        returning id
    ), logins as (
        insert into users (account_id, password_hash, created_at, feed_built_at)
        select id, '', now(), now() from fans
    )
    insert into follows (follower_id, followed_id, accepted, created_at) select id, $1, true, now() from fans
"""


async def test_the_followers_of_somebody_popular_are_fed_in_batches_by_jobs(database, storage, alice):
    await run_sql(database, FANS, alice.id)
    await run_sql(database, "update accounts set followers_count = 1200 where id = $1", alice.id)
    async with database.transaction() as tx:
        await published(tx, alice)
    assert await database.column(FEED) == []
    async with house(database, storage):
        await until(lambda: is_quiet(database))
    assert len(set(await database.column(FEED))) == 1200
    ended = await run_sql(database, "select 1 from pgqueuer_log where status = 'successful'")
    assert len(ended) == 4  # of 500, 500 and 200, and one that found nobody left


async def test_feeds_that_have_grown_too_long_are_cut(database, alice, monkeypatch):
    monkeypatch.setattr(feed, "FEED_ROWS", 5)
    monkeypatch.setattr(feeds, "FEEDS_A_RUN", 1)
    await with_feed(database, alice)
    async with database.transaction() as tx:
        for _ in range(1002):
            await published(tx, alice)
    assert len(await database.column(FEED)) == 1002
    assert await feeds.trim_feeds(db=database) is MORE
    assert await feeds.trim_feeds(db=database) is None
    assert len(await database.column(FEED)) == 5


async def test_feeds_of_people_long_away_are_dropped_and_of_no_others(database, alice, bob):
    await with_feed(database, alice, bob)
    async with database.transaction() as tx:
        await published(tx, alice)
        await published(tx, bob)
    away = "update users set last_active_at = now() - interval '31 days', feed_built_at = now() - interval '31 days'"
    await run_sql(database, f"{away} where account_id = $1", bob.id)
    assert await feeds.close_dormant_feeds(db=database) is None
    assert await database.column(FEED) == [alice.id]


# Files.


async def keep(storage, tmp_path, content: bytes, *, age_s: float = 7200) -> str:
    source = tmp_path / "source.png"
    source.write_bytes(content)
    kept = await storage.put(source, suffix=".png")
    then = time.time() - age_s
    os.utime(storage.local_path(kept.path), (then, then))
    return kept.path


async def paths(storage) -> set[str]:
    return {file.path async for file in storage.iterate()}


async def add_media(database, account_id, path, preview, *, age="0 s"):
    await run_sql(
        database,
        f"""insert into media (account_id, kind, mime, path, preview_path, created_at)
            values ($1, 'image', 'image/png', $2, $3, now() - interval '{age}')""",
        account_id,
        path,
        preview,
    )


async def test_files_that_no_row_names_are_removed(database, storage, tmp_path, alice):
    names = "original preview avatar avatar_static header header_static background emoji".split()
    named = {name: await keep(storage, tmp_path, name.encode()) for name in names}
    orphans = [await keep(storage, tmp_path, f"orphan {number}".encode()) for number in range(5)]
    await add_media(database, alice.id, named["original"], named["preview"])
    await run_sql(
        database,
        """update accounts set avatar = $2, avatar_static = $3, header = $4, header_static = $5, background = $6
            where id = $1""",
        alice.id,
        *[named[name] for name in names[2:7]],
    )
    await run_sql(database, "insert into emojis (shortcode, path) values ('blob', $1)", named["emoji"])
    await files.sweep_files(db=database, storage=storage)
    assert await paths(storage) == set(named.values())
    assert orphans


async def test_many_files_are_swept_a_few_at_a_time(database, storage, tmp_path, alice, monkeypatch):
    monkeypatch.setattr(files, "FILES_AT_ONCE", 3)
    kept = [await keep(storage, tmp_path, b"%d" % number) for number in range(20)]
    for path in kept[::2]:
        await add_media(database, alice.id, path, None)
    await files.sweep_files(db=database, storage=storage)
    assert await paths(storage) == set(kept[::2])


async def test_a_young_file_is_left_alone_for_its_row_may_be_on_the_way(database, storage, tmp_path):
    young = await keep(storage, tmp_path, b"young", age_s=3500)
    old = await keep(storage, tmp_path, b"old", age_s=3700)
    await files.sweep_files(db=database, storage=storage)
    assert await paths(storage) == {young}
    assert old != young


async def test_a_file_that_was_put_again_while_the_sweep_ran_is_left_alone(database, storage, tmp_path):
    path = await keep(storage, tmp_path, b"again")
    listed = [file async for file in storage.iterate()]
    await keep(storage, tmp_path, b"again", age_s=0)
    await files._sweep(database, storage, listed)
    assert await paths(storage) == {path}


async def test_nothing_is_swept_while_a_backup_is_taken(database, storage, tmp_path):
    path = await keep(storage, tmp_path, b"orphan")
    async with backup_runs(database):
        with pytest.raises(Overloaded):
            await files.sweep_files(db=database, storage=storage)
        assert await paths(storage) == {path}
    await files.sweep_files(db=database, storage=storage)
    assert await paths(storage) == set()


@asynccontextmanager
async def backup_runs(database):
    connection = await asyncpg.connect(database.dsn)
    await connection.execute("select pg_advisory_lock_shared($1)", files.BACKUP_LOCK)
    yield
    await connection.close()


async def test_uploads_that_nobody_attached_are_forgotten_after_a_day_and_then_their_files(
    database, storage, tmp_path, alice, monkeypatch
):
    monkeypatch.setattr(files, "ROWS_A_RUN", 2)
    old = [await keep(storage, tmp_path, b"old %d" % number) for number in range(3)]
    new = await keep(storage, tmp_path, b"new")
    for path in old:
        await add_media(database, alice.id, path, None, age="25 hours")
    await add_media(database, alice.id, new, None, age="23 hours")
    assert await files.drop_unattached_media(db=database) is MORE
    assert await files.drop_unattached_media(db=database) is None
    await files.sweep_files(db=database, storage=storage)
    assert await paths(storage) == {new}


# Forgetting.


async def test_wishes_are_forgotten_after_six_hours(database, alice, monkeypatch):
    monkeypatch.setattr(forgetting, "ROWS_A_RUN", 2)
    for key, age in (("a", "7 hours"), ("b", "8 hours"), ("c", "9 hours"), ("d", "5 hours")):
        await run_sql(
            database,
            f"insert into idempotency values ($1, 'POST', '/', $2, '', '', '', now() - interval '{age}')",
            alice.id,
            key,
        )
    assert await forgetting.forget_wishes(db=database) is MORE
    assert await forgetting.forget_wishes(db=database) is None
    assert [row["key"] for row in await run_sql(database, "select key from idempotency")] == ["d"]


ADD_TOKEN = """
    insert into oauth_tokens (token_hash, refresh_hash, app_id, account_id, scopes, created_at, expires_at)
    select $1::bytea, $2::bytea, oauth_apps.id, null, '{}', now(), now() - $3::text::interval from oauth_apps
"""


@pytest.fixture
async def app(database):
    await run_sql(
        database,
        """insert into oauth_apps (client_id, secret_hash, name, redirect_uris, scopes, created_at)
            values ('app', '', 'app', '{}', '{}', now())""",
    )


async def test_tokens_go_when_they_ran_out_and_nobody_will_renew_them(database, app):
    for name, refresh, age in (
        (b"session", None, "1 second"),
        (b"living", None, "-1 hour"),
        (b"renewable", b"r1", "89 days"),
        (b"abandoned", b"r2", "91 days"),
    ):
        await run_sql(database, ADD_TOKEN, name, refresh, age)
    await run_sql(database, ADD_TOKEN, b"eternal", None, None)
    assert await forgetting.forget_expired_tokens(db=database) is None
    left = {row["token_hash"] for row in await run_sql(database, "select token_hash from oauth_tokens")}
    assert left == {b"living", b"renewable", b"eternal"}


async def test_codes_are_known_for_a_day_after_they_ran_out(database, app, alice):
    for name, age in ((b"old", "25 hours"), (b"replayed", "23 hours"), (b"good", "-1 minute")):
        await run_sql(
            database,
            f"""insert into oauth_codes (code_hash, app_id, account_id, redirect_uri, scopes, expires_at, created_at)
                select $1, oauth_apps.id, $2, '', '{{}}', now() - interval '{age}', now() from oauth_apps""",
            name,
            alice.id,
        )
    await forgetting.forget_expired_codes(db=database)
    left = {row["code_hash"] for row in await run_sql(database, "select code_hash from oauth_codes")}
    assert left == {b"replayed", b"good"}


async def test_mutes_for_a_time_end(database, alice, bob):
    add = "insert into mutes (muter_id, muted_id, expires_at, created_at) values ($1, $2, now() + $3::text::interval, now())"
    await run_sql(database, add, alice.id, bob.id, "-1 second")
    await run_sql(database, add, bob.id, alice.id, "1 hour")
    await forgetting.drop_expired_mutes(db=database)
    assert [row["muter_id"] for row in await run_sql(database, "select muter_id from mutes")] == [bob.id]


async def test_the_queues_log_is_kept_for_three_days_and_for_jobs_that_still_wait(database):
    await put_down(database, "later", at=database.now() + timedelta(days=30))
    await run_sql(database, "update pgqueuer_log set created = now() - interval '20 days'")
    await run_sql(
        database,
        """insert into pgqueuer_log (job_id, status, priority, entrypoint, created)
            values (999, 'successful', 0, 'old', now() - interval '73 hours'),
                (998, 'successful', 0, 'new', now() - interval '71 hours')""",
    )
    await forgetting.forget_job_log(db=database)
    left = {row["entrypoint"] for row in await run_sql(database, "select entrypoint from pgqueuer_log")}
    assert left == {"later", "new"}


async def test_parked_jobs_are_kept_for_a_month(database):
    await run_sql(
        database,
        """insert into parked_jobs values ('1', 'old', 'null', 'bad', now() - interval '31 days'),
            ('2', 'new', 'null', 'bad', now() - interval '29 days')""",
    )
    await forgetting.forget_parked_jobs(db=database)
    assert [one.job for one in await parked(database)] == ["new"]


async def test_everything_that_the_clock_starts_runs_on_an_empty_house(database, storage):
    names = [name for name, one in JOBS.items() if one.payload is None]
    for name in names:
        await put_down(database, name, once=name)
    async with house(database, storage):
        await until(lambda: is_quiet(database))
    assert len(names) >= 10
    assert await parked(database) == []
