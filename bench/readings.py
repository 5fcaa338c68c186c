"""What is read most, on the data of `large.sql`. Who asks matters for the plans, and whom it is about.

Person 10 follows 100, person 20 follows 2,000, person 30 follows the fifty who say least; person 1 is the most
popular author, person 4990 (or another from the end) says next to nothing.
"""

from typing import NamedTuple
from uuid import UUID

import asyncpg

from barbelo.kernel.ids import encode

READERS = (10, 20, 30)


class Reading(NamedTuple):
    """`reader`: the number of who asks; None is a guest."""

    reader: int | None
    target: str


async def readings(connection: asyncpg.Connection) -> dict[str, Reading]:
    """By name."""
    find = Finder(connection)
    popular, quiet = await find.account(1), await find.account(await find.quietest())
    deep, hot = await find.status_before(0.3), await find.hot_thread()
    found: dict[str, Reading] = {}
    for number in READERS:
        found[f"home of {number}"] = Reading(number, "/api/v1/timelines/home")
        found[f"home of {number}, below the feed"] = Reading(number, f"/api/v1/timelines/home?max_id={deep}")
    targets = {
        "public": "/api/v1/timelines/public",
        "public, deep": f"/api/v1/timelines/public?max_id={deep}",
        "local": "/api/v1/timelines/public?local=true",
        "local, media": "/api/v1/timelines/public?local=true&only_media=true",
        "common tag": "/api/v1/timelines/tag/tag0",
        "rare tag": "/api/v1/timelines/tag/tag299",
        "several tags": "/api/v1/timelines/tag/tag1?any[]=tag9&any[]=tag99&none[]=tag0",
        "one small server": "/api/v1/timelines/public?instance=host7.test",
        "home, answers": "/api/v1/timelines/home?reply_visibility=following",
        "list of 500": f"/api/v1/timelines/list/{await find.list_of(500)}",
        "list of 2,000": f"/api/v1/timelines/list/{await find.list_of(2000)}",
        "list of 500, deep": f"/api/v1/timelines/list/{await find.list_of(500)}?max_id={deep}",
        "list of 500, media": f"/api/v1/timelines/list/{await find.list_of(500)}?only_media=true",
        "popular account": f"/api/v1/accounts/{popular}/statuses",
        "popular account, no answers": f"/api/v1/accounts/{popular}/statuses?exclude_replies=true",
        "popular account, media": f"/api/v1/accounts/{popular}/statuses?only_media=true",
        "quiet account": f"/api/v1/accounts/{quiet}/statuses",
        "one status": f"/api/v1/statuses/{hot}",
        "context": f"/api/v1/statuses/{hot}/context",
        "notifications": "/api/v1/notifications",
        "verify_credentials": "/api/v1/accounts/verify_credentials",
        "search": "/api/v1/accounts/search?q=person12",
        "search, two letters": "/api/v1/accounts/search?q=pe",
        "words, common": "/api/v2/search?type=statuses&q=word0",
        "words, rare": "/api/v2/search?type=statuses&q=word5000",
        "words of the popular": f"/api/v2/search?type=statuses&q=word0&account_id={popular}",
        "words in the library": "/api/v2/search?type=statuses&q=word0%20in:library",
        "tags, by a letter": "/api/v2/search?type=hashtags&q=t",
        "conversations": "/api/v1/conversations",
        "direct": "/api/v1/timelines/direct",
    }
    found |= {name: Reading(10, target) for name, target in targets.items()}
    for name in ("local", "popular account"):
        found[f"{name}, guest"] = Reading(None, targets[name])
    return found


class Finder:
    """Looks for what the readings are about; ids as the API spells them."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._value = connection.fetchval

    async def account_id(self, number: int) -> UUID:
        found: UUID = await self._value("select id from accounts where username_key = $1", f"person{number}")
        return found

    async def account(self, number: int) -> str:
        return encode(await self.account_id(number))

    async def quietest(self) -> int:
        """The last but ten of all people."""
        return int(await self._value("select count(*) - 10 from accounts"))

    async def status_before(self, share: float) -> str:
        """The status below which this share of all lies."""
        return encode(
            await self._value(
                """
                select id from statuses order by id
                offset (select $1::float8 * count(*) from statuses)::bigint limit 1
                """,
                share,
            )
        )

    async def hot_thread(self) -> str:
        """The beginning of a thread with many answers."""
        return encode(
            await self._value("""
                select id from statuses where in_reply_to_id is null and visibility = 'public' and thread_id in (
                    select thread_id from statuses where thread_id is not null
                    group by 1 order by count(*) desc limit 20
                ) limit 1
            """)
        )

    async def list_of(self, members: int) -> int:
        """The number of a list of person 10."""
        found: int = await self._value("select id from lists where title = $1", f"members {members}")
        return found
