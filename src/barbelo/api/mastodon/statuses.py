"""Writing, reading and deleting statuses. Source: docs.joinmastodon.org/methods/statuses, reference/pleroma 3.2, 3.6."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from barbelo.api.guests import check_public
from barbelo.api.mastodon.scheduled_statuses import show_scheduled
from barbelo.api.moments import utc
from barbelo.api.showing import get_shown, show_status, show_statuses
from barbelo.api.wishes import NewStatus, continuing, limits_of
from barbelo.db.database import Tx
from barbelo.domain.statuses.compose import Wish, compose
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import context, get_own, get_visible, list_visible
from barbelo.domain.statuses.schedule import get_scheduled, is_ahead, schedule
from barbelo.entities.status import Status
from barbelo.entities.versions import ScheduledStatus
from barbelo.http.context import Ctx
from barbelo.http.idempotency import made_before, remember
from barbelo.http.routes import delete, get, post
from barbelo.kernel.ids import StatusId, encode, find_flake, get_flake


@post(
    "/api/v1/statuses", scope="write:statuses", params=NewStatus, limit="statuses_actions", tags=("statuses",)
)
async def post_status(ctx: Ctx, new: NewStatus) -> Status | ScheduledStatus:
    """Publish a status, or plan it when `scheduled_at` lies five minutes ahead.

    The same `Idempotency-Key` gives the same thing again.
    """
    wish = new.wish(ctx.settings)
    if new.preview:
        return await _preview(ctx, new, wish)
    async with ctx.db.transaction() as tx:
        made = await made_before(tx, ctx)
        if made is not None:
            kind, made_id = made.kind, made.made_id
        else:
            kind, made_id = await _granted(tx, ctx, new, wish)
            await remember(tx, ctx, kind, made_id)
    async with ctx.db.reading() as reader:
        if kind == SCHEDULED:
            planned = await get_scheduled(reader, ctx.user.id, int(made_id))
            return (await show_scheduled(ctx, reader, [planned]))[0]
        return await show_status(ctx, reader, get_flake(made_id))


PUBLISHED, SCHEDULED = "status", "scheduled_status"


async def _granted(tx: Tx, ctx: Ctx, new: NewStatus, wish: Wish) -> tuple[str, str]:
    """What has come of a wish, and its id."""
    limits = limits_of(ctx.settings)
    wish = await continuing(tx, ctx.user, new, wish)
    at = utc(new.scheduled_at) if new.scheduled_at else None
    if at is not None and is_ahead(at, tx.now()):
        row = await schedule(tx, ctx.user, wish, at=at, urls=ctx.urls, limits=limits)
        return SCHEDULED, str(row.id)
    draft = await compose(tx, ctx.user, wish, urls=ctx.urls, limits=limits)
    return PUBLISHED, encode(await publish(tx, draft))


async def _preview(ctx: Ctx, new: NewStatus, wish: Wish) -> Status:
    """What `wish` would be. Its id leads nowhere."""
    async with ctx.db.rehearsal() as tx:
        wish = await continuing(tx, ctx.user, new, wish)
        draft = await compose(tx, ctx.user, wish, urls=ctx.urls, limits=limits_of(ctx.settings))
        return await show_status(ctx, tx, await publish(tx, draft))


MOST_AT_ONCE = 100


class SomeStatuses(Struct, frozen=True, kw_only=True):
    id: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = field(default_factory=list)
    ids: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = field(default_factory=list)


@get("/api/v1/statuses", auth="optional", scope="read:statuses", params=SomeStatuses, tags=("statuses",))
async def get_statuses(ctx: Ctx, some: SomeStatuses) -> list[Status]:
    """Several statuses at once; those that are not there, or not for you, are left out."""
    asked = [flake for text in (*some.id, *some.ids) if (flake := find_flake(text)) is not None]
    async with ctx.db.reading() as reader:
        return await show_statuses(ctx, reader, await list_visible(reader, asked, ctx.viewer))


@get("/api/v1/statuses/{status_id}", auth="optional", scope="read:statuses", tags=("statuses",))
async def get_status(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.reading() as reader:
        status = await get_visible(reader, status_id, ctx.viewer)
        return await show_status(ctx, reader, status.id)


class StatusContext(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Context."""

    ancestors: list[Status]
    descendants: list[Status]


@get("/api/v1/statuses/{status_id}/context", auth="optional", scope="read:statuses", tags=("statuses",))
async def get_context(ctx: Ctx, status_id: StatusId) -> StatusContext:
    """What stands before and after a status in its thread."""
    check_public(ctx)
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        thread = await context(reader, status.id, ctx.viewer)
        shown = await show_statuses(ctx, reader, [*thread.ancestors, *thread.descendants])
    by_id = {status.id: status for status in shown}  # what was deleted meanwhile is missing

    def those(ids: list[StatusId]) -> list[Status]:
        return [by_id[name] for name in map(encode, ids) if name in by_id]

    return StatusContext(ancestors=those(thread.ancestors), descendants=those(thread.descendants))


class Deletion(Struct, frozen=True, kw_only=True):
    delete_media: bool = False


@delete(
    "/api/v1/statuses/{status_id}",
    scope="write:statuses",
    params=Deletion,
    limit="statuses_actions",
    tags=("statuses",),
)
async def delete_own_status(ctx: Ctx, how: Deletion, status_id: StatusId) -> Status:
    """Delete one's own status. The answer carries its source in `text`, for writing it anew."""
    async with ctx.db.transaction() as tx:
        status = await get_own(tx, status_id, ctx.user)
        shown = await show_status(ctx, tx, status.id)
        source = await delete_status(tx, status, with_media=how.delete_media)
    return msgspec.structs.replace(shown, text=source or "")
