"""POST /oauth/revoke and /oauth/introspect: the end of a token, and questions about one. Source: RFC 7009, RFC 7662."""

from msgspec import Struct

from barbelo.api.oauth.clients import credentials_of, prove_client
from barbelo.domain.auth import apps, logins, tokens
from barbelo.domain.auth.errors import NotYours, WrongCredentials
from barbelo.domain.auth.tokens import Token
from barbelo.entities.oauth import Introspection
from barbelo.http import session
from barbelo.http.context import Ctx
from barbelo.http.errors import missing
from barbelo.http.routes import post


class TokenNamed(Struct, frozen=True, kw_only=True):
    token: str = ""
    client_id: str = ""
    client_secret: str = ""


@post("/oauth/revoke", auth="none", params=TokenNamed, tags=("oauth",))
async def post_revoke(ctx: Ctx, named: TokenNamed) -> None:
    """End a token, by its access or its refresh token; an unknown one is at its end already.

    Whoever has the token may end it. A client that says who it is must be the one that it was given to.
    The browser's session ends with it when it is of the same app and person.
    """
    if not named.token:
        raise missing("token")
    token = await tokens.find_either(ctx.db, named.token)
    await _check_owner(ctx, named, token)
    if token is None:
        return
    held = await _held_by_browser(ctx, token)
    async with ctx.db.transaction() as tx:
        await tokens.revoke(tx, token.id)
        if held is not None:
            await tokens.revoke(tx, held.id)
    ctx.gateways.recent.happened(tx.live)
    if held is not None:
        session.sign_out(ctx)


async def _check_owner(ctx: Ctx, named: TokenNamed, token: Token | None) -> None:
    """Raises `NotYours`."""
    client_id, client_secret = credentials_of(ctx, named.client_id, named.client_secret)
    if not client_secret:
        return
    try:
        app = await apps.prove(ctx.db, client_id, client_secret)
    except WrongCredentials:
        raise NotYours from None
    if token is not None and token.app_id != app.id:
        raise NotYours


async def _held_by_browser(ctx: Ctx, token: Token) -> Token | None:
    """The token in the session cookie, if it is of the same app and person."""
    cookie = session.token_of(ctx) if session.is_from_here(ctx) else None
    held = await tokens.find(ctx.db, cookie) if cookie else None
    if held is None or (held.app_id, held.account_id) != (token.app_id, token.account_id):
        return None
    return held


@post("/oauth/introspect", auth="none", params=TokenNamed, tags=("oauth",))
async def post_introspect(ctx: Ctx, named: TokenNamed) -> Introspection:
    """What an app may know of its own access tokens; of all others only that they are none."""
    if not named.token:
        raise missing("token")
    app = await prove_client(ctx, named.client_id, named.client_secret)
    token = await tokens.find(ctx.db, named.token)
    if token is None or token.app_id != app.id:
        return Introspection(active=False)
    login = await logins.get(ctx.db, token.account_id) if token.account_id else None
    if login is not None and login.refusal is not None:
        return Introspection(active=False)
    return Introspection(
        active=True,
        scope=" ".join(token.scopes),
        client_id=app.client_id,
        username=login.username if login else None,
        token_type="Bearer",  # noqa: S106 - a word of RFC 6750
        exp=int(token.expires_at.timestamp()) if token.expires_at else None,
        iat=int(token.created_at.timestamp()),
        sub=login.uri if login else None,
        iss=ctx.urls.base,
    )
