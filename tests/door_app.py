"""A small door for the tests of `http/`: three people, no database, whatever routes a test brings."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, cast
from uuid import UUID

import httpx
from litestar import Litestar

from barbelo.config.settings import Settings
from barbelo.db.database import Database
from barbelo.http.context import Shared
from barbelo.http.door import Door, DoorLimits, build
from barbelo.http.routes import Route, collect
from barbelo.http.viewer import AppCredentials, Identity
from barbelo.kernel.ids import AccountId, AppId
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

BASE = "https://barbelo.example"


def viewer(number: int, name: str, scopes: str, **more: Any) -> Viewer:
    return Viewer(id=AccountId(UUID(int=number)), username=name, scopes=frozenset(scopes.split()), **more)


ALICE = viewer(1, "alice", "read write follow push")
BOB = viewer(2, "bob", "read")
ROOT = viewer(3, "root", "read write admin", is_admin=True)
APP = AppCredentials(id=AppId(7), scopes=frozenset({"read", "write"}))

TOKENS = {
    "alice-token": Identity(viewer=ALICE, app=APP),
    "bob-token": Identity(viewer=BOB, app=APP),
    "root-token": Identity(viewer=ROOT, app=APP),
    "app-token": Identity(app=APP),
}
LOCKED_OUT = Identity(refusal="Two-factor authentication enabled, you must use a access token.")


class FakeAuthenticator:
    """Knows the tokens above; alice's password is `wonderland`, carol has a second factor."""

    async def by_token(self, token: str) -> Identity | None:
        return TOKENS.get(token)

    async def by_password(self, name: str, password: str, client_address: str) -> Identity | None:
        assert client_address
        if (name, password) == ("alice", "wonderland"):
            return Identity(viewer=ALICE)
        return LOCKED_OUT if name == "carol" else None


NO_DATABASE = cast("Database", None)


def door(limits: DoorLimits | None = None, **more: Any) -> Door:
    shared = Shared(db=NO_DATABASE, urls=Urls(BASE), settings=Settings())
    return Door(shared=shared, authenticator=FakeAuthenticator(), limits=limits or DoorLimits(), **more)


def app_of(*handlers: Callable[..., object], limits: DoorLimits | None = None, **more: Any) -> Litestar:
    """An application of these decorated functions alone."""
    return build(routes_of(*handlers), door(limits, **more))


def routes_of(*handlers: Callable[..., object]) -> list[Route]:
    module = ModuleType("routes_of_a_test")
    for number, handler in enumerate(handlers):
        handler.__module__ = module.__name__
        setattr(module, f"handler_{number}", handler)
    return collect(module)


def client_of(app: Any, *, token: str | None = None, **more: Any) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True, **more)
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)
