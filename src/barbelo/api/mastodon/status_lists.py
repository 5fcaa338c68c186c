"""Lists that hang on statuses: one's favourites and bookmarks, and who has favourited or boosted one.

Their cursors are not the ids of what is listed; clients follow the `Link` header. Source: reference/mastodon 7.
"""

from uuid import UUID

from barbelo.api.guests import check_public
from barbelo.api.people import show_known
from barbelo.api.showing import get_shown, show_statuses
from barbelo.db.paging import Paged
from barbelo.domain.reactions.like import LIKED, LIKERS, LIKERS_FOR
from barbelo.domain.statuses.boost import BOOSTERS, BOOSTERS_FOR
from barbelo.domain.statuses.marks import BOOKMARKED, BOOKMARKED_IN, Marked
from barbelo.entities.account import Account
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get
from barbelo.kernel.ids import StatusId, encode, find_flake

TAGS = ("statuses",)


@get("/api/v1/favourites", scope="read:favourites", params=PageParams, tags=TAGS)
async def favourites(ctx: Ctx, page: PageParams) -> list[Status]:
    """What one has favourited, by when."""
    return await _marked(ctx, LIKED, page)


class BookmarksQuery(PageParams, frozen=True, kw_only=True):
    """`folder_id`: only those in this folder of one's own."""

    folder_id: str | None = None


@get("/api/v1/bookmarks", scope="read:bookmarks", params=BookmarksQuery, tags=TAGS)
async def bookmarks(ctx: Ctx, query: BookmarksQuery) -> list[Status]:
    """What one has bookmarked, by when."""
    if not query.folder_id:
        return await _marked(ctx, BOOKMARKED, query)
    return await _marked(ctx, BOOKMARKED_IN, query, folder=find_flake(query.folder_id))


async def _marked(ctx: Ctx, which: Paged[Marked], page: PageParams, **more: UUID | None) -> list[Status]:
    async with ctx.db.reading() as reader:
        rows = await reader.page(which, page.integers(), viewer=ctx.user.id, **more)
        if rows:
            ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
        return await show_statuses(ctx, reader, [row.status_id for row in rows])


@get(
    "/api/v1/statuses/{status_id}/favourited_by",
    auth="optional",
    scope="read:statuses",
    params=PageParams,
    tags=TAGS,
)
async def favourited_by(ctx: Ctx, page: PageParams, status_id: StatusId) -> list[Account]:
    check_public(ctx)
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        window = page.integers(default=40, most=80)
        if ctx.viewer is None:
            rows = await reader.page(LIKERS, window, status=status.id)
        else:
            rows = await reader.page(LIKERS_FOR, window, status=status.id, viewer=ctx.viewer.id)
        if rows:
            ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
        return await show_known(ctx, reader, [row.account_id for row in rows])


@get(
    "/api/v1/statuses/{status_id}/reblogged_by",
    auth="optional",
    scope="read:statuses",
    params=PageParams,
    tags=TAGS,
)
async def reblogged_by(ctx: Ctx, page: PageParams, status_id: StatusId) -> list[Account]:
    check_public(ctx)
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        window = page.flakes(default=40, most=80)
        if ctx.viewer is None:
            rows = await reader.page(BOOSTERS, window, status=status.id)
        else:
            rows = await reader.page(BOOSTERS_FOR, window, status=status.id, viewer=ctx.viewer.id)
        if rows:
            ctx.link(encode(rows[0].cursor), encode(rows[-1].cursor))
        return await show_known(ctx, reader, [row.account_id for row in rows])
