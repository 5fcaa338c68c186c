"""Hashtags that one shows on one's profile. Source: docs.joinmastodon.org/methods/featured_tags, /methods/tags."""

from msgspec import Struct

from barbelo.api.people import get_person
from barbelo.db.database import Reader
from barbelo.domain.accounts.featured_tags import (
    feature_tag,
    list_featured,
    suggest_tags,
    unfeature_named,
    unfeature_tag,
)
from barbelo.entities.featured_tag import FeaturedTag, render_featured
from barbelo.entities.tag import Tag, render_tags
from barbelo.http.context import Ctx
from barbelo.http.routes import delete, get, post
from barbelo.text.scan import tag_key

TAGS = ("tags",)


@get("/api/v1/featured_tags", scope="read:accounts", tags=TAGS)
async def own_featured_tags(ctx: Ctx) -> list[FeaturedTag]:
    """What the viewer shows, the most used first."""
    return [render_featured(row, ctx.urls) for row in await list_featured(ctx.db, ctx.user.id)]


class TagName(Struct, frozen=True, kw_only=True):
    name: str


@post("/api/v1/featured_tags", scope="write:accounts", params=TagName, tags=TAGS)
async def feature(ctx: Ctx, wish: TagName) -> FeaturedTag:
    """Show a hashtag, at most ten."""
    async with ctx.db.transaction() as tx:
        row = await feature_tag(tx, ctx.user.id, wish.name)
    return render_featured(row, ctx.urls)


@delete("/api/v1/featured_tags/{featured_id}", scope="write:accounts", tags=TAGS)
async def unfeature(ctx: Ctx, featured_id: int) -> None:
    async with ctx.db.transaction() as tx:
        await unfeature_tag(tx, ctx.user.id, featured_id)


@get("/api/v1/featured_tags/suggestions", scope="read:accounts", tags=TAGS)
async def suggested_tags(ctx: Ctx) -> list[Tag]:
    """Hashtags that one has used most of late and does not show."""
    async with ctx.db.reading() as reader:
        names = await suggest_tags(reader, ctx.user.id)
        return await render_tags(reader, names, ctx.viewer, ctx.urls)


@get("/api/v1/accounts/{account_id}/featured_tags", auth="optional", scope="read:accounts", tags=TAGS)
async def account_featured_tags(ctx: Ctx, account_id: str) -> list[FeaturedTag]:
    """What somebody shows, the most used first."""
    async with ctx.db.reading() as reader:
        found = await get_person(ctx, reader, account_id)
        return [render_featured(row, ctx.urls) for row in await list_featured(reader, found.id)]


@post("/api/v1/tags/{name}/feature", scope="write:accounts", tags=TAGS)
async def feature_named(ctx: Ctx, name: str) -> Tag:
    """Show a hashtag, at most ten."""
    async with ctx.db.transaction() as tx:
        await feature_tag(tx, ctx.user.id, name)
        return await _shown(ctx, tx, name)


@post("/api/v1/tags/{name}/unfeature", scope="write:accounts", tags=TAGS)
async def unfeature_by_name(ctx: Ctx, name: str) -> Tag:
    async with ctx.db.transaction() as tx:
        await unfeature_named(tx, ctx.user.id, name)
        return await _shown(ctx, tx, name)


async def _shown(ctx: Ctx, reader: Reader, name: str) -> Tag:
    [shown] = await render_tags(reader, [tag_key(name)], ctx.viewer, ctx.urls)
    return shown
