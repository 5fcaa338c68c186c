"""The worker runs what is in the queue: once, at its time, as many at once as it may."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec import Struct
from sqlalchemy import text

from barbelo.db.database import Database
from barbelo.db.queue import enqueue
from barbelo.db.statement import statement
from barbelo.jobs import rows, run
from barbelo.jobs.job import MORE, job
from barbelo.jobs.periodic import Periodic
from barbelo.jobs.rows import Picked
from barbelo.jobs.worker import Pace
from barbelo.kernel import errors
from jobs_cast import is_quiet, parked, put_down, until, waiting, working

FAILURES = statement(text("select coalesce((headers ->> 'failures')::int, 0) from pgqueuer"))


class Order(Struct, frozen=True):
    number: int
    words: str = ""


@pytest.fixture
def jobs():
    return {}


@pytest.fixture
def done(jobs):
    """What the job `note` was given."""
    done = []

    @job(registry=jobs)
    async def note(order: Order):
        done.append(order)

    return done


async def test_a_job_is_run_at_once_with_its_payload_as_its_type(database, jobs, done):
    async with working(database, jobs, pace=Pace(look_every_s=30)):
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await put_down(database, "note", Order(3, "ä"))
        await until(lambda: done == [Order(3, "ä")])
        assert asyncio.get_running_loop().time() - began < 10
        await until(lambda: is_quiet(database))
    assert await parked(database) == []


async def test_a_job_of_the_future_waits_for_its_time(database, jobs, done):
    due = database.now() + timedelta(seconds=1)
    async with working(database, jobs, pace=Pace(look_every_s=30)):
        await put_down(database, "note", Order(1), at=due)
        await until(lambda: bool(done))
        assert database.now() >= due
        assert database.now() < due + timedelta(seconds=10)


async def test_a_job_that_was_rolled_back_is_not_run(database, jobs, done):
    async with working(database, jobs):
        with pytest.raises(ZeroDivisionError):
            await put_down_and_fail(database)
        await put_down(database, "note", Order(2))
        await until(lambda: bool(done))
    assert done == [Order(2)]


async def put_down_and_fail(database):
    async with database.transaction() as tx:
        await enqueue(tx, "note", Order(1))
        raise ZeroDivisionError


async def test_a_job_with_the_key_of_one_that_waits_is_that_one(database, jobs, done):
    await put_down(database, "note", Order(1), once="key")
    await put_down(database, "note", Order(2), once="key")
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
        await put_down(database, "note", Order(3), once="key")
        await until(lambda: is_quiet(database))
    assert done == [Order(1), Order(3)]


async def test_no_more_jobs_run_at_the_same_time_than_their_limit_over_all_workers(database, jobs):
    now, most = 0, 0

    @job(registry=jobs, limit=2)
    async def slow():
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1

    for _ in range(12):
        await put_down(database, "slow")
    async with working(database, jobs, at_once=6), working(database, jobs, at_once=6):
        await until(lambda: is_quiet(database))
    assert most == 2


async def test_no_more_jobs_run_at_the_same_time_than_the_worker_has_connections_for(database, jobs):
    now, most = 0, 0

    @job(registry=jobs)
    async def slow():
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.03)
        now -= 1

    for _ in range(20):
        await put_down(database, "slow")
    async with working(database, jobs, at_once=4):
        await until(lambda: is_quiet(database))
    assert most == 4


async def test_a_job_that_has_more_to_do_is_run_again(database, jobs):
    left = [4, 3, 2, 1, 0]

    @job(registry=jobs)
    async def bit_by_bit():
        left.pop(0)
        return MORE if left else None

    await put_down(database, "bit_by_bit", once="bit_by_bit")
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert left == []


async def test_two_workers_do_each_job_once(database, jobs, done):
    for number in range(200):
        await put_down(database, "note", Order(number))
    async with working(database, jobs), working(database, jobs):
        await until(lambda: is_quiet(database))
    assert sorted(order.number for order in done) == list(range(200))


async def test_a_job_that_always_fails_is_parked_with_its_reason(database, jobs):
    tries = []

    @job(registry=jobs, retry=lambda attempt: attempt * 0.01)
    async def bad(order: Order):
        tries.append(order)
        raise ZeroDivisionError("seven by nothing")

    await put_down(database, "bad", Order(7))
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    (one,) = await parked(database)
    assert one.job == "bad"
    assert one.payload == {"number": 7, "words": ""}
    assert one.reason == "ZeroDivisionError: seven by nothing, after 3 tries"
    assert tries == [Order(7)] * 3


async def test_a_failed_job_says_why_while_it_waits_for_its_next_try(database, jobs):
    @job(registry=jobs, retry=lambda _attempt: 60)
    async def bad():
        raise ZeroDivisionError("seven by nothing")

    await put_down(database, "bad")
    async with working(database, jobs):
        await until(lambda: waits_for_long(database))
    (one,) = await waiting(database)
    assert one.reason == "ZeroDivisionError: seven by nothing"
    assert one.put_back == 1
    assert one.due_at > database.now() + timedelta(seconds=50)


async def waits_for_long(database) -> bool:
    return (await rows.figures(database)).later == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.Invalid("no"),
        errors.Unauthenticated("no"),
        errors.NotAllowed("no"),
        errors.NotFound(),
        errors.Gone("no"),
        errors.Conflict("no"),
        errors.Refused("no", policy="keyword"),
        errors.Malformed("no", source="evil.test"),
        ExceptionGroup("both", [errors.NotFound(), errors.Conflict("no")]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_job_that_no_second_try_could_help_is_dropped(database, jobs, error):
    tries = 0

    @job(registry=jobs, retry=lambda _attempt: 0)
    async def hopeless():
        nonlocal tries
        tries += 1
        raise error

    await put_down(database, "hopeless")
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert tries == 1
    assert await parked(database) == []


async def test_a_payload_of_another_shape_parks_the_job(database, jobs, done):
    jobs["note"] = replaced(jobs["note"], retry=lambda _attempt: 0)
    await put_down(database, "note", {"number": "seven\0"})
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    (one,) = await parked(database)
    assert one.reason.startswith("ValidationError: Expected `int`, got `str` - at `$.number`")
    assert one.payload == '{"number":"seven\\u0000"}'
    assert done == []


def replaced(job, **changes):
    return type(job)(**{name: getattr(job, name) for name in job.__struct_fields__} | changes)


async def test_a_job_that_takes_too_long_is_ended_and_has_failed(database, jobs):
    @job(registry=jobs, longest_s=0.05, retry=lambda _attempt: 0)
    async def endless():
        await asyncio.sleep(60)

    await put_down(database, "endless")
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    (one,) = await parked(database)
    assert one.reason == "TookTooLong: more than 0.05 s, after 3 tries"


async def test_a_job_of_another_release_stays_in_the_queue(database, jobs, done):
    await put_down(database, "unheard_of")
    await put_down(database, "note", Order(1))
    async with working(database, jobs):
        await until(lambda: bool(done))
        await asyncio.sleep(0.3)
    assert [one.job for one in await waiting(database)] == ["unheard_of"]


async def test_a_worker_refuses_jobs_that_need_what_it_has_not(database, jobs):
    @job(registry=jobs)
    async def push(order: Order, *, db: Database, pigeons: object): ...

    with pytest.raises(TypeError, match="push needs pigeons"):
        async with working(database, jobs):
            pass
    async with working(database, jobs, have={"pigeons": object()}):
        pass


# Leaving.


async def test_a_worker_that_stops_lets_its_jobs_end(database, jobs):
    begun, ended = [], []

    @job(registry=jobs)
    async def slow():
        begun.append(True)
        await asyncio.sleep(0.5)
        ended.append(True)

    await put_down(database, "slow")
    async with working(database, jobs):
        await until(lambda: bool(begun))
    assert ended == [True]
    assert await is_quiet(database)


async def test_what_does_not_end_in_time_goes_back_with_its_tries_uncounted(database, jobs):
    begun, cancelled = [], []

    @job(registry=jobs)
    async def slow():
        begun.append(True)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    await put_down(database, "slow")
    loop = asyncio.get_running_loop()
    async with working(database, jobs, grace_s=0.2):
        await until(lambda: bool(begun))
        leaves_at = loop.time()
    assert loop.time() - leaves_at < 10
    assert cancelled == [True]
    (one,) = await waiting(database)
    assert (one.state, one.put_back) == ("waiting", 1)
    assert await database.column(FAILURES) == [0]


async def test_a_job_that_does_not_let_itself_be_cancelled_stays_and_is_taken_up_by_another(database, jobs):
    runs_of = []

    @job(registry=jobs)
    async def stubborn():
        runs_of.append(True)
        if len(runs_of) > 1:
            return
        for _ in range(40):
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue

    await put_down(database, "stubborn")
    async with working(database, jobs, grace_s=0.1):
        await until(lambda: bool(runs_of))
    assert [one.state for one in await waiting(database)] == ["running"]
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert len(runs_of) == 2


# Death. Nothing dies here: the rows are as a dead worker leaves them. Real processes: tests/clients/test_worker_kill.py


async def test_a_job_whose_worker_died_is_taken_up_again(database, jobs, done):
    await put_down(database, "note", Order(1))
    await picked_by_the_dead(database, times=1)
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert done == [Order(1)]


async def test_a_job_whose_workers_died_while_it_was_the_only_suspect_is_parked_unrun(database, jobs, done):
    await put_down(database, "note", Order(1))
    await put_down(database, "note", Order(2))
    await picked_by_the_dead(database, times=4)
    await database.pool.execute("""update pgqueuer set headers = '{"suspected": 3}' where id = 1""")
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert done == [Order(2)]
    (one,) = await parked(database)
    assert one.payload["number"] == 1
    assert one.reason == "picked up 5 times without an end: it seems to kill the worker"


async def test_a_job_that_was_picked_up_twenty_times_for_nothing_is_parked_whoever_is_to_blame(
    database, jobs, done
):
    await put_down(database, "note", Order(1))
    await picked_by_the_dead(database, times=19)
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert done == []
    assert len(await parked(database)) == 1


async def test_being_put_back_makes_good_for_being_picked_up(database, jobs, done):
    await put_down(database, "note", Order(1))
    await picked_by_the_dead(database, times=25, put_back=10)
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert done == [Order(1)]


async def test_suspects_are_begun_one_after_the_other_and_the_innocent_beside_them(database, jobs):
    running, most, beside = set(), 0, False

    @job(registry=jobs)
    async def slow(number: int):
        nonlocal most, beside
        running.add(number)
        most = max(most, len(running & {1, 2, 3}))
        beside = beside or (len(running) > 1 and 4 in running)
        await asyncio.sleep(0.1)
        running.discard(number)

    for number in (1, 2, 3):
        await put_down(database, "slow", number)
    await picked_by_the_dead(database, times=1)
    await put_down(database, "slow", 4)
    async with working(database, jobs):
        await until(lambda: is_quiet(database))
    assert most == 1
    assert beside
    assert await parked(database) == []


async def test_a_suspect_that_takes_its_time_does_not_hold_up_the_next(database, jobs, monkeypatch):
    monkeypatch.setattr(run, "SUSPECTS_TURN_S", 0.1)
    first, second = asyncio.Event(), asyncio.Event()

    @job(registry=jobs)
    async def slow(number: int):
        (first if number == 1 else second).set()
        await second.wait()

    await put_down(database, "slow", 1)
    await put_down(database, "slow", 2)
    await picked_by_the_dead(database, times=1)
    async with working(database, jobs):
        await until(lambda: is_quiet(database), 5)
    assert first.is_set()


async def test_a_suspect_that_ends_is_no_longer_noted_as_one(database, jobs):
    @job(registry=jobs, retry=lambda _attempt: 60)
    async def bad():
        raise ZeroDivisionError

    await put_down(database, "bad")
    await picked_by_the_dead(database, times=1)
    async with working(database, jobs):
        await until(lambda: waits_for_long(database))
    headers = await database.pool.fetchval("select headers from pgqueuer")
    assert (headers["suspected"], headers["failures"]) == (0, 1)


async def picked_by_the_dead(database, *, times: int, put_back: int = 0) -> None:
    async with database.connection() as connection:
        await connection.execute(
            """
            update pgqueuer set status = 'picked', heartbeat = now() - interval '1 hour',
                queue_manager_id = gen_random_uuid()
            """
        )
        for status, count in (("picked", times), ("queued", put_back)):
            await connection.execute(
                f"""
                insert into pgqueuer_log (job_id, status, entrypoint, priority)
                select id, '{status}', entrypoint, 0 from pgqueuer, generate_series(1, {count})
                """
            )


async def test_who_was_believed_dead_has_no_say_any_more(database, jobs):
    """A worker whose heart stood still too long finishes its job, which another one has taken up meanwhile."""
    finished = []

    @job(registry=jobs)
    async def careful(*, db: Database, picked: Picked):
        await db.pool.execute(
            "update pgqueuer set queue_manager_id = gen_random_uuid() where id = $1", picked.id
        )
        async with db.transaction() as tx:
            finished.append(await rows.finish(tx, picked))

    await put_down(database, "careful")
    async with working(database, jobs):
        await until(lambda: bool(finished))
        await asyncio.sleep(0.2)
        assert [one.state for one in await waiting(database)] == ["running"]
    assert finished == [False]


async def test_the_end_of_a_job_that_another_worker_holds_by_now_does_not_take_it_away(database, jobs):
    ran = []

    @job(registry=jobs)
    async def robbed(*, db: Database, picked: Picked):
        ran.append(True)
        if len(ran) == 1:
            await db.pool.execute(
                """update pgqueuer set queue_manager_id = gen_random_uuid(), heartbeat = now() - interval '1 h'
                    where id = $1""",
                picked.id,
            )

    await put_down(database, "robbed")
    async with working(database, jobs):
        await until(lambda: len(ran) == 2)
        await until(lambda: is_quiet(database))


# The clock.


async def test_the_clock_only_writes_jobs_down_and_once_for_all_workers(database, jobs):
    ran = []

    @job(registry=jobs)
    async def tick():
        ran.append(database.now())
        await asyncio.sleep(0.6)

    every_second = (Periodic("tick", "* * * * * *"),)
    async with working(database, jobs, periodic=every_second), working(database, jobs, periodic=every_second):
        await until(lambda: len(ran) >= 2)
    gaps = [later - earlier for earlier, later in pairwise(ran)]
    assert min(gaps) > timedelta(seconds=0.5)
