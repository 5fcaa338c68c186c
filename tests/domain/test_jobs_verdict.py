"""How a failed job goes on, and what may be a job at all: laws without a database."""

import asyncio
import pkgutil

import asyncpg
import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from barbelo.db.database import Database
from barbelo.domain.timelines.fan_out import FEED_FOLLOWERS
from barbelo.jobs import work
from barbelo.jobs.consequences import CONSEQUENCES, TELL
from barbelo.jobs.job import JOBS, LONGEST_DELAY_S, backoff_s, job
from barbelo.jobs.periodic import PERIODIC
from barbelo.jobs.verdict import TRIES, TRIES_OUTSIDE, Outcome, Tries, judge, read_tries
from barbelo.jobs.worker import WORK
from barbelo.kernel import errors

NO_TRIES = Tries()
SILENT = errors.Unreachable("no answer", host="far.test")
SLOWER = errors.TooMany(retry_after_s=120)


def after(error, tries=NO_TRIES, retry=lambda attempt: attempt * 100.0):
    return judge(error, tries, retry)


def test_a_silent_server_is_asked_again_later_and_later_and_given_up_at_last():
    tries, waits = Tries(), []
    while (verdict := after(SILENT, tries)).outcome is Outcome.PUT_BACK:
        waits.append(verdict.after_s)
        tries = verdict.tries
    assert waits == [100.0 * n for n in range(1, TRIES_OUTSIDE)]
    assert verdict.outcome is Outcome.PARKED
    assert verdict.reason == "Unreachable: no answer, after 12 tries"


def test_who_says_when_to_come_back_is_not_asked_before():
    assert 120 <= after(SLOWER).after_s <= 144


def test_who_says_to_come_back_in_a_year_is_asked_tomorrow():
    assert after(errors.TooMany(retry_after_s=31_536_000)).after_s <= 1.2 * 86_400


def test_the_silence_of_others_does_not_use_up_the_tries_of_our_own_bugs():
    tries = Tries(waits=TRIES_OUTSIDE - 1)
    assert after(KeyError("x"), tries).outcome is Outcome.PUT_BACK
    assert after(SILENT, Tries(failures=TRIES - 1)).outcome is Outcome.PUT_BACK


@pytest.mark.parametrize(
    "error",
    [
        errors.Overloaded("full", retry_after_s=30),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress"),
        asyncpg.DeadlockDetectedError("deadlock detected"),
        asyncpg.TooManyConnectionsError("too many clients"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_ours_and_passes_burns_no_try_however_often_it_comes(error):
    tries = Tries(failures=TRIES - 1, waits=TRIES_OUTSIDE - 1)
    for _ in range(50):
        verdict = after(error, tries)
        assert verdict.outcome is Outcome.PUT_BACK
        assert verdict.after_s <= 72
        tries = verdict.tries
    assert (tries.failures, tries.waits) == (TRIES - 1, TRIES_OUTSIDE - 1)


def test_a_room_that_is_full_for_half_a_minute_is_not_knocked_at_before():
    assert after(errors.Overloaded("full", retry_after_s=30)).after_s >= 30


async def test_no_postgresql_at_the_address_is_no_bug_of_the_job(tmp_path):
    with pytest.raises(OSError) as caught:
        await asyncpg.connect(host=str(tmp_path), database="x")
    assert after(caught.value).tries.stalls == 1


def test_a_file_that_is_missing_is_a_bug_of_the_job(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "x").read_bytes()
    assert after(caught.value).tries.failures == 1


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.UniqueViolationError("duplicate key"),
        asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
        RuntimeError("boom"),
    ],
    ids=str,
)
def test_our_own_bugs_have_three_tries(error):
    tries = Tries()
    for n in range(1, TRIES):
        verdict = after(error, tries)
        assert (verdict.outcome, verdict.tries.failures) == (Outcome.PUT_BACK, n)
        tries = verdict.tries
    assert after(error, tries).outcome is Outcome.PARKED


def test_of_several_errors_our_own_bug_decides():
    group = ExceptionGroup("", [errors.NotFound(), ExceptionGroup("", [SILENT, KeyError("x")]), SLOWER])
    assert after(group).tries.failures == 1
    assert after(group).reason == "KeyError: 'x'"
    assert after(ExceptionGroup("", [errors.NotFound(), SILENT])).tries.waits == 1


def test_a_reason_is_one_that_postgresql_can_keep():
    reason = after(ValueError("a\0b" + "c" * 5000)).reason
    assert "\0" not in reason
    assert len(reason) < 1100


@pytest.mark.parametrize("headers", [None, {}, {"otel": {}}, {"failures": "many"}])
def test_a_note_that_is_not_ours_counts_for_nothing(headers):
    assert read_tries(headers) == Tries()


@given(st.integers(1, 10_000))
def test_delays_grow_and_end_at_six_hours(attempt):
    unjittered_s = min(10 * 3 ** min(attempt - 1, 50), LONGEST_DELAY_S)
    assert 0.8 * unjittered_s <= backoff_s(attempt) <= 1.2 * unjittered_s


# What may be a job.


def test_a_job_stays_a_function_that_can_be_called():
    jobs = {}

    @job(registry=jobs)
    async def double(number: int, *, db: Database):
        return number * 2

    assert asyncio.run(double(4, db=None)) == 8
    assert jobs["double"].payload is int
    assert jobs["double"].needs == ("db",)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def f(x: int): ...", "not an async function"),
        ("async def f(x): ...", "has no type"),
        ("async def f(x: int, y: int): ...", "may have one payload"),
        ("async def f(*x: int): ...", "may have one payload"),
    ],
)
def test_what_cannot_be_called_from_the_queue_is_no_job(source, reason):
    names = {}
    exec(source, names)
    with pytest.raises(TypeError, match=reason):
        job(registry={})(names["f"])


def test_two_jobs_have_two_names():
    jobs = {}

    @job(registry=jobs)
    async def one(): ...

    with pytest.raises(TypeError, match="two jobs named one"):
        job(registry=jobs)(one)


# The house's own jobs.


def test_the_worker_knows_every_file_with_jobs():
    files = {name for _, name, _ in pkgutil.iter_modules(work.__path__, f"{work.__name__}.")}
    assert {module.__name__ for module in WORK} == files


def test_what_follows_later_is_a_job_that_takes_the_event():
    for event, then in CONSEQUENCES.items():
        for name in then.later:
            assert JOBS[name].payload is event, name


def test_jobs_that_the_middle_writes_down_exist():
    assert TELL in JOBS
    assert FEED_FOLLOWERS in JOBS


def test_what_the_clock_writes_down_is_a_job_without_payload_at_a_time_that_comes():
    assert len({entry.job for entry in PERIODIC}) == len(PERIODIC)
    for entry in PERIODIC:
        assert JOBS[entry.job].payload is None, entry.job
        assert croniter.is_valid(entry.cron), entry.job
        assert len(entry.cron.split()) == 5, entry.job


def test_every_job_says_what_it_needs_in_words_that_the_worker_knows():
    for one in JOBS.values():
        assert set(one.needs) <= {"db", "picked", "storage"}, one.name
