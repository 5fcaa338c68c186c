"""What people do with a status: favourite, boost, bookmark, pin, mute; and who did.

Source: docs.joinmastodon.org/methods/statuses, reference/mastodon 4, reference/pleroma 11.4.
"""

from datetime import timedelta
from typing import Literal
from uuid import uuid4

from msgspec import Struct

from barbelo.api.showing import show_status
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.audience.addressing import boost_visibility, boostable
from barbelo.domain.drafts import BoostDraft, LikeDraft
from barbelo.domain.reactions.like import like, unlike
from barbelo.domain.statuses.boost import boost, unboost
from barbelo.domain.statuses.marks import (
    bookmark,
    mute_thread,
    pin,
    unbookmark,
    unmute_thread,
    unpin,
)
from barbelo.domain.statuses.queries import get_original, get_visible
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.routes import post
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import StatusId, find_flake
from barbelo.kernel.origin import Origin
from barbelo.kernel.visibility import Visibility

TAGS = ("statuses",)
FAVOURITE = ("statuses_actions", "status_id_action:favourite")
REBLOG = ("statuses_actions", "status_id_action:reblog")


@post(
    "/api/v1/statuses/{status_id}/favourite",
    scope="write:favourites",
    limit=FAVOURITE,
    tags=TAGS,
)
async def favourite(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        who = await get_author(tx, ctx.user.id)
        await like(tx, LikeDraft(author=who, origin=Origin.LOCAL, status_id=status.id))
    return await _shown(ctx, status.id)


@post(
    "/api/v1/statuses/{status_id}/unfavourite",
    scope="write:favourites",
    limit=FAVOURITE,
    tags=TAGS,
)
async def unfavourite(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        await unlike(tx, ctx.user.id, status.id, Origin.LOCAL)
    return await _shown(ctx, status.id)


class BoostWish(Struct, frozen=True, kw_only=True):
    visibility: Literal["public", "unlisted", "private", "local"] | None = None
    """Nobody is spoken to by a boost, so none is direct."""


@post(
    "/api/v1/statuses/{status_id}/reblog",
    scope="write:statuses",
    params=BoostWish,
    limit=REBLOG,
    tags=TAGS,
)
async def reblog(ctx: Ctx, wish: BoostWish, status_id: StatusId) -> Status:
    """Boost. Gives the boost, with the boosted status in it; a second time the same one."""
    wished = Visibility(wish.visibility) if wish.visibility else None
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        if not boostable(status.visibility, own=status.account_id == ctx.user.id):
            raise NotFound
        who = await get_author(tx, ctx.user.id)
        draft = BoostDraft(
            author=who,
            origin=Origin.LOCAL,
            uri=ctx.urls.activity(uuid4()),
            visibility=boost_visibility(wished, status.visibility),
            status_id=status.id,
            published_at=tx.now(),
        )
        boost_id = await boost(tx, draft)
    return await _shown(ctx, boost_id)


@post(
    "/api/v1/statuses/{status_id}/unreblog",
    scope="write:statuses",
    limit=REBLOG,
    tags=TAGS,
)
async def unreblog(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        await unboost(tx, ctx.user.id, status.id)
    return await _shown(ctx, status.id)


class BookmarkWish(Struct, frozen=True, kw_only=True):
    """Without a folder the bookmark is in none, also when it was in one before."""

    folder_id: str | None = None


@post("/api/v1/statuses/{status_id}/bookmark", scope="write:bookmarks", params=BookmarkWish, tags=TAGS)
async def bookmark_status(ctx: Ctx, wish: BookmarkWish, status_id: StatusId) -> Status:
    """Bookmark, or move a bookmark to another folder."""
    folder_id = find_flake(wish.folder_id) if wish.folder_id else None
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        await bookmark(tx, ctx.user.id, status, folder_id=folder_id)
    return await _shown(ctx, status.id)


@post("/api/v1/statuses/{status_id}/unbookmark", scope="write:bookmarks", tags=TAGS)
async def unbookmark_status(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        await unbookmark(tx, ctx.user.id, status)
    return await _shown(ctx, status.id)


@post("/api/v1/statuses/{status_id}/pin", scope="write:accounts", tags=TAGS)
async def pin_status(ctx: Ctx, status_id: StatusId) -> Status:
    """Pin one's own status to one's profile."""
    async with ctx.db.transaction() as tx:
        status = await get_visible(tx, status_id, ctx.user)
        await pin(tx, ctx.user, status, most=ctx.settings.limits.pinned_statuses)
    return await _shown(ctx, status.id)


@post("/api/v1/statuses/{status_id}/unpin", scope="write:accounts", tags=TAGS)
async def unpin_status(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_visible(tx, status_id, ctx.user)
        await unpin(tx, ctx.user, status)
    return await _shown(ctx, status.id)


LONGEST_SILENCE_S = 100 * 365 * 86_400


class Silence(Struct, frozen=True, kw_only=True):
    """Seconds, by either name; 0 is for ever. Source: reference/pleroma 3.3."""

    expires_in: int = 0
    duration: int = 0

    def lasts(self) -> timedelta | None:
        """None: for ever. Raises `Invalid`."""
        for name, seconds in (("expires_in", self.expires_in), ("duration", self.duration)):
            if not 0 <= seconds <= LONGEST_SILENCE_S:
                raise Invalid(f"{name} - Must be between 0 and {LONGEST_SILENCE_S}.", field=name)
        seconds = self.expires_in or self.duration
        return timedelta(seconds=seconds) if seconds else None


@post("/api/v1/statuses/{status_id}/mute", scope="write:mutes", params=Silence, tags=TAGS)
async def mute_conversation(ctx: Ctx, silence: Silence, status_id: StatusId) -> Status:
    """Hear no more of the thread to which a status belongs."""
    lasts = silence.lasts()
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        if status.thread_id is not None:
            until = None if lasts is None else tx.now() + lasts
            await mute_thread(tx, ctx.user.id, status.thread_id, until=until)
    return await _shown(ctx, status.id)


@post("/api/v1/statuses/{status_id}/unmute", scope="write:mutes", tags=TAGS)
async def unmute_conversation(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.transaction() as tx:
        status = await get_original(tx, status_id, ctx.user)
        if status.thread_id is not None:
            await unmute_thread(tx, ctx.user.id, status.thread_id)
    return await _shown(ctx, status.id)


async def _shown(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.reading() as reader:
        return await show_status(ctx, reader, status_id)
