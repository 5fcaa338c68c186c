"""People whom one may wish to know.

Source: docs.joinmastodon.org/methods/directory, /methods/suggestions, /methods/accounts (familiar followers).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from barbelo.api.guests import check_public
from barbelo.api.people import shown_places, target
from barbelo.api.showing import show_people
from barbelo.domain.accounts.queries import keep_shown
from barbelo.domain.search.discovery import (
    DirectoryPage,
    directory,
    dismiss_suggestion,
    familiar_followers,
    suggest,
)
from barbelo.entities.account import Account
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get
from barbelo.kernel.ids import AccountId, encode, find_flake

TAGS = ("accounts",)
MOST_AT_ONCE = 40


class DirectoryQuery(PageParams, frozen=True, kw_only=True):
    """Pages by `offset`. `local`: only those who live here."""

    order: Literal["active", "new"] = "active"
    local: bool = False


@get("/api/v1/directory", auth="optional", scope="read:accounts", params=DirectoryQuery, tags=TAGS)
async def show_directory(ctx: Ctx, query: DirectoryQuery) -> list[Account]:
    """Those who wish to be found: who said something last, or who came last."""
    check_public(ctx)
    places = shown_places(ctx)
    page = DirectoryPage(
        order=query.order,
        limit=query.rows(40, 80),
        skip=query.skipped(),
        local=places["local"],
        remote=places["remote"] and not query.local,
    )
    async with ctx.db.reading() as reader:
        ids = await directory(reader, ctx.viewer.id if ctx.viewer else None, page)
        return await show_people(ctx, reader, ids)


class Suggestion(Struct, frozen=True, kw_only=True):
    """`source` is the old word for `sources`. Source: docs.joinmastodon.org/entities/Suggestion."""

    source: Literal["past_interactions", "global"]
    sources: list[str]
    account: Account


class HowMany(Struct, frozen=True, kw_only=True):
    limit: int | None = None

    @property
    def rows(self) -> int:
        return 40 if self.limit is None else min(max(self.limit, 1), 80)


@get("/api/v2/suggestions", scope="read:accounts", params=HowMany, tags=TAGS)
async def suggestions(ctx: Ctx, wish: HowMany) -> list[Suggestion]:
    """Those whom people follow whom one follows, and those whom many follow."""
    async with ctx.db.reading() as reader:
        sources = await suggest(reader, ctx.user.id, wish.rows)
        people = await show_people(ctx, reader, list(sources))
    by_id = {encode(one): source for one, source in sources.items()}
    return [
        Suggestion(
            source="past_interactions" if by_id[one.id] == "friends_of_friends" else "global",
            sources=[by_id[one.id]],
            account=one,
        )
        for one in people
    ]


@get("/api/v1/suggestions", scope="read:accounts", params=HowMany, tags=TAGS)
async def suggested_accounts(ctx: Ctx, wish: HowMany) -> list[Account]:
    """The same without reasons: the old form."""
    async with ctx.db.reading() as reader:
        return await show_people(ctx, reader, list(await suggest(reader, ctx.user.id, wish.rows)))


@delete("/api/v1/suggestions/{account_id}", scope="read:accounts", tags=TAGS)
async def remove_suggestion(ctx: Ctx, account_id: str) -> None:
    """Not to be shown somebody again."""
    async with ctx.db.transaction() as tx:
        await dismiss_suggestion(tx, ctx.user.id, await target(ctx, tx, account_id))


class Whose(Struct, frozen=True, kw_only=True):
    id: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = []


class FamiliarFollowers(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/FamiliarFollowers."""

    id: str
    accounts: list[Account]


@get("/api/v1/accounts/familiar_followers", scope="read:follows", params=Whose, tags=TAGS)
async def show_familiar_followers(ctx: Ctx, wish: Whose) -> list[FamiliarFollowers]:
    """Whom one follows among the followers of each of these, at most 40 at once."""
    flakes = [AccountId(flake) for text in wish.id if (flake := find_flake(text)) is not None]
    async with ctx.db.reading() as reader:
        familiar = await familiar_followers(reader, ctx.user.id, await keep_shown(reader, flakes))
        everybody = list(dict.fromkeys(one for some in familiar.values() for one in some))
        shown = {one.id: one for one in await show_people(ctx, reader, everybody)}
    return [
        FamiliarFollowers(
            id=encode(whose), accounts=[shown[name] for name in map(encode, some) if name in shown]
        )
        for whose, some in familiar.items()
    ]
