"""Servers that one does not want to see anything of. Source: docs.joinmastodon.org/methods/domain_blocks."""

from msgspec import Struct

from barbelo.domain.relations.hosts import block_host, unblock_host
from barbelo.domain.relations.queries import BLOCKED_HOSTS
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get, post

TAGS = ("accounts",)


@get("/api/v1/domain_blocks", scope="read:blocks", params=PageParams, tags=TAGS)
async def domain_blocks(ctx: Ctx, page: PageParams) -> list[str]:
    """The hosts, the newest first."""
    rows = await ctx.db.page(BLOCKED_HOSTS, page.integers(100, 200), viewer=ctx.user.id)
    if rows:
        ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
    return [row.host for row in rows]


class Domain(Struct, frozen=True, kw_only=True):
    domain: str


@post("/api/v1/domain_blocks", scope="write:blocks", params=Domain, tags=TAGS)
async def block_domain(ctx: Ctx, wish: Domain) -> None:
    """See nothing of a server any more; follows and requests in both directions end."""
    async with ctx.db.transaction() as tx:
        await block_host(tx, ctx.user.id, wish.domain, ctx.urls.host)


@delete("/api/v1/domain_blocks", scope="write:blocks", params=Domain, tags=TAGS)
async def unblock_domain(ctx: Ctx, wish: Domain) -> None:
    async with ctx.db.transaction() as tx:
        await unblock_host(tx, ctx.user.id, wish.domain, ctx.urls.host)
