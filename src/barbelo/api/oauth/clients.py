"""The app that speaks: proven by `client_id` and `client_secret`, in the body or by HTTP Basic (RFC 6749 2.3.1)."""

from barbelo.domain.auth import apps
from barbelo.domain.auth.apps import App
from barbelo.http.context import Ctx
from barbelo.http.viewer import basic_pair


def credentials_of(ctx: Ctx, client_id: str, client_secret: str) -> tuple[str, str]:
    """As they were sent; two empty texts when there are none."""
    if client_id or client_secret:
        return client_id, client_secret
    return basic_pair(ctx.request.header("authorization")) or ("", "")


async def prove_client(ctx: Ctx, client_id: str, client_secret: str) -> App:
    """Raises `WrongCredentials`."""
    return await apps.prove(ctx.db, *credentials_of(ctx, client_id, client_secret))
