"""What Pleroma adds to accounts: subscriptions, favourites of others, birthdays, requests one has made.

Source: reference/pleroma 4.7, 4.8, 4.16.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct

from barbelo.api.people import PeoplePage, WithRelationships, get_person, link_related, target
from barbelo.api.showing import show_people, show_statuses
from barbelo.domain.accounts.queries import find_address, get_author
from barbelo.domain.drafts import FollowDraft
from barbelo.domain.reactions.like import LIKED_BY, LIKED_BY_FOR
from barbelo.domain.relations.birthdays import list_birthdays
from barbelo.domain.relations.follow import follow
from barbelo.domain.relations.pairs import OnOneself
from barbelo.domain.relations.queries import OUTGOING
from barbelo.domain.relations.subscribe import subscribe, unsubscribe
from barbelo.entities.account import Account
from barbelo.entities.relationship import Relationship, render_relationship
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get, post
from barbelo.kernel.errors import BarbeloError, NotAllowed, NotFound
from barbelo.kernel.origin import Origin

TAGS = ("accounts",)
STATUSES: Mapping[type[BarbeloError], int] = MappingProxyType({OnOneself: 400})


@post("/api/v1/pleroma/accounts/{account_id}/subscribe", scope="write:follows", statuses=STATUSES, tags=TAGS)
async def subscribe_account(ctx: Ctx, account_id: str) -> Relationship:
    """Be told of every status of somebody, followed or not."""
    async with ctx.db.transaction() as tx:
        other = (await get_person(ctx, tx, account_id)).id
        await subscribe(tx, ctx.user.id, other)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post("/api/v1/pleroma/accounts/{account_id}/unsubscribe", scope="write:follows", tags=TAGS)
async def unsubscribe_account(ctx: Ctx, account_id: str) -> Relationship:
    """Be told of them no more."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await unsubscribe(tx, ctx.user.id, other)
    return await render_relationship(ctx.db, ctx.user.id, other)


@get(
    "/api/v1/pleroma/accounts/{account_id}/favourites",
    auth="optional",
    scope="read:favourites",
    params=PageParams,
    tags=TAGS,
)
async def account_favourites(ctx: Ctx, page: PageParams, account_id: str) -> list[Status]:
    """What somebody has favourited, by when, as far as the asker may see it. Only who allows it is looked at."""
    async with ctx.db.reading() as reader:
        account = await get_person(ctx, reader, account_id)
        own = ctx.viewer is not None and ctx.viewer.id == account.id
        if account.hide_favourites and not own:
            raise NotAllowed("Can't get favorites")
        if ctx.viewer is None:
            rows = await reader.page(LIKED_BY, page.integers(), account=account.id)
        else:
            rows = await reader.page(LIKED_BY_FOR, page.integers(), account=account.id, viewer=ctx.viewer.id)
        if rows:
            ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
        return await show_statuses(ctx, reader, [row.status_id for row in rows])


class Day(WithRelationships, frozen=True, kw_only=True):
    day: Annotated[int, Meta(ge=1, le=31)]
    month: Annotated[int, Meta(ge=1, le=12)]


@get("/api/v1/pleroma/birthdays", scope="read:accounts", params=Day, tags=TAGS)
async def birthdays(ctx: Ctx, wish: Day) -> list[Account]:
    """Those whom one follows and who show that this is their birthday."""
    async with ctx.db.reading() as reader:
        ids = await list_birthdays(reader, ctx.user.id, month=wish.month, day=wish.day)
        return await show_people(ctx, reader, ids, with_relationships=wish.with_relationships)


@get(
    "/api/v1/pleroma/outgoing_follow_requests",
    aliases=("/api/v1/follow_requests/outgoing",),
    scope="read:follows",
    params=PeoplePage,
    tags=TAGS,
)
async def outgoing_follow_requests(ctx: Ctx, wish: PeoplePage) -> list[Account]:
    """Whose answer one waits for, the newest first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(OUTGOING, wish.integers(40, 80), viewer=ctx.user.id)
        return await show_people(
            ctx, reader, link_related(ctx, rows), with_relationships=wish.with_relationships
        )


class Whom(Struct, frozen=True, kw_only=True):
    """`name`, `name@host`, or the address of a profile."""

    uri: str


@post(
    "/api/v1/follows",
    scope="write:follows",
    params=Whom,
    limit="relations_actions",
    statuses=STATUSES,
    tags=TAGS,
)
async def follow_by_uri(ctx: Ctx, wish: Whom) -> Account:
    """Follow somebody by name or address, among those we know: the old way of Mastodon's apps."""
    async with ctx.db.transaction() as tx:
        found = await find_address(tx, wish.uri, ctx.urls)
        other = found.id if found else (await get_person(ctx, tx, wish.uri)).id
        author = await get_author(tx, ctx.user.id)
        await follow(tx, FollowDraft(follower=author, followed_id=other, origin=Origin.LOCAL))
    async with ctx.db.reading() as reader:
        shown = await show_people(ctx, reader, [other], with_relationships=True)
    if not shown:
        raise NotFound
    return shown[0]
