"""Making an app, and asking whether its token works. Source: reference/pleroma 5.1, reference/mastodon 2."""

from msgspec import Struct

from barbelo.domain.auth import apps
from barbelo.domain.auth.apps import NewApp
from barbelo.entities.oauth import Application, render_application
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.errors import Unauthenticated
from barbelo.kernel.scopes import split


class AppWish(Struct, frozen=True, kw_only=True):
    """Lists may come as one text, their members separated by white space. Without `scopes` it is `read`."""

    client_name: str
    redirect_uris: list[str]
    scopes: list[str] = []
    website: str = ""


@post("/api/v1/apps", auth="none", params=AppWish, limit="oauth_app_creation", tags=("apps",))
async def post_app(ctx: Ctx, wish: AppWish) -> Application:
    """Make an app. Its secret is told by this answer only."""
    new = NewApp(
        name=wish.client_name,
        redirect_uris=list(dict.fromkeys(" ".join(wish.redirect_uris).split())),
        scopes=split(" ".join(wish.scopes)) or ["read"],
        website=wish.website.strip() or None,
    )
    async with ctx.db.transaction() as tx:
        app, secret = await apps.register(tx, new)
    return render_application(app, secret)


@get("/api/v1/apps/verify_credentials", auth="app", tags=("apps",))
async def get_app(ctx: Ctx) -> Application:
    """The app that the token was given to."""
    if ctx.app_id is None:  # HTTP Basic: a person without an app
        raise Unauthenticated("Invalid credentials.")
    return render_application(await apps.get(ctx.db, ctx.app_id))
