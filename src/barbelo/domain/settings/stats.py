"""How many live here, how much they write, and how many servers are known. Source: reference/pleroma 7.1, 7.3.

Statuses are never counted: every account carries its own counter, and the sum is taken over the accounts of ours.
"""

from datetime import timedelta

from msgspec import Struct
from sqlalchemy import Label, bindparam, func, select
from sqlalchemy.sql.selectable import CTE

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Time
from barbelo.domain.settings.kept import Kept
from barbelo.kernel.clock import Clock

TTL_S = 60.0
MONTH = timedelta(days=30)
HALF_YEAR = timedelta(days=180)


class Stats(Struct, frozen=True, kw_only=True):
    """Accounts that were let in and are not suspended, what they have written, hosts other than ours.

    `local_posts` counts what an author's own counter counts. Active is who sent a request in the last 30 or 180 days.
    """

    users: int
    local_posts: int
    active_month: int
    active_half_year: int
    domains: int


class _Residents(Struct, frozen=True):
    users: int
    local_posts: int
    active_month: int
    active_half_year: int


def _active_since(name: str) -> Label[int]:
    return func.count().filter(users.c.last_active_at >= bindparam(name, type_=Time)).label(name)


_RESIDENTS = statement(
    select(
        func.count().label("users"),
        func.coalesce(func.sum(accounts.c.statuses_count), 0).label("local_posts"),
        _active_since("active_month"),
        _active_since("active_half_year"),
    )
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(
        users.c.confirmed_at.is_not(None), users.c.approved_at.is_not(None), accounts.c.suspended_at.is_(None)
    ),
    _Residents,
)


def _hosts() -> CTE:
    """Each host once, by a walk along the index: one step for a host, however many accounts it has."""
    first = select(func.min(accounts.c.host).label("host")).where(accounts.c.host.is_not(None))
    walk = first.cte("walk", recursive=True)
    following = (
        select(func.min(accounts.c.host))
        .where(accounts.c.host > walk.c.host)
        .correlate(walk)
        .scalar_subquery()
    )
    return walk.union_all(select(following).where(walk.c.host.is_not(None)))


_WALK = _hosts()
_HOSTS = statement(select(_WALK.c.host).where(_WALK.c.host.is_not(None)).order_by(_WALK.c.host))
_COUNT_HOSTS = statement(select(func.count(_WALK.c.host)))


async def read_stats(reader: Reader) -> Stats:
    """As of now: two queries."""
    now = reader.now()
    since = {"active_month": now - MONTH, "active_half_year": now - HALF_YEAR}
    here = await reader.one(_RESIDENTS, **since)
    return Stats(
        users=here.users,
        local_posts=here.local_posts,
        active_month=here.active_month,
        active_half_year=here.active_half_year,
        domains=await reader.value(_COUNT_HOSTS),
    )


async def list_hosts(reader: Reader) -> list[str]:
    """The servers of which we know somebody, in order."""
    hosts: list[str] = await reader.column(_HOSTS)
    return hosts


class StatsCache:
    """The figures of the last minute, one cache in each process."""

    def __init__(self, clock: Clock, ttl_s: float = TTL_S) -> None:
        self._stats = Kept(read_stats, clock, ttl_s)
        self._hosts = Kept(list_hosts, clock, ttl_s)

    async def current(self, reader: Reader) -> Stats:
        return await self._stats.current(reader)

    async def hosts(self, reader: Reader) -> list[str]:
        """As `list_hosts`. The list belongs to the cache: do not change it."""
        return await self._hosts.current(reader)
