"""Search over everything at once. Source: docs.joinmastodon.org/methods/search, reference/mastodon 8, pleroma 3.3.

Among what is known here; nobody is asked elsewhere.
"""

from msgspec import Struct

from barbelo.api.guests import check_public, guests_of
from barbelo.api.people import finds_remote, shown_places
from barbelo.api.showing import show_people, show_statuses
from barbelo.db.database import Reader
from barbelo.domain.search.accounts import Query, search_accounts
from barbelo.domain.search.statuses import Question, answer, find_status, is_address
from barbelo.domain.search.tags import Which, possible_tags, search_tags
from barbelo.entities.account import Account
from barbelo.entities.status import Status
from barbelo.entities.tag import Tag, render_tags
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, find_flake

KINDS = ("accounts", "statuses", "hashtags")
TAGS = ("search",)


class Wish(PageParams, frozen=True, kw_only=True):
    """`type` is one of `accounts`, `statuses`, `hashtags`; without it, all are looked for.

    `following`: only people whom one follows. `account_id`: only statuses of this account. `max_id` and `min_id`
    are ids of statuses. `resolve` fetches nothing yet: only what is known here is found. Hashtags are not
    reviewed here, so `exclude_unreviewed` leaves out none.
    """

    q: str
    type: str = ""
    resolve: bool = False
    following: bool = False
    account_id: str | None = None
    exclude_unreviewed: bool = False
    with_relationships: bool = False

    def kinds(self) -> set[str]:
        if self.type not in {"", *KINDS}:
            raise Invalid(f"type - Must be one of {', '.join(KINDS)}.", field="type")
        return {self.type} if self.type else set(KINDS)


class Found(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Search."""

    accounts: list[Account] = []
    statuses: list[Status] = []
    hashtags: list[Tag] = []


class FoundOnce(Struct, frozen=True, kw_only=True):
    """The same, as clients before 2.4.1 know it: of hashtags only the names."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[str]


@get("/api/v2/search", auth="optional", scope="read:search", params=Wish, limit="search", tags=TAGS)
async def search(ctx: Ctx, wish: Wish) -> Found:
    """People, statuses and hashtags.

    In statuses: words, phrases in quotation marks, `-word`, `from:`, `has:` (media, poll, link), `is:` (reply,
    sensitive), `before:`, `after:`, `during:` (2024-05-01), `in:` (library, public), `language:`.
    """
    async with ctx.db.reading() as reader:
        return await _found(ctx, reader, wish)


@get("/api/v1/search", auth="optional", scope="read:search", params=Wish, limit="search", tags=TAGS)
async def search_as_before(ctx: Ctx, wish: Wish) -> FoundOnce:
    """The old way to search, which apps still use."""
    async with ctx.db.reading() as reader:
        found = await _found(ctx, reader, wish)
    return FoundOnce(
        accounts=found.accounts, statuses=found.statuses, hashtags=[tag.name for tag in found.hashtags]
    )


async def _found(ctx: Ctx, reader: Reader, wish: Wish) -> Found:
    check_public(ctx)
    kinds = wish.kinds()
    text = wish.q.strip()
    if not text:
        return Found()
    if is_address(text):
        named = await _named(ctx, reader, wish, text, kinds)
        if named is not None:
            return named
    return Found(
        accounts=await _accounts(ctx, reader, wish) if "accounts" in kinds else [],
        statuses=await _statuses(ctx, reader, wish) if "statuses" in kinds else [],
        hashtags=await _hashtags(ctx, reader, wish) if "hashtags" in kinds else [],
    )


async def _named(ctx: Ctx, reader: Reader, wish: Wish, address: str, kinds: set[str]) -> Found | None:
    """The one thing that stands at an address; None when we do not know of any, or it is not for the asker."""
    status_id = await find_status(reader, address, ctx.viewer, ctx.urls)
    if status_id is not None:
        shown = await show_statuses(ctx, reader, [status_id])
        if shown:
            return Found(statuses=shown if "statuses" in kinds and not wish.skipped() else [])
    accounts = await _accounts(ctx, reader, wish)
    return Found(accounts=accounts if "accounts" in kinds else []) if accounts else None


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
    author = find_flake(wish.account_id) if wish.account_id else None
    if wish.account_id and author is None:
        return []  # nobody has such an id
    question = Question(
        text=wish.q, viewer=ctx.viewer, author_id=AccountId(author) if author is not None else None
    )
    return await show_statuses(ctx, reader, await answer(reader, question, ctx.urls, wish.flakes()))


async def _hashtags(ctx: Ctx, reader: Reader, wish: Wish) -> list[Tag]:
    """Those that are in use; when there are none, the words of the query themselves, so that one can go there."""
    text = wish.q.strip()
    if text.startswith("@") or is_address(text):
        return []
    guests, viewer = guests_of(ctx.settings), ctx.viewer
    which = Which(
        viewer=viewer.id if viewer else None,
        local=viewer is not None or guests.local_statuses,
        remote=viewer is not None or guests.remote_statuses,
    )
    limit, offset = wish.rows(20, 40), wish.skipped()
    names = await search_tags(reader, text, which, limit=limit, offset=offset)
    if not names and not offset:
        names = possible_tags(text)[:limit]
    return await render_tags(reader, names, ctx.viewer, ctx.urls)
