"""What OAuth clients can read: RFC 8414 metadata, and who somebody is (`userinfo`, Mastodon 4.4)."""

from barbelo.api.oauth.token import supported
from barbelo.api.showing import show_people
from barbelo.entities.oauth import Metadata, UserInfo, render_metadata
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.errors import NotFound

_SCOPES = ("profile", "read:accounts")


@get("/.well-known/oauth-authorization-server", auth="none", tags=("oauth",))
async def get_metadata(ctx: Ctx) -> Metadata:
    """Where the OAuth endpoints are, and what they support."""
    return render_metadata(ctx.urls, supported(ctx))


@get("/oauth/userinfo", scope=_SCOPES, tags=("oauth",))
@post("/oauth/userinfo", scope=_SCOPES, tags=("oauth",))
async def get_userinfo(ctx: Ctx) -> UserInfo:
    """Who has signed in, in the words of OpenID."""
    async with ctx.db.reading() as reader:
        people = await show_people(ctx, reader, [ctx.user.id])
    if not people:
        raise NotFound
    account = people[0]
    return UserInfo(
        iss=ctx.urls.base,
        sub=ctx.urls.actor(account.username),
        name=account.display_name or account.username,
        preferred_username=account.username,
        profile=account.url,
        picture=account.avatar,
    )
