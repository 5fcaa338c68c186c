"""Search over everything at once. Source: docs.joinmastodon.org/methods/search, reference/pleroma 3.3.

People are found by their names, statuses by their address, hashtags by being written. Words are not looked for in statuses.
"""

from msgspec import Struct

from barbelo.api.people import finds_remote, shown_places
from barbelo.api.showing import show_people, show_statuses
from barbelo.db.database import Reader
from barbelo.domain.search.accounts import Query, search_accounts
from barbelo.domain.search.statuses import find_status
from barbelo.entities.account import Account
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get
from barbelo.kernel.errors import Invalid
from barbelo.text.scan import hashtag_at

KINDS = ("accounts", "statuses", "hashtags")
MOST_WORDS = 8


class Wish(PageParams, frozen=True, kw_only=True):
    """`type` is one of `accounts`, `statuses`, `hashtags`; without it, all are looked for."""

    q: str
    type: str = ""
    following: bool = False
    with_relationships: bool = False


class FoundTag(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Tag. How often it was used is not counted, so the history is empty."""

    name: str
    url: str
    history: list[dict[str, str]] = []


class Found(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Search."""

    accounts: list[Account] = []
    statuses: list[Status] = []
    hashtags: list[FoundTag] = []


@get("/api/v2/search", auth="optional", scope="read:search", params=Wish, limit="search", tags=("search",))
async def search(ctx: Ctx, wish: Wish) -> Found:
    """People, statuses and hashtags."""
    if wish.type not in {"", *KINDS}:
        raise Invalid(f"type - Must be one of {', '.join(KINDS)}.", field="type")
    asked = {wish.type} if wish.type else set(KINDS)
    async with ctx.db.reading() as reader:
        return Found(
            accounts=await _accounts(ctx, reader, wish) if "accounts" in asked else [],
            statuses=await _statuses(ctx, reader, wish) if "statuses" in asked else [],
            hashtags=_hashtags(ctx, wish) if "hashtags" in asked else [],
        )


async def _accounts(ctx: Ctx, reader: Reader, wish: Wish) -> list[Account]:
    places = shown_places(ctx)
    query = Query(
        text=wish.q,
        viewer=ctx.viewer.id if ctx.viewer else None,
        limit=wish.rows(20, 40),
        offset=wish.skipped(),
        following=wish.following and ctx.viewer is not None,
        local=places["local"],
        remote=places["remote"] and finds_remote(ctx),
    )
    ids = await search_accounts(reader, query, ctx.urls)
    return await show_people(ctx, reader, ids, with_relationships=wish.with_relationships)


async def _statuses(ctx: Ctx, reader: Reader, wish: Wish) -> list[Status]:
    found = await find_status(reader, wish.q, ctx.viewer, ctx.urls) if not wish.offset else None
    return await show_statuses(ctx, reader, [found]) if found else []


def _hashtags(ctx: Ctx, wish: Wish) -> list[FoundTag]:
    """Each word of the query, and all of them together; whether anybody has used it or not."""
    text = wish.q.strip()
    if wish.offset or text.startswith(("@", "https://", "http://")):
        return []
    words = [word.removeprefix("#") for word in text.split()[:MOST_WORDS]]
    found = [*words, "".join(words)] if len(words) > 1 else words
    tags = [tag for word in dict.fromkeys(found) if (tag := hashtag_at(f"#{word}", 0))]
    return [FoundTag(name=tag.key, url=ctx.urls.tag(tag.key)) for tag in tags[: wish.rows(20, 40)]]
