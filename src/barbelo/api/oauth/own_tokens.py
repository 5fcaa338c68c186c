"""A person's own sessions: which apps are signed in, and ending one of them. Source: reference/pleroma 4.20."""

from types import MappingProxyType

from barbelo.domain.auth import tokens
from barbelo.entities.oauth import Session, render_session
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply
from barbelo.http.routes import delete, get
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import TokenId, get_integer


@get("/api/oauth_tokens", tags=("oauth",))
async def get_own_tokens(ctx: Ctx) -> list[Session]:
    """The living tokens of whoever asks, newest first; at most 500."""
    return [render_session(held) for held in await tokens.list_own(ctx.db, ctx.user.id)]


@delete(
    "/api/oauth_tokens/{token_id}", status=201, statuses=MappingProxyType({Invalid: 400}), tags=("oauth",)
)
async def delete_own_token(ctx: Ctx, token_id: str) -> Reply:
    """End one of them. An id that is not there, or somebody else's, is at its end already."""
    try:
        number = TokenId(get_integer(token_id))
    except NotFound:
        raise Invalid("Invalid parameters") from None
    async with ctx.db.transaction() as tx:
        await tokens.revoke_own(tx, ctx.user.id, number)
    ctx.gateways.recent.happened(tx.live)
    return Reply(Bytes(b"", "text/plain; charset=utf-8"), 201)
