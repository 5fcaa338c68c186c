"""The doors of signing in, with a database behind them: what the roof builds, for tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import httpx
from msgspec.structs import replace

from barbelo.api.mastodon import apps as apps_door
from barbelo.api.mastodon import registration
from barbelo.api.oauth import about, own_tokens, revocation, token
from barbelo.api.oauth.authenticator import OAuthAuthenticator
from barbelo.config.settings import Settings
from barbelo.db.database import Database, Tx
from barbelo.domain.auth.recent import Recent
from barbelo.domain.auth.sessions import Sessions
from barbelo.http.context import Ctx, Shared
from barbelo.http.door import Door, DoorLimits, build
from barbelo.http.routes import collect, get
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.viewer import Viewer
from oauth_cast import CHEAP, give_password
from people import HERE, resident

MODULES = (apps_door, registration, about, own_tokens, revocation, token)


def settings_of(**sections: dict[str, Any]) -> Settings:
    """The defaults, an https address, and what a test wants otherwise."""
    wanted = {"server": {"url": HERE.base}, "instance": {"registrations_open": True}}
    for section, facts in sections.items():
        wanted[section] = {**wanted.get(section, {}), **facts}
    default = Settings()
    return replace(
        default, **{name: replace(getattr(default, name), **facts) for name, facts in wanted.items()}
    )


@get("/test/whoami", auth="optional")
async def whoami(ctx: Ctx) -> dict[str, Any]:
    """Who the door believes is asking."""
    scopes = sorted(ctx.viewer.scopes) if ctx.viewer else []
    return {"name": ctx.viewer.username if ctx.viewer else None, "app": ctx.app_id, "scopes": scopes}


@get("/test/mine", auth="user", scope="read:statuses")
async def mine(ctx: Ctx) -> str:
    return ctx.user.username


class House:
    """One process of the server."""

    def __init__(self, database: Database, modules: Any = MODULES, **sections: dict[str, Any]) -> None:
        self.db = database
        self.settings = settings_of(**sections)
        self.recent: Recent[Any] = Recent()
        browser = Sessions(b"k" * 32, self.settings.auth.session_lifetime_s)
        self.gateways = SimpleNamespace(
            passwords=CHEAP, browser=browser, recent=self.recent, emojis=SimpleNamespace(current={})
        )
        self.authenticator = OAuthAuthenticator(database, CHEAP, browser, self.recent)
        shared = Shared(db=database, urls=HERE, settings=self.settings, gateways=self.gateways)
        limits = DoorLimits(rates=self.settings.rate_limits.buckets())
        door = Door(shared=shared, authenticator=self.authenticator, limits=limits)
        routes = [*collect(*modules), *whoami.__barbelo_routes__, *mine.__barbelo_routes__]
        self.app = build(routes, door)

    def client(self, token: str = "", *, address: str = "203.0.113.5", **more: Any) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.app, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url=HERE.base, headers=headers, **more)


async def alice_with_password(database: Database, **facts: Any) -> Viewer:
    async with database.transaction() as tx:
        alice = await resident(tx, "alice", **facts)
        await give_password(tx, alice)
    return alice


class RolledBack(Database):
    """A database in one transaction: what the doors commit are savepoints, and nothing stays.

    For tests that need neither a second connection nor a real commit; a fraction of the time.
    """

    __slots__ = ("_busy", "_only")

    def __init__(self, tx: Tx) -> None:
        super().__init__(cast("asyncpg.Pool", None), "", clock=tx.clock)
        self._only = tx.raw
        self._busy = asyncio.Lock()
        self.follow(follow_up)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Raises TimeoutError where somebody wants a second connection while holding one."""
        async with asyncio.timeout(5):
            await self._busy.acquire()
        try:
            yield self._only
        finally:
            self._busy.release()
