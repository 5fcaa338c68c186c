"""Short ways for tests of relations: somebody asks to follow, who follows now, what is counted, what was told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from barbelo.db.database import Database, Tx
from barbelo.db.paging import Paged
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import FollowDraft
from barbelo.domain.relations.follow import follow
from barbelo.domain.relations.queries import FOLLOWERS, FOLLOWING, REQUESTS, Related
from barbelo.entities.relationship import render_relationship
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.clock import system_clock
from barbelo.kernel.ids import AccountId, FlakeSource
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from people import nobody
from posts import Person, id_of

_COUNTS = """
    select followers_count, following_count, coalesce(users.follow_requests_count, 0)
    from accounts left join users on users.account_id = accounts.id where accounts.id = $1
"""


async def asked(tx: Tx, one: Person, other: Person, *, origin: Origin = Origin.LOCAL, **wishes: Any) -> None:
    """`one` follows `other`, or asks to."""
    author = await get_author(tx, id_of(one))
    await follow(tx, FollowDraft(follower=author, followed_id=id_of(other), origin=origin, **wishes))


async def follows_now(tx: Tx, one: Person, other: Person) -> bool:
    return (await render_relationship(tx, id_of(one), id_of(other))).following


async def counts_of(tx: Tx, person: Person) -> tuple[int, int, int]:
    """Followers, followed, and requests that wait."""
    found = await tx.raw.fetchrow(_COUNTS, id_of(person))
    return tuple(found)


async def _listed(tx: Tx, which: Paged[Related], **params: object) -> list[AccountId]:
    return [row.account_id for row in await tx.page(which, Page(limit=100), **params)]


async def followers_of(tx: Tx, person: Person) -> list[AccountId]:
    """As somebody sees them who has nothing to do with anybody."""
    return await _listed(tx, FOLLOWERS, account=id_of(person), viewer=nobody())


async def followings_of(tx: Tx, person: Person) -> list[AccountId]:
    return await _listed(tx, FOLLOWING, account=id_of(person), viewer=nobody())


async def requests_of(tx: Tx, person: Person) -> list[AccountId]:
    return await _listed(tx, REQUESTS, viewer=id_of(person))


@asynccontextmanager
async def told(tx: Tx) -> AsyncIterator[list[str]]:
    """The names of the events that are told inside, in order."""
    names: list[str] = []
    before = tx._follow_up

    async def listening(inner: Tx, event: object, at: Any) -> None:
        names.append(type(event).__name__)
        await before(inner, event, at)

    tx._follow_up = listening
    yield names
    tx._follow_up = before


@asynccontextmanager
async def beside(database: Database) -> AsyncIterator[Tx]:
    """A way to write beside the application: every statement is there at once, as if committed."""
    async with database.connection() as connection:
        yield Tx(connection, system_clock, FlakeSource(), follow_up)
