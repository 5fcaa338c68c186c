"""Timelines. Source: docs.joinmastodon.org/methods/timelines, reference/pleroma 3.1, reference/mastodon 7."""

from barbelo.api.guests import check_timeline
from barbelo.api.showing import show_page
from barbelo.domain.timelines import feed
from barbelo.domain.timelines.home import Asked
from barbelo.domain.timelines.home import home as read_home
from barbelo.domain.timelines.public import Which
from barbelo.domain.timelines.public import public as read_public
from barbelo.domain.timelines.public import tagged as read_tagged
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get

TAGS = ("timelines",)


class HomeQuery(PageParams, frozen=True, kw_only=True):
    with_muted: bool = False


@get("/api/v1/timelines/home", scope="read:statuses", params=HomeQuery, limit="timeline:home", tags=TAGS)
async def home(ctx: Ctx, query: HomeQuery) -> list[Status]:
    """What those say whom one follows, and what one says oneself."""
    kept = await feed.state(ctx.db, ctx.user.id)
    if feed.wants_work(kept, ctx.db.now()):
        async with ctx.db.transaction() as tx:
            await feed.tend(tx, ctx.user.id)
            kept = await feed.state(tx, ctx.user.id)
    async with ctx.db.reading() as reader:
        ids = await read_home(reader, Asked(ctx.user, query.with_muted), kept, query.flakes())
        return await show_page(ctx, reader, ids)


class PublicQuery(PageParams, frozen=True, kw_only=True):
    local: bool = False
    remote: bool = False
    only_media: bool = False
    with_muted: bool = False


@get(
    "/api/v1/timelines/public",
    auth="optional",
    scope="read:statuses",
    params=PublicQuery,
    limit="timeline:public",
    tags=TAGS,
)
async def public(ctx: Ctx, query: PublicQuery) -> list[Status]:
    """Everybody's public statuses, or with `local` those that were written here."""
    check_timeline(ctx, local=query.local)
    which = Which(local=query.local, remote=query.remote, only_media=query.only_media)
    async with ctx.db.reading() as reader:
        ids = await read_public(reader, ctx.viewer, which, query.flakes(), with_muted=query.with_muted)
        return await show_page(ctx, reader, ids)


@get(
    "/api/v1/timelines/tag/{tag}",
    auth="optional",
    scope="read:statuses",
    params=PublicQuery,
    limit="timeline:tag",
    tags=TAGS,
)
async def tag_timeline(ctx: Ctx, query: PublicQuery, tag: str) -> list[Status]:
    """Public statuses with a hashtag."""
    check_timeline(ctx, local=query.local)
    which = Which(local=query.local, remote=query.remote, only_media=query.only_media)
    async with ctx.db.reading() as reader:
        ids = await read_tagged(reader, ctx.viewer, tag, which, query.flakes(), with_muted=query.with_muted)
        return await show_page(ctx, reader, ids)
