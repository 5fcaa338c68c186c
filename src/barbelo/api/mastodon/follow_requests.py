"""Those who wait to follow: seen, let in, declined. Source: docs.joinmastodon.org/methods/follow_requests."""

from barbelo.api.people import PeoplePage, link_related, target
from barbelo.api.showing import show_people
from barbelo.domain.relations.queries import REQUESTS
from barbelo.domain.relations.requests import authorize, reject
from barbelo.entities.account import Account
from barbelo.entities.relationship import Relationship, render_relationship
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.origin import Origin

TAGS = ("accounts",)


@get("/api/v1/follow_requests", scope="read:follows", params=PeoplePage, tags=TAGS)
async def follow_requests(ctx: Ctx, wish: PeoplePage) -> list[Account]:
    """Who waits for an answer, the newest first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(REQUESTS, wish.integers(40, 80), viewer=ctx.user.id)
        return await show_people(
            ctx, reader, link_related(ctx, rows), with_relationships=wish.with_relationships
        )


@post("/api/v1/follow_requests/{account_id}/authorize", scope="write:follows", tags=TAGS)
async def authorize_follow(ctx: Ctx, account_id: str) -> Relationship:
    """Let somebody follow."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await authorize(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)


@post("/api/v1/follow_requests/{account_id}/reject", scope="write:follows", tags=TAGS)
async def reject_follow(ctx: Ctx, account_id: str) -> Relationship:
    """Decline somebody's wish to follow."""
    async with ctx.db.transaction() as tx:
        other = await target(ctx, tx, account_id)
        await reject(tx, ctx.user.id, other, Origin.LOCAL)
    return await render_relationship(ctx.db, ctx.user.id, other)
