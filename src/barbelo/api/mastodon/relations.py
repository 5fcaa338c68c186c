"""What one does with people: follow, block, mute, and undoing it; and those whom one has blocked and muted.

Source: docs.joinmastodon.org/methods/accounts, reference/mastodon 3, reference/pleroma 3.3, 11.4.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import UNSET, Struct
from msgspec.structs import replace

from barbelo.api.people import PeoplePage, link_related, target
from barbelo.api.showing import show_people
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import FollowDraft
from barbelo.domain.relations.block import block, unblock
from barbelo.domain.relations.follow import follow, unfollow
from barbelo.domain.relations.mute import mute, unmute
from barbelo.domain.relations.pairs import OnOneself
from barbelo.domain.relations.queries import BLOCKED, MUTED
from barbelo.domain.relations.requests import remove_follower
from barbelo.entities.account import Account
from barbelo.entities.relationship import Relationship, render_relationship
from barbelo.entities.times import iso_or_none
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.errors import BarbeloError
from barbelo.kernel.ids import encode
from barbelo.kernel.origin import Origin

TAGS = ("accounts",)
FOLLOW_LIMITS = ("relations_actions", "relation_id_action")
STATUSES: Mapping[type[BarbeloError], int] = MappingProxyType({OnOneself: 400})


class FollowWish(Struct, frozen=True, kw_only=True):
    """What is left out stays as it was."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[str] | None = None


@post(
    "/api/v1/accounts/{account_id}/follow",
    scope="write:follows",
    params=FollowWish,
    limit=FOLLOW_LIMITS,
    statuses=STATUSES,
    tags=TAGS,
)
async def follow_account(ctx: Ctx, wish: FollowWish, account_id: str) -> Relationship:
    """Follow, or ask to. Again with other wishes: they are changed."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        draft = FollowDraft(
            follower=await get_author(tx, ctx.user.id),
            followed_id=other,
            origin=Origin.LOCAL,
            show_boosts=wish.reblogs,
            notify=wish.notify,
            languages=wish.languages,
        )
        await follow(tx, draft)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post(
    "/api/v1/accounts/{account_id}/unfollow",
    scope="write:follows",
    limit=FOLLOW_LIMITS,
    statuses=STATUSES,
    tags=TAGS,
)
async def unfollow_account(ctx: Ctx, account_id: str) -> Relationship:
    """Follow no longer, or take a request back."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await unfollow(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post(
    "/api/v1/accounts/{account_id}/remove_from_followers",
    scope="write:follows",
    limit=FOLLOW_LIMITS,
    statuses=STATUSES,
    tags=TAGS,
)
async def remove_from_followers(ctx: Ctx, account_id: str) -> Relationship:
    """Be followed by somebody no longer."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await remove_follower(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post("/api/v1/accounts/{account_id}/block", scope="write:blocks", statuses=STATUSES, tags=TAGS)
async def block_account(ctx: Ctx, account_id: str) -> Relationship:
    """See nothing of somebody, and be seen by them no more; follows between the two end."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await block(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post("/api/v1/accounts/{account_id}/unblock", scope="write:blocks", tags=TAGS)
async def unblock_account(ctx: Ctx, account_id: str) -> Relationship:
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await unblock(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)


class MuteWish(Struct, frozen=True, kw_only=True):
    """`duration` (Mastodon) and `expires_in` (Pleroma) count seconds; 0 or none is for ever."""

    notifications: bool = True
    duration: int | None = None
    expires_in: int | None = None


@post(
    "/api/v1/accounts/{account_id}/mute",
    scope="write:mutes",
    params=MuteWish,
    statuses=STATUSES,
    tags=TAGS,
)
async def mute_account(ctx: Ctx, wish: MuteWish, account_id: str) -> Relationship:
    """Hear no more from somebody, without their noticing."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await mute(
            tx,
            ctx.user.id,
            other,
            notifications=wish.notifications,
            duration_s=wish.duration or wish.expires_in or 0,
        )
    return await render_relationship(ctx.db, ctx.user.id, other)


@post("/api/v1/accounts/{account_id}/unmute", scope="write:mutes", tags=TAGS)
async def unmute_account(ctx: Ctx, account_id: str) -> Relationship:
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await unmute(tx, ctx.user.id, other)
    return await render_relationship(ctx.db, ctx.user.id, other)


@get("/api/v1/blocks", scope="read:blocks", params=PeoplePage, tags=TAGS)
async def blocks(ctx: Ctx, wish: PeoplePage) -> list[Account]:
    """Whom the viewer has blocked, the newest first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(BLOCKED, wish.integers(40, 80), viewer=ctx.user.id)
        return await show_people(
            ctx, reader, link_related(ctx, rows), with_relationships=wish.with_relationships
        )


@get("/api/v1/mutes", scope="read:mutes", params=PeoplePage, tags=TAGS)
async def mutes(ctx: Ctx, wish: PeoplePage) -> list[Account]:
    """Whom the viewer has muted, the newest first; `mute_expires_at` says until when."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(MUTED, wish.integers(40, 80), viewer=ctx.user.id)
        ids = link_related(ctx, rows)
        people = await show_people(ctx, reader, ids, with_relationships=wish.with_relationships)
    ends = {encode(row.account_id): iso_or_none(row.expires_at) for row in rows}
    return [replace(account, mute_expires_at=ends.get(account.id, UNSET)) for account in people]
