"""Is it alive, is it ready? Both answer at once. Source: PROMISES (reliability)."""

import asyncio

import asyncpg
from sqlalchemy import text

from barbelo.db.statement import statement
from barbelo.http.context import Ctx
from barbelo.http.replies import Reply
from barbelo.http.routes import get
from barbelo.kernel.errors import Overloaded

_ASK = statement(text("select 1"))
_PATIENCE_S = 1.0


@get("/healthz", auth="none", tags=("health",))
async def healthz(_: Ctx) -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz", auth="none", tags=("health",))
async def readyz(ctx: Ctx) -> Reply:
    """Requests can be served: the database answers, and there is room on the disk."""
    checks = {"database": await _database(ctx), "disk": ctx.gateways.has_room()}
    ready = all(checks.values())
    return Reply({"status": "ready" if ready else "not ready", **checks}, 200 if ready else 503)


async def _database(ctx: Ctx) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return bool(await ctx.db.value(_ASK) == 1)
    except (OSError, TimeoutError, Overloaded, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
