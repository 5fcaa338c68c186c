"""What is read most, called as the doors call it, on the data of `large.sql`: who asks matters for the plans.

Person 10 follows 100, person 20 follows 2,000, person 30 follows the fifty who say least; person 1 is the most
popular author, person 4990 says next to nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg

from barbelo.db.database import Reader
from barbelo.domain.notifications import inbox
from barbelo.domain.search.accounts import Query, search_accounts
from barbelo.domain.statuses.queries import context, get_visible
from barbelo.domain.timelines import feed
from barbelo.domain.timelines.account import Profile, statuses_of
from barbelo.domain.timelines.account import Which as Part
from barbelo.domain.timelines.home import Asked, home
from barbelo.domain.timelines.public import Which, public, tagged
from barbelo.entities.account import render_accounts
from barbelo.entities.credential_account import render_credentials
from barbelo.entities.notification import render_notifications
from barbelo.entities.status import render_statuses
from barbelo.kernel.ids import AccountId
from barbelo.kernel.paging import Page
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

URLS = Urls("https://bench.test")
FIRST: Page[Any] = Page(limit=20)
READERS = (10, 20, 30)

Reading = Callable[[Reader], Awaitable[object]]


async def readings(connection: asyncpg.Connection) -> dict[str, Reading]:
    """By name; each reads one page, and renders it."""
    find = Finder(connection)
    viewers = {number: await find.viewer(number) for number in READERS}
    usual = viewers[10]
    deep = Page(limit=20, max_id=await find.status_before(0.3))
    hot = await find.hot_thread()
    found: dict[str, Reading] = {}
    for number, viewer in viewers.items():
        found[f"home of {number}"] = _home(viewer, FIRST)
        found[f"home of {number}, below the feed"] = _home(viewer, deep)
    found |= {
        "public": _public(usual, Which(), FIRST),
        "public, deep": _public(usual, Which(), deep),
        "local": _public(usual, Which(local=True), FIRST),
        "local, media": _public(usual, Which(local=True, only_media=True), FIRST),
        "local, guest": _public(None, Which(local=True), FIRST),
        "common tag": _tagged(usual, "tag0"),
        "rare tag": _tagged(usual, "tag299"),
        "popular account": _account(usual, await find.account(1), Part()),
        "popular account, no answers": _account(usual, await find.account(1), Part(exclude_replies=True)),
        "popular account, media": _account(usual, await find.account(1), Part(only_media=True)),
        "popular account, guest": _account(None, await find.account(1), Part()),
        "quiet account": _account(usual, await find.account(4990), Part()),
        "one status": _one(usual, hot),
        "context": _context(usual, hot),
        "notifications": _notifications(usual),
        "verify_credentials": lambda reader: render_credentials(reader, usual, URLS),
        "search": _search(usual, "person12"),
        "search, two letters": _search(usual, "pe"),
    }
    return found


class Finder:
    """Looks for what the readings are about."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._value = connection.fetchval

    async def account(self, number: int) -> AccountId:
        return AccountId(
            await self._value("select id from accounts where username_key = $1", f"person{number}")
        )

    async def viewer(self, number: int) -> Viewer:
        return Viewer(id=await self.account(number), username=f"person{number}", scopes=frozenset())

    async def status_before(self, share: float) -> UUID:
        """The status below which this share of all lies."""
        found: UUID = await self._value(
            "select id from statuses order by id offset (select $1::float8 * count(*) from statuses)::bigint limit 1",
            share,
        )
        return found

    async def hot_thread(self) -> UUID:
        """The beginning of a thread with many answers."""
        found: UUID = await self._value("""
            select id from statuses where in_reply_to_id is null and visibility = 'public' and thread_id in (
                select thread_id from statuses where thread_id is not null group by 1 order by count(*) desc limit 20
            ) limit 1
        """)
        return found


def _home(viewer: Viewer, page: Page[UUID]) -> Reading:
    async def read(reader: Reader) -> object:
        ids = await home(reader, Asked(viewer), await feed.state(reader, viewer.id), page)
        return await render_statuses(reader, ids, viewer, URLS)

    return read


def _public(viewer: Viewer | None, which: Which, page: Page[Any]) -> Reading:
    async def read(reader: Reader) -> object:
        return await render_statuses(reader, await public(reader, viewer, which, page), viewer, URLS)

    return read


def _tagged(viewer: Viewer, tag: str) -> Reading:
    async def read(reader: Reader) -> object:
        return await render_statuses(reader, await tagged(reader, viewer, tag, Which(), FIRST), viewer, URLS)

    return read


def _account(viewer: Viewer | None, account: AccountId, part: Part) -> Reading:
    async def read(reader: Reader) -> object:
        profile = Profile(account_id=account, which=part)
        return await render_statuses(reader, await statuses_of(reader, profile, viewer, FIRST), viewer, URLS)

    return read


def _one(viewer: Viewer, status_id: UUID) -> Reading:
    async def read(reader: Reader) -> object:
        status = await get_visible(reader, status_id, viewer)
        return await render_statuses(reader, [status.id], viewer, URLS)

    return read


def _context(viewer: Viewer, status_id: UUID) -> Reading:
    async def read(reader: Reader) -> object:
        thread = await context(reader, status_id, viewer)
        return await render_statuses(reader, [*thread.ancestors, *thread.descendants], viewer, URLS)

    return read


def _notifications(viewer: Viewer) -> Reading:
    async def read(reader: Reader) -> object:
        rows = await inbox.list_notifications(reader, viewer.id, inbox.Which(), FIRST)
        return await render_notifications(reader, rows, viewer, URLS)

    return read


def _search(viewer: Viewer, text: str) -> Reading:
    async def read(reader: Reader) -> object:
        ids = await search_accounts(reader, Query(text=text, viewer=viewer.id, limit=20), URLS)
        return await render_accounts(reader, ids, viewer, URLS)

    return read
