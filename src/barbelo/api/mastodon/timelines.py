"""Timelines. Source: docs.joinmastodon.org/methods/timelines, reference/pleroma 3.1, reference/mastodon 7."""

from typing import Literal

from msgspec import field
from msgspec.structs import replace

from barbelo.api.guests import check_timeline
from barbelo.api.showing import show_home, show_page
from barbelo.db.database import Reader
from barbelo.domain.timelines import feed
from barbelo.domain.timelines.home import home as read_home
from barbelo.domain.timelines.public import Tags, of_host
from barbelo.domain.timelines.public import public as read_public
from barbelo.domain.timelines.public import tagged as read_tagged
from barbelo.domain.timelines.sources import Asked, Which
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get
from barbelo.kernel.visibility import Visibility

TAGS = ("timelines",)
MOST_TAGS = 20
"""More hashtags than that nobody asks for at once."""


class TimelineQuery(PageParams, frozen=True, kw_only=True):
    """What every timeline may be asked for. Source: reference/pleroma 3.1."""

    local: bool = False
    remote: bool = False
    only_media: bool = False
    with_muted: bool = False
    exclude_visibilities: list[Visibility] = field(default_factory=list)

    def which(self) -> Which:
        return Which(local=self.local, remote=self.remote, only_media=self.only_media)

    def asked(self, ctx: Ctx) -> Asked:
        return Asked(
            viewer=ctx.viewer,
            which=self.which(),
            with_muted=self.with_muted,
            hidden=self.exclude_visibilities,
        )


class RepliesQuery(TimelineQuery, frozen=True, kw_only=True):
    """`reply_visibility`: only answers to the reader (`self`), or also to those whom they follow (`following`)."""

    reply_visibility: Literal["following", "self"] | None = None

    def which(self) -> Which:
        return Which(
            local=self.local,
            remote=self.remote,
            only_media=self.only_media,
            replies=self.reply_visibility or "all",
        )


@get("/api/v1/timelines/home", scope="read:statuses", params=RepliesQuery, limit="timeline:home", tags=TAGS)
async def home(ctx: Ctx, query: RepliesQuery) -> list[Status]:
    """What those say whom one follows, what is said with followed hashtags, and what one says oneself."""
    async with ctx.db.reading() as reader:
        kept = await feed.state(reader, ctx.user.id)
        if not feed.wants_work(kept, ctx.db.now()):
            return await _home_page(ctx, reader, query, kept)
    async with ctx.db.transaction() as tx:
        await feed.tend(tx, ctx.user.id)
        kept = await feed.state(tx, ctx.user.id)
    async with ctx.db.reading() as reader:
        return await _home_page(ctx, reader, query, kept)


async def _home_page(ctx: Ctx, reader: Reader, query: RepliesQuery, kept: feed.Feed) -> list[Status]:
    asked = query.asked(ctx)
    return await show_home(ctx, reader, query.flakes(), lambda page: read_home(reader, asked, kept, page))


class PublicQuery(RepliesQuery, frozen=True, kw_only=True):
    """`instance`: only what comes from this server."""

    instance: str | None = None


@get(
    "/api/v1/timelines/public",
    auth="optional",
    scope="read:statuses",
    params=PublicQuery,
    limit="timeline:public",
    tags=TAGS,
)
async def public(ctx: Ctx, query: PublicQuery) -> list[Status]:
    """Everybody's public statuses, or with `local` those that were written here, or with `instance` there."""
    host = query.instance or ""
    is_here = query.local or host.strip().lower() == ctx.urls.host.lower()
    check_timeline(ctx, local=is_here)
    async with ctx.db.reading() as reader:
        if host and not is_here:
            ids = await of_host(reader, query.asked(ctx), host, query.flakes())
        else:
            ids = await read_public(reader, replace(query, local=is_here).asked(ctx), query.flakes())
        return await show_page(ctx, reader, ids)


class TagQuery(TimelineQuery, frozen=True, kw_only=True):
    """Besides the hashtag in the path: `any` of these will do as well; `all` of these too; `none` of these."""

    any: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)
    none: list[str] = field(default_factory=list)

    def tags(self, tag: str) -> Tags:
        return Tags(any=[tag, *self.any[:MOST_TAGS]], all=self.all[:MOST_TAGS], none=self.none[:MOST_TAGS])


@get(
    "/api/v1/timelines/tag/{tag}",
    auth="optional",
    scope="read:statuses",
    params=TagQuery,
    limit="timeline:tag",
    tags=TAGS,
)
async def tag_timeline(ctx: Ctx, query: TagQuery, tag: str) -> list[Status]:
    """Public statuses with a hashtag."""
    check_timeline(ctx, local=query.local)
    async with ctx.db.reading() as reader:
        ids = await read_tagged(reader, query.asked(ctx), query.tags(tag), query.flakes())
        return await show_page(ctx, reader, ids)
