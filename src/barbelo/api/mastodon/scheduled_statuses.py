"""Statuses for later. Source: docs.joinmastodon.org/methods/scheduled_statuses, reference/mastodon 4."""

from msgspec import Struct

from barbelo.api.moments import Moment, utc
from barbelo.db.database import Reader
from barbelo.domain.statuses import schedule
from barbelo.domain.statuses.schedule import Scheduled
from barbelo.entities.media import attachments_by_id
from barbelo.entities.versions import ScheduledStatus, render_scheduled
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get, put

TAGS = ("statuses",)
PATH = "/api/v1/scheduled_statuses"


@get(PATH, scope="read:statuses", params=PageParams, tags=TAGS)
async def list_scheduled(ctx: Ctx, page: PageParams) -> list[ScheduledStatus]:
    """One's own, the latest made first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(schedule.LIST, page.integers(), owner=ctx.user.id)
        if rows:
            ctx.link(str(rows[0].id), str(rows[-1].id))
        return await show_scheduled(ctx, reader, rows)


@get(PATH + "/{scheduled_id}", scope="read:statuses", tags=TAGS)
async def get_scheduled(ctx: Ctx, scheduled_id: int) -> ScheduledStatus:
    async with ctx.db.reading() as reader:
        row = await schedule.get_scheduled(reader, ctx.user.id, scheduled_id)
        return (await show_scheduled(ctx, reader, [row]))[0]


class NewTime(Struct, frozen=True, kw_only=True):
    """At least five minutes ahead."""

    scheduled_at: Moment


@put(PATH + "/{scheduled_id}", scope="write:statuses", params=NewTime, tags=TAGS)
async def move_scheduled(ctx: Ctx, new: NewTime, scheduled_id: int) -> ScheduledStatus:
    """Another time."""
    async with ctx.db.transaction() as tx:
        row = await schedule.move(tx, ctx.user.id, scheduled_id, utc(new.scheduled_at))
        return (await show_scheduled(ctx, tx, [row]))[0]


@delete(PATH + "/{scheduled_id}", scope="write:statuses", tags=TAGS)
async def cancel_scheduled(ctx: Ctx, scheduled_id: int) -> None:
    async with ctx.db.transaction() as tx:
        await schedule.cancel(tx, ctx.user.id, scheduled_id)


async def show_scheduled(ctx: Ctx, reader: Reader, rows: list[Scheduled]) -> list[ScheduledStatus]:
    wanted = [media_id for row in rows for media_id in row.wish.media_ids]
    media = await attachments_by_id(reader, wanted, ctx.user.id, ctx.urls)
    return [render_scheduled(row, [media[one] for one in row.wish.media_ids if one in media]) for row in rows]
