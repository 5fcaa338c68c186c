import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Uuid, bindparam, update

from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.domain.settings import staff, stats
from barbelo.domain.settings.kept import Kept
from barbelo.domain.settings.staff import list_staff
from barbelo.domain.settings.stats import StatsCache, list_hosts, read_stats
from barbelo.kernel.errors import Overloaded
from barbelo.kernel.visibility import Visibility
from oauth_cast import set_user
from people import resident, stranger
from posts import id_of, published

NOW = datetime(2026, 5, 1, tzinfo=UTC)


async def set_account(tx, person, **facts):
    changed = update(accounts).where(accounts.c.id == bindparam("who", type_=Uuid())).values(**facts)
    await tx.execute(statement(changed), who=id_of(person))


async def test_an_empty_place_counts_nothing(tx):
    found = await read_stats(tx)
    assert found == stats.Stats(users=0, local_posts=0, active_month=0, active_half_year=0, domains=0)


async def test_only_those_who_were_let_in_are_counted(tx, alice, bob, carol, rosa):
    dave = await resident(tx, "dave")
    await set_user(tx, bob, confirmed_at=None)
    await set_user(tx, carol, approved_at=None)
    await set_account(tx, dave, suspended_at=tx.now(), statuses_count=7)
    found = await read_stats(tx)
    assert (found.users, found.active_month, found.local_posts) == (1, 1, 0)


async def test_local_posts_are_what_the_counters_of_ours_say(tx, alice, bob, rosa):
    for who in (alice, alice, bob, rosa):
        await published(tx, who)
    await published(tx, alice, visibility=Visibility.DIRECT, mentions=(bob,))
    assert (await read_stats(tx)).local_posts == 3


def test_statuses_themselves_are_never_counted():
    for asked in (stats._RESIDENTS, stats._HOSTS, stats._COUNT_HOSTS, staff._STAFF):
        assert not re.search(r"\bstatuses\b", asked.sql)


@pytest.mark.parametrize(
    ("days", "month", "half_year"),
    [(0, 1, 1), (29.9, 1, 1), (30.1, 0, 1), (179.9, 0, 1), (180.1, 0, 0)],
)
async def test_who_has_asked_lately_is_active(tx, alice, days, month, half_year):
    await set_user(tx, alice, last_active_at=tx.now() - timedelta(days=days))
    found = await read_stats(tx)
    assert (found.active_month, found.active_half_year) == (month, half_year)


async def test_who_never_came_is_not_active(tx, alice):
    await set_user(tx, alice, last_active_at=None)
    found = await read_stats(tx)
    assert (found.users, found.active_half_year) == (1, 0)


async def test_each_host_is_listed_once_in_order_and_ours_is_not(tx, alice):
    assert await list_hosts(tx) == []
    hosts = ["b.test", "a.test:8443", "a.test", "xn--bcher-kva.test", "b.test", "z.test"]
    for number, host in enumerate(hosts):
        await stranger(tx, f"person{number}", host)
    assert await list_hosts(tx) == sorted(set(hosts))
    assert (await read_stats(tx)).domains == len(set(hosts))


async def test_staff_are_those_who_run_the_place_and_say_so(tx, alice, bob, carol, rosa):
    dave = await resident(tx, "dave")
    for person, role in (
        (alice, "is_admin"),
        (bob, "is_moderator"),
        (carol, "is_admin"),
        (dave, "is_moderator"),
    ):
        await tx.execute(_ROLES[role], who=person.id)
    await set_account(tx, carol, show_role=False)
    await set_account(tx, dave, suspended_at=tx.now())
    assert await list_staff(tx) == ["https://barbelo.test/users/alice", "https://barbelo.test/users/bob"]


_ROLES = {
    role: statement(
        update(users).where(users.c.account_id == bindparam("who", type_=Uuid())).values({role: True})
    )
    for role in ("is_admin", "is_moderator")
}


class Source:
    """Counts how often it is asked; `gate` holds the answers back, `broken` fails instead."""

    def __init__(self):
        self.asked = 0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.now = NOW

    async def find(self, _reader):
        self.asked += 1
        answer = self.asked
        await self.gate.wait()
        if self.broken:
            raise OSError("the database is away")
        return answer

    def clock(self):
        return self.now


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def kept(source):
    return Kept(source.find, source.clock, 60)


async def test_a_value_is_kept_for_a_minute(source, kept):
    assert await kept.current(None) == 1
    source.now = NOW + timedelta(seconds=59.9)
    assert await kept.current(None) == 1
    source.now = NOW + timedelta(seconds=60)
    assert await kept.current(None) == 2


async def test_a_clock_that_is_put_back_does_not_keep_it_for_long(source, kept):
    await kept.current(None)
    source.now = NOW - timedelta(days=1)
    assert await kept.current(None) == 2


async def test_many_who_ask_at_once_are_one_question(source, kept):
    source.gate.clear()
    asking = [asyncio.create_task(kept.current(None)) for _ in range(20)]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*asking) == [1] * 20
    assert source.asked == 1


async def test_while_one_asks_anew_the_others_are_given_the_old_value(source, kept):
    await kept.current(None)
    source.now += timedelta(minutes=2)
    source.gate.clear()
    first = asyncio.create_task(kept.current(None))
    await asyncio.sleep(0)
    assert await kept.current(None) == 1
    source.gate.set()
    assert await first == 2


async def test_a_failure_is_told_to_all_who_waited_and_not_kept(source, kept):
    source.broken = True
    source.gate.clear()
    asking = [asyncio.create_task(kept.current(None)) for _ in range(3)]
    await asyncio.sleep(0)
    source.gate.set()
    first, *others = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(first, OSError)
    assert all(isinstance(one, Overloaded) for one in others)
    assert source.asked == 1
    source.broken = False
    assert await kept.current(None) == 2


async def test_who_gives_up_asking_leaves_it_to_the_next(source, kept):
    source.gate.clear()
    first = asyncio.create_task(kept.current(None))
    second = asyncio.create_task(kept.current(None))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert await second == 2


async def test_the_cache_keeps_figures_and_hosts(tx, alice, rosa):
    cache = StatsCache(tx.clock)
    before = await cache.current(tx)
    assert (before.users, before.domains, await cache.hosts(tx)) == (1, 1, ["remote.test"])
    await resident(tx, "bob")
    await stranger(tx, "mallory", "evil.test")
    assert await cache.current(tx) is before
    assert await cache.hosts(tx) == ["remote.test"]
    assert (await StatsCache(tx.clock).current(tx)).users == 2
