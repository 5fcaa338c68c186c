"""POST /oauth/token: four ways to a token. Source: reference/pleroma 5.3, reference/mastodon 2."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from barbelo.api.oauth.clients import prove_client
from barbelo.domain.auth import codes, logins, scopes, tokens
from barbelo.domain.auth.apps import App
from barbelo.domain.auth.codes import Presented
from barbelo.domain.auth.errors import UnsupportedGrant, WrongCredentials
from barbelo.domain.auth.logins import Login
from barbelo.domain.auth.tokens import Grant, Issued, Lifetime
from barbelo.entities.oauth import Token, render_token
from barbelo.http import session
from barbelo.http.context import Ctx
from barbelo.http.routes import post


class TokenWish(Struct, frozen=True, kw_only=True):
    """All parameters of all grants. `name` is Pleroma's other word for `username`."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    username: str = ""
    name: str = ""
    password: str = ""
    refresh_token: str = ""
    scope: str = ""


@post("/oauth/token", auth="none", params=TokenWish, tags=("oauth",))
async def post_token(ctx: Ctx, wish: TokenWish) -> Token:
    """Get an access token for a code, a password, a refresh token, or for the app itself.

    Over a browser's own page it also signs the browser in.
    """
    give = GRANTS.get(wish.grant_type)
    if give is None or wish.grant_type not in supported(ctx):
        raise UnsupportedGrant(wish.grant_type)
    app = await prove_client(ctx, wish.client_id, wish.client_secret)
    issued, login = await give(ctx, app, wish)
    if login is not None:
        session.sign_in(ctx, issued.access)
    return render_token(issued, login.uri if login else None)


def supported(ctx: Ctx) -> list[str]:
    """The grants that are on."""
    return [name for name in GRANTS if name != "password" or ctx.settings.auth.password_grant]


def lifetime_of(ctx: Ctx) -> Lifetime:
    auth = ctx.settings.auth
    return Lifetime(access_s=auth.token_lifetime_s, rotate=auth.rotate_refresh_tokens)


async def _by_code(ctx: Ctx, app: App, wish: TokenWish) -> tuple[Issued, Login | None]:
    presented = Presented(
        code=wish.code, app_id=app.id, redirect_uri=wish.redirect_uri, verifier=wish.code_verifier
    )
    issued: tuple[Issued, Login] | None = None
    async with ctx.db.transaction() as tx:
        code = await codes.redeem(tx, presented)
        if code is not None:
            login = await logins.get(tx, code.account_id)
            logins.check_active(login)
            scopes.granted(wish.scope, code.scopes, default=code.scopes)  # may be repeated, never widened
            grant = Grant(app_id=app.id, account_id=login.account_id, scopes=code.scopes, code_id=code.id)
            issued = await tokens.issue(tx, grant, lifetime_of(ctx)), login
    ctx.gateways.recent.happened(tx.live)
    if issued is None:
        raise WrongCredentials(
            "The code is unknown, used or expired, or redirect_uri or code_verifier do not fit it."
        )
    return issued


async def _by_password(ctx: Ctx, app: App, wish: TokenWish) -> tuple[Issued, Login | None]:
    wanted = scopes.granted(wish.scope, app.scopes, default=app.scopes)
    proven = await session.prove(ctx, wish.username or wish.name, wish.password)
    if proven is None:
        raise WrongCredentials("Name or password is wrong.")
    login = proven.login
    logins.check_active(login)
    grant = Grant(app_id=app.id, account_id=login.account_id, scopes=wanted)
    async with ctx.db.transaction() as tx:
        await logins.keep_better_hash(tx, proven)
        issued = await tokens.issue(tx, grant, lifetime_of(ctx))
    return issued, login


async def _by_refresh_token(ctx: Ctx, app: App, wish: TokenWish) -> tuple[Issued, Login | None]:
    login: Login | None = None
    async with ctx.db.transaction() as tx:
        issued = await tokens.refresh(tx, app.id, wish.refresh_token, wish.scope, lifetime_of(ctx))
        if issued is not None and issued.grant.account_id is not None:
            login = await logins.get(tx, issued.grant.account_id)
            logins.check_active(login)
    ctx.gateways.recent.happened(tx.live)
    if issued is None:
        raise WrongCredentials("The refresh token is unknown, revoked, or of another app.")
    return issued, login


async def _by_client(ctx: Ctx, app: App, wish: TokenWish) -> tuple[Issued, Login | None]:
    wanted = scopes.granted(wish.scope, app.scopes, default=app.scopes)
    async with ctx.db.transaction() as tx:
        grant = Grant(app_id=app.id, account_id=None, scopes=wanted)
        return await tokens.issue(tx, grant, lifetime_of(ctx)), None


GRANTS: dict[str, Callable[[Ctx, App, TokenWish], Awaitable[tuple[Issued, Login | None]]]] = {
    "authorization_code": _by_code,
    "password": _by_password,
    "refresh_token": _by_refresh_token,
    "client_credentials": _by_client,
}
