"""Looking at people: one, many, by name, by search, and those who follow them.

Source: docs.joinmastodon.org/methods/accounts, reference/mastodon 3, reference/pleroma 3.3.
"""

from collections.abc import Sequence

from msgspec import Struct, field

from barbelo.api.people import (
    PeoplePage,
    WithRelationships,
    finds_remote,
    get_person,
    link_related,
    shown_places,
)
from barbelo.api.showing import emojis_of, show_people
from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import keep_shown
from barbelo.domain.relations.queries import (
    FOLLOWERS,
    FOLLOWERS_FOR_GUESTS,
    FOLLOWING,
    FOLLOWING_FOR_GUESTS,
    Related,
)
from barbelo.domain.search.accounts import Query, search_accounts
from barbelo.entities.account import Account, render_account
from barbelo.entities.credential_account import render_credentials
from barbelo.entities.relationship import Relationship, render_relationships
from barbelo.http.context import Ctx
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, find_flake

TAGS = ("accounts",)
MOST_AT_ONCE = 100
"""Accounts that are shown to one request which names them."""


@get(
    "/api/v1/accounts/{account_id}",
    auth="optional",
    scope="read:accounts",
    params=WithRelationships,
    tags=TAGS,
)
async def show_account(ctx: Ctx, wish: WithRelationships, account_id: str) -> Account:
    """By id, or by name (`lain`, `lain@example.org`). One's own has all that only its owner sees."""
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, account_id)
        if ctx.viewer is not None and found.id == ctx.viewer.id:
            return await render_credentials(reader, ctx.viewer, ctx.urls, emojis_of(ctx))
        return await render_account(
            reader,
            found.id,
            ctx.viewer,
            ctx.urls,
            emojis_of(ctx),
            with_relationships=wish.with_relationships,
        )


class Ids(WithRelationships, frozen=True, kw_only=True):
    id: list[str] = field(default_factory=list)


@get("/api/v1/accounts", auth="optional", scope="read:accounts", params=Ids, tags=TAGS)
async def show_accounts(ctx: Ctx, wish: Ids) -> list[Account]:
    """Many at once, at most 100; whoever is not there is left out."""
    async with ctx.db.reading() as reader:
        ids = await keep_shown(reader, _account_ids(wish.id), **shown_places(ctx))
        return await show_people(ctx, reader, ids, with_relationships=wish.with_relationships)


class Lookup(Struct, frozen=True, kw_only=True):
    acct: str


@get("/api/v1/accounts/lookup", auth="optional", scope="read:accounts", params=Lookup, tags=TAGS)
async def look_up(ctx: Ctx, wish: Lookup) -> Account:
    """By name, among those we know; nobody is asked elsewhere."""
    if read_acct(wish.acct, ctx.urls.host) is None:
        raise NotFound("Can't find user")
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, wish.acct)
        return await render_account(reader, found.id, ctx.viewer, ctx.urls, emojis_of(ctx))


class AccountSearch(PeoplePage, frozen=True, kw_only=True):
    q: str
    following: bool = False


@get(
    "/api/v1/accounts/search",
    auth="optional",
    scope="read:accounts",
    params=AccountSearch,
    limit="search",
    tags=TAGS,
)
async def search(ctx: Ctx, wish: AccountSearch) -> list[Account]:
    """By the beginnings of words in names; an exact name and those one follows come first."""
    places = shown_places(ctx)
    query = Query(
        text=wish.q,
        viewer=ctx.viewer.id if ctx.viewer else None,
        limit=wish.rows(40, 80),
        offset=wish.skipped(),
        following=wish.following and ctx.viewer is not None,
        local=places["local"],
        remote=places["remote"] and finds_remote(ctx),
    )
    async with ctx.db.reading() as reader:
        ids = await search_accounts(reader, query, ctx.urls)
        return await show_people(ctx, reader, ids, with_relationships=wish.with_relationships)


class Acquaintances(Struct, frozen=True, kw_only=True):
    id: list[str] = []
    with_suspended: bool = False


@get("/api/v1/accounts/relationships", scope="read:follows", params=Acquaintances, tags=TAGS)
async def relationships(ctx: Ctx, wish: Acquaintances) -> list[Relationship]:
    """What the viewer has to do with each of these; without ids, nothing."""
    ids = _account_ids(wish.id)
    return await render_relationships(ctx.db, ctx.user.id, ids, with_suspended=wish.with_suspended)


@get(
    "/api/v1/accounts/{account_id}/followers",
    auth="optional",
    scope="read:accounts",
    params=PeoplePage,
    tags=TAGS,
)
async def followers(ctx: Ctx, wish: PeoplePage, account_id: str) -> list[Account]:
    """Who follows an account, the newest first. Hidden lists are empty to others."""
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, account_id)
        hidden = found.hide_followers and not _own(ctx, found.id)
        which = (FOLLOWERS, FOLLOWERS_FOR_GUESTS)
        return [] if hidden else await _related(ctx, reader, wish, which, found.id)


@get(
    "/api/v1/accounts/{account_id}/following",
    auth="optional",
    scope="read:accounts",
    params=PeoplePage,
    tags=TAGS,
)
async def following(ctx: Ctx, wish: PeoplePage, account_id: str) -> list[Account]:
    """Whom an account follows, the newest first. Hidden lists are empty to others."""
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, account_id)
        hidden = found.hide_follows and not _own(ctx, found.id)
        which = (FOLLOWING, FOLLOWING_FOR_GUESTS)
        return [] if hidden else await _related(ctx, reader, wish, which, found.id)


async def _related(
    ctx: Ctx,
    reader: Reader,
    wish: PeoplePage,
    which: tuple[Paged[Related], Paged[Related]],
    account_id: AccountId,
) -> list[Account]:
    page = wish.integers(40, 80)
    if ctx.viewer is None:
        rows = await reader.page(which[1], page, account=account_id, **shown_places(ctx))
    else:
        rows = await reader.page(which[0], page, account=account_id, viewer=ctx.viewer.id)
    return await show_people(ctx, reader, link_related(ctx, rows), with_relationships=wish.with_relationships)


def _own(ctx: Ctx, account_id: AccountId) -> bool:
    return ctx.viewer is not None and ctx.viewer.id == account_id


def _account_ids(texts: Sequence[str]) -> list[AccountId]:
    """Those that are ids at all."""
    found = (find_flake(text) for text in dict.fromkeys(texts[:MOST_AT_ONCE]))
    return [AccountId(flake) for flake in found if flake is not None]
