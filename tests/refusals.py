"""Who is turned away from a door and with what words, and what a door answers to nonsense."""

from typing import Any

import httpx

from barbelo.domain.auth.tokens import Grant, Lifetime, issue
from barbelo.kernel.scopes import KNOWN, covers
from barbelo.kernel.viewer import Viewer
from calls import EVERY_SCOPE, Api


async def app_token(api: Api) -> str:
    """A token of an application alone, with all the usual scopes."""
    async with api.database.transaction() as tx:
        app = await api._app(tx)
        grant = Grant(app_id=app.id, account_id=None, scopes=EVERY_SCOPE)
        return (await issue(tx, grant, Lifetime(access_s=3600))).access


def all_scopes_but(needed: str) -> list[str]:
    """Every scope there is that does not stand for `needed`."""
    return sorted(scope for scope in KNOWN if not covers([scope], needed))


def refused(answer: httpx.Response, status: int, words: str | None = None) -> None:
    """A JSON error with this status; with `words` it says exactly that."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()["error"]
    assert error
    assert isinstance(error, str)
    assert words is None or error == words


def refused_field(answer: httpx.Response, field: str, status: int = 422) -> None:
    """An error that names the parameter at fault; `field` like `home.last_read_id`."""
    refused(answer, status)
    pointers = [error["source"]["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/" + field.replace(".", "/")], answer.text


async def serves_only_people(api: Api, who: Viewer, method: str, path: str, scope: str) -> None:
    """Nobody, a dead token, an app, and a token of `who` with all scopes but this one are turned away."""
    refused(await api.call(method, path), 403, "Invalid credentials.")
    refused(await api.call(method, path, as_="dead"), 401, "The access token is invalid")
    refused(await api.call(method, path, as_=await app_token(api)), 403, "Invalid credentials.")
    narrow = await api.token(who, *all_scopes_but(scope))
    refused(await api.call(method, path, as_=narrow), 403, f"Insufficient permissions: {scope}.")


async def serves_guests(api: Api, who: Viewer, path: str, scope: str) -> None:
    """Guests and apps see what a guest sees, and so does a token without the scope; a dead token is told so."""
    guest = await api.call("GET", path)
    assert guest.status_code == 200, guest.text
    refused(await api.call("GET", path, as_="dead"), 401, "The access token is invalid")
    narrow = await api.token(who, *all_scopes_but(scope))
    for token in (await app_token(api), narrow):
        as_guest = await api.call("GET", path, as_=token)
        assert (as_guest.status_code, as_guest.json()) == (200, guest.json())


async def told(api: Api, who: Viewer | None, method: str, path: str, **wish: Any) -> httpx.Response:
    """The answer to a wish as JSON, whatever it is."""
    return await api.call(method, path, as_=who, json=wish)
