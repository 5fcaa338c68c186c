"""Calling the doors in tests: `api.get("/api/v1/…", as_=alice, limit=3)`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from barbelo.app import open_app
from barbelo.config.secrets import Secrets
from barbelo.config.settings import Settings
from barbelo.db.database import Database, Tx
from barbelo.domain.auth.apps import App, NewApp, register
from barbelo.domain.auth.tokens import Grant, Lifetime, issue
from barbelo.kernel.viewer import Viewer
from people import HERE, resident

EVERY_SCOPE = ["read", "write", "follow", "push"]


def settings_for(data_dir: Path, **sections: dict[str, Any]) -> Settings:
    """Settings for tests: nothing is slow, nothing is limited. `sections` change single keys."""
    settings = Settings()
    changes: dict[str, dict[str, Any]] = {
        "server": {"url": HERE.base, "data_dir": str(data_dir)},
        "auth": {"cheap_passwords": True},
        "rate_limits": {"enabled": False},
        "instance": {"registrations_open": True},
    }
    for section, keys in sections.items():
        changes.setdefault(section, {}).update(keys)
    return replace(
        settings, **{name: replace(getattr(settings, name), **keys) for name, keys in changes.items()}
    )


class Api:
    """A client of the application. Every call may be made as somebody; parameters go where the method has them."""

    def __init__(self, client: httpx.AsyncClient, database: Database) -> None:
        self.client = client
        self.database = database
        self.app: App | None = None
        self._tokens: dict[tuple[str, tuple[str, ...]], str] = {}

    async def person(self, name: str, *, locked: bool = False) -> Viewer:
        """Somebody new who lives here."""
        async with self.database.transaction() as tx:
            return await resident(tx, name, locked=locked)

    async def token(self, who: Viewer, *scopes: str) -> str:
        """An access token of somebody, with these scopes or all the usual ones."""
        wanted = tuple(scopes or EVERY_SCOPE)
        if (who.username, wanted) not in self._tokens:
            async with self.database.transaction() as tx:
                app = await self._app(tx)
                grant = Grant(app_id=app.id, account_id=who.id, scopes=list(wanted))
                issued = await issue(tx, grant, Lifetime(access_s=3600))
            self._tokens[who.username, wanted] = issued.access
        return self._tokens[who.username, wanted]

    async def _app(self, tx: Tx) -> App:
        if self.app is None:
            new = NewApp(
                name="tests", redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], scopes=EVERY_SCOPE, website=None
            )
            self.app, _ = await register(tx, new)
        return self.app

    async def call(
        self, method: str, path: str, *, as_: Viewer | str | None = None, **rest: Any
    ) -> httpx.Response:
        """`as_` is a person (with all scopes), or a token. `rest` is httpx's: `params`, `json`, `data`, `files`, `headers`."""
        headers = dict(rest.pop("headers", {}))
        if as_ is not None:
            token = as_ if isinstance(as_, str) else await self.token(as_)
            headers["Authorization"] = f"Bearer {token}"
        if params := rest.pop("params", None):  # httpx would drop a query that stands in the path already
            path = str(httpx.URL(path).copy_merge_params(params))
        return await self.client.request(method, path, headers=headers, **rest)

    async def get(self, path: str, *, as_: Viewer | str | None = None, **params: Any) -> Any:
        """The JSON of a `GET` that must be answered with 200."""
        return _body(await self.call("GET", path, as_=as_, params=params))

    async def post(self, path: str, *, as_: Viewer | str | None = None, **json: Any) -> Any:
        """The JSON of a `POST` that must be answered with 200."""
        return _body(await self.call("POST", path, as_=as_, json=json))

    async def put(self, path: str, *, as_: Viewer | str | None = None, **json: Any) -> Any:
        return _body(await self.call("PUT", path, as_=as_, json=json))

    async def delete(self, path: str, *, as_: Viewer | str | None = None, **params: Any) -> Any:
        return _body(await self.call("DELETE", path, as_=as_, params=params))

    async def status_of(self, method: str, path: str, **call: Any) -> int:
        return (await self.call(method, path, **call)).status_code


def _body(response: httpx.Response) -> Any:
    assert response.status_code == 200, f"{response.status_code}: {response.text}"
    return response.json()


@asynccontextmanager
async def opened_api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    """The application with these settings on this database."""
    async with open_app(settings, Secrets(session_key=b"k" * 32), database) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE.base) as client:
            yield Api(client, database)


def next_link(response: httpx.Response, rel: str = "next") -> str | None:
    """The address of the next (or `prev`) page, as the `Link` header says."""
    link = response.links.get(rel)
    return link["url"] if link else None
