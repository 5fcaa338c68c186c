"""Hashtags, and following them. Source: docs.joinmastodon.org/methods/tags, methods/followed_tags."""

from barbelo.domain.timelines.tags import FOLLOWED, follow_tag, get_tag, unfollow_tag
from barbelo.entities.tag import Tag, render_tags
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get, post

TAGS = ("tags",)


@get("/api/v1/tags/{name}", auth="optional", scope="read:follows", tags=TAGS)
async def show_tag(ctx: Ctx, name: str) -> Tag:
    """Whether anybody has used it or not."""
    return await _shown(ctx, get_tag(name))


@post("/api/v1/tags/{name}/follow", scope="write:follows", tags=TAGS)
async def follow(ctx: Ctx, name: str) -> Tag:
    """Have public statuses with it at home."""
    async with ctx.db.transaction() as tx:
        tag = await follow_tag(tx, ctx.user.id, name)
    return await _shown(ctx, tag)


@post("/api/v1/tags/{name}/unfollow", scope="write:follows", tags=TAGS)
async def unfollow(ctx: Ctx, name: str) -> Tag:
    async with ctx.db.transaction() as tx:
        tag = await unfollow_tag(tx, ctx.user.id, name)
    return await _shown(ctx, tag)


@get("/api/v1/followed_tags", scope="read:follows", params=PageParams, tags=TAGS)
async def followed_tags(ctx: Ctx, page: PageParams) -> list[Tag]:
    """The one that was followed last comes first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(FOLLOWED, page.integers(default=100, most=200), account=ctx.user.id)
        if rows:
            ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
        return await render_tags(reader, [row.tag for row in rows], ctx.viewer, ctx.urls)


async def _shown(ctx: Ctx, tag: str) -> Tag:
    async with ctx.db.reading() as reader:
        [shown] = await render_tags(reader, [tag], ctx.viewer, ctx.urls)
    return shown
