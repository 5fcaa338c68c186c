"""Who is asking, and what is answered when they may not. Source: reference/pleroma 1.2."""

import base64
from typing import Any

import httpx
import pytest
from msgspec import Struct

from barbelo.http.context import Ctx
from barbelo.http.routes import get, patch, post
from barbelo.http.viewer import Identity
from door_app import TOKENS, app_of, client_of, viewer


class Who(Struct):
    name: str | None
    app: int | None


def who(ctx: Ctx) -> Who:
    return Who(ctx.viewer.username if ctx.viewer else None, ctx.app.id if ctx.app else None)


@get("/api/v1/anybody", auth="optional", scope="write:statuses")
async def anybody(ctx: Ctx) -> Who:
    return who(ctx)


@get("/oauth/nobody", auth="none")
async def nobody(ctx: Ctx) -> Who:
    return who(ctx)


@post("/api/v1/person", scope=("write:statuses", "follow"))
async def person(ctx: Ctx) -> Who:
    assert ctx.user
    return who(ctx)


@patch("/api/v1/person", scope="write:accounts")
async def change(ctx: Ctx) -> str:
    return ctx.user.username


@get("/api/v1/app", auth="app", scope="read")
async def app(ctx: Ctx) -> Who:
    return who(ctx)


@get("/api/v1/pleroma/admin/staff", auth="staff", scope="admin:read")
async def staff(ctx: Ctx) -> Who:
    return who(ctx)


async def asked(method: str, path: str, **more: Any) -> httpx.Response:
    async with client_of(app_of(anybody, nobody, person, change, app, staff)) as client:
        return await client.request(method, path, **more)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_a_token_makes_a_person_wherever_it_stands() -> None:
    for more in (
        {"headers": bearer("alice-token")},
        {"headers": {"authorization": "bearer  alice-token"}},
        {"params": {"access_token": "alice-token"}},
        {"data": {"access_token": "alice-token"}},
        {"json": {"access_token": "alice-token"}},
        {"files": {"access_token": (None, "alice-token")}},
        {"headers": {"cookie": "__Host-pleroma_key=alice-token"}},
        {"headers": basic("alice", "wonderland")},
    ):
        answer = await asked("POST", "/api/v1/person", **more)
        assert (answer.status_code, answer.json()["name"]) == (200, "alice"), more


async def test_the_parameter_goes_before_the_header() -> None:
    answer = await asked("GET", "/api/v1/anybody?access_token=alice-token", headers=bearer("bob-token"))
    assert answer.json()["name"] == "alice"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/person"), ("GET", "/api/v1/anybody"), ("GET", "/api/v1/app")]
)
async def test_a_bad_token_is_a_401_everywhere(method: str, path: str) -> None:
    assert told(await asked(method, path, headers=bearer("stale"))) == (401, "The access token is invalid")


async def test_nobody_is_a_403_where_somebody_is_needed_and_a_guest_elsewhere() -> None:
    assert told(await asked("POST", "/api/v1/person")) == (403, "Invalid credentials.")
    assert told(await asked("GET", "/api/v1/app")) == (403, "Invalid credentials.")
    assert (await asked("GET", "/api/v1/anybody")).json() == {"name": None, "app": None}


async def test_a_missing_scope_is_named_or_makes_a_guest() -> None:
    answer = await asked("POST", "/api/v1/person", headers=bearer("bob-token"))
    assert told(answer) == (403, "Insufficient permissions: write:statuses | follow.")
    assert (await asked("GET", "/api/v1/anybody", headers=bearer("bob-token"))).json() == {
        "name": None,
        "app": None,
    }


async def test_an_app_is_somebody_only_where_apps_are_served() -> None:
    assert (await asked("GET", "/api/v1/app", headers=bearer("app-token"))).json() == {"name": None, "app": 7}
    assert told(await asked("POST", "/api/v1/person", headers=bearer("app-token"))) == (
        403,
        "Invalid credentials.",
    )


async def test_staff_needs_the_scope_and_the_role() -> None:
    path = "/api/pleroma/admin/staff"
    assert told(await asked("GET", path, headers=bearer("alice-token"))) == (
        403,
        "Insufficient permissions: admin:read.",
    )
    assert (await asked("GET", path, headers=bearer("root-token"))).json()["name"] == "root"


async def test_a_role_is_asked_even_of_a_token_with_admin_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOKENS, "eve-token", Identity(viewer=viewer(9, "eve", "admin")))
    answer = await asked("GET", "/api/pleroma/admin/staff", headers=bearer("eve-token"))
    assert told(answer) == (403, "User is not a staff member.")


async def test_a_wrong_password_is_a_guest_and_a_second_factor_says_so() -> None:
    assert told(await asked("POST", "/api/v1/person", headers=basic("alice", "x"))) == (
        403,
        "Invalid credentials.",
    )
    words = "Two-factor authentication enabled, you must use a access token."
    assert told(await asked("POST", "/api/v1/person", headers=basic("carol", "x"))) == (403, words)
    assert (await asked("GET", "/api/v1/anybody", headers=basic("carol", "x"))).json()["name"] is None


async def test_credentials_are_not_even_looked_at_where_they_mean_something_else() -> None:
    assert (await asked("GET", "/oauth/nobody", headers=bearer("stale"))).status_code == 200


OURS, THEIRS = "https://barbelo.example", "https://evil.example"
COUNTS = [
    ({}, True),
    ({"sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "same-origin", "origin": THEIRS}, True),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "same-site", "origin": OURS}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"origin": OURS}, True),
    ({"origin": OURS, "referer": THEIRS}, True),
    ({"origin": THEIRS}, False),
    ({"origin": "null"}, False),
    ({"origin": "http://["}, False),
    ({"referer": f"{OURS}/about"}, True),
    ({"referer": f"{THEIRS}/barbelo.example"}, False),
    ({"referer": "https://barbelo.example@evil.example/"}, False),
]


@pytest.mark.parametrize(("headers", "counts"), COUNTS)
async def test_what_a_browser_sends_by_itself_counts_from_our_own_pages_only(
    headers: dict[str, str], counts: bool
) -> None:
    wanted = "alice" if counts else None
    cookie = {"cookie": "x=1; _pleroma_key=alice-token"}
    assert (await asked("GET", "/api/v1/anybody", headers={**cookie, **headers})).json()["name"] == wanted
    password = basic("alice", "wonderland")
    assert (await asked("GET", "/api/v1/anybody", headers={**password, **headers})).json()["name"] == wanted
    token = bearer("alice-token")
    assert (await asked("GET", "/api/v1/anybody", headers={**token, **headers})).json()["name"] == "alice"


async def test_a_stale_cookie_is_a_guest_not_an_error() -> None:
    assert (await asked("GET", "/api/v1/anybody", headers={"cookie": "_pleroma_key=old"})).status_code == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YWxpY2U=", "Bearer", "Digest x", "Basic /////w=="]
)
async def test_an_unreadable_header_is_no_credential(header: str) -> None:
    answer = await asked("GET", "/api/v1/anybody", headers={"authorization": header})
    assert (answer.status_code, answer.json()["name"]) == (200, None)


async def test_a_form_may_override_the_method_of_a_post() -> None:
    for body in ({"data": {"_method": "patch"}}, {"files": {"_method": (None, "PATCH")}}):
        answer = await asked("POST", "/api/v1/person", headers=bearer("alice-token"), **body)
        assert answer.json() == "alice"
    odd = await asked("POST", "/api/v1/person", headers=bearer("alice-token"), data={"_method": "get"})
    assert odd.json()["name"] == "alice"
    in_query = await asked("POST", "/api/v1/person?_method=patch", headers=bearer("alice-token"))
    assert in_query.json()["name"] == "alice"
