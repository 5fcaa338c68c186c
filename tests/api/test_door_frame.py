"""What every answer has, whoever made it. Source: reference/pleroma 1.1."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from barbelo.http.access import Access
from barbelo.http.context import Ctx
from barbelo.http.middleware import tidy
from barbelo.http.replies import Bytes, Html, Reply, Stream
from barbelo.http.routes import get
from door_app import app_of, client_of

LONG = "words " * 2_000


@get("/api/v1/long", auth="none")
async def long(_: Ctx) -> str:
    return LONG


@get("/api/v1/short", auth="none")
async def short(ctx: Ctx) -> Reply:
    return Reply(ctx.request.format or "short", headers={"cache-control": "public"})


@get("/picture", auth="none")
async def picture(_: Ctx) -> Bytes:
    return Bytes(b"\0" * 5_000, "image/png")


@get("/page", auth="none")
async def page(_: Ctx) -> Html:
    return Html(LONG)


@get("/feed", auth="none")
async def feed(_: Ctx) -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"piece " * 500

    return Stream(pieces(), "text/csv")


@get("/nodeinfo/{version}", auth="none")
async def nodeinfo(_: Ctx, version: str) -> str:
    return version


@get("/users/{name}/feed", auth="none", aliases=("/users/{name}",))
async def user_feed(ctx: Ctx, name: str) -> list[str]:
    return [name, ctx.request.format]


async def asked(method: str, path: str, **more: Any) -> httpx.Response:
    async with client_of(app_of(long, short, picture, page, feed, nodeinfo, user_feed)) as client:
        return await client.request(method, path, **{"headers": {"accept-encoding": "identity"}, **more})


GZIP = {"accept-encoding": "br, gzip"}


@pytest.mark.parametrize(
    "path", ["/api/v1/short", "/api/v1/none", "/oauth/none", "/.well-known/x", "/nodeinfo/2.0"]
)
async def test_any_origin_may_read_what_programs_call(path: str) -> None:
    answer = await asked("GET", path, headers={"origin": "https://other.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = answer.headers["access-control-expose-headers"].lower()
    for name in (
        "link",
        "x-ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-request-id",
        "idempotency-key",
    ):
        assert name in exposed
    assert "access-control-allow-credentials" not in answer.headers


async def test_no_other_origin_may_read_pages() -> None:
    assert "access-control-allow-origin" not in (await asked("GET", "/page")).headers


@pytest.mark.parametrize("path", ["/api/v1/short", "/api/v1/none"])
async def test_options_is_answered_everywhere(path: str) -> None:
    answer = await asked("OPTIONS", path)
    assert (answer.status_code, answer.content) == (204, b"")
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed == {"authorization", "content-type", "idempotency-key"}
    assert set(answer.headers["access-control-allow-methods"].split(", ")) == {
        "POST", "PUT", "DELETE", "GET", "PATCH", "OPTIONS",
    }  # fmt: skip
    assert answer.headers["access-control-max-age"] == "86400"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await asked("OPTIONS", "/anything")).status_code == 204


async def test_every_answer_has_a_request_id() -> None:
    seen = {
        (await asked("GET", path)).headers["x-request-id"]
        for path in ("/api/v1/short", "/x", "/api/x", "/page")
    }
    assert len(seen) == 4
    assert all(len(one) == 20 for one in seen)
    mine = "my-request-0123456789"
    assert (await asked("GET", "/page", headers={"x-request-id": mine})).headers["x-request-id"] == mine
    forged = await asked("GET", "/page", headers={"x-request-id": "short"})
    assert forged.headers["x-request-id"] != "short"


async def test_every_answer_is_safe_to_show() -> None:
    for path in ("/api/v1/short", "/picture", "/page", "/nothing"):
        headers = (await asked("GET", path)).headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert "default-src 'none'" in (await asked("GET", "/picture")).headers["content-security-policy"]


async def test_answers_of_the_api_are_not_stored_unless_they_say_so() -> None:
    assert (await asked("GET", "/api/v1/long")).headers["cache-control"] == "private, no-store"
    assert (await asked("GET", "/api/v1/short")).headers["cache-control"] == "public"


@pytest.mark.parametrize("path", ["/api/v1/long", "/page"])
async def test_head_is_get_without_the_body(path: str) -> None:
    body, head = await asked("GET", path), await asked("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    differing = {"x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in differing} == {
        k: v for k, v in body.headers.items() if k not in differing
    }


async def test_head_does_not_even_begin_a_stream() -> None:
    begun = []

    @get("/long-stream", auth="none")
    async def streaming(_: Ctx) -> Stream:
        async def pieces() -> AsyncIterator[bytes]:
            begun.append(True)
            yield b"x"

        return Stream(pieces(), "text/plain", close=lambda: begun.append(False))

    async with client_of(app_of(streaming)) as client:
        assert (await client.head("/long-stream")).content == b""
        assert begun == [False]
        assert (await client.get("/long-stream")).content == b"x"
        assert begun == [False, True, False]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/api/v1/short/", "short"),
        ("/api/v1/short.json", "json"),
        ("/nodeinfo/2.1.json", "2.1"),
        ("/nodeinfo/2.1", "2.1"),
        ("/users/a.b", ["a.b", ""]),
        ("/users/a.atom", ["a", "atom"]),
        ("/users/a/feed.rss", ["a", "rss"]),
        ("/users/a/feed/", ["a", ""]),
    ],
)
async def test_a_slash_or_a_format_too_many_is_cut(path: str, wanted: object) -> None:
    assert (await asked("GET", path)).json() == wanted


@pytest.mark.parametrize(
    "path", ["/", "/media/a.json", "/.well-known/host-meta.json", "/api/v1/.json", "/users/a.xml"]
)
def test_other_dots_stay(path: str) -> None:
    assert tidy(path) == (path, "")


async def test_long_texts_are_compressed_for_who_can_read_it() -> None:
    for path in ("/api/v1/long", "/page", "/feed"):
        answer = await asked("GET", path, headers=GZIP)
        assert answer.headers["content-encoding"] == "gzip", path
        assert "content-length" not in answer.headers
        assert answer.content == (await asked("GET", path)).content
    for path in ("/api/v1/short", "/picture"):
        assert "content-encoding" not in (await asked("GET", path, headers=GZIP)).headers
    refused = await asked("GET", "/page", headers={"accept-encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in refused.headers


async def test_what_is_compressed_is_really_shorter() -> None:
    async with (
        client_of(app_of(long)) as client,
        client.stream("GET", "/api/v1/long", headers=GZIP) as answer,
    ):
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert len(raw) < len(LONG) / 10
    assert gzip.decompress(raw).decode() == f'"{LONG}"'
    assert answer.headers["vary"].lower() == "accept-encoding"


async def test_whoever_listens_is_told_the_route_and_never_the_path() -> None:
    heard: list[Access] = []
    async with client_of(app_of(user_feed, on_access=heard.append)) as client:
        await client.get("/users/secret?access_token=hidden")
        await client.get("/hidden/place")
        await client.head("/users/secret")
    assert [(one.method, one.route, one.status) for one in heard] == [
        ("GET", "/users/{name}/feed", 200), ("GET", "/{path:path}", 404), ("HEAD", "/users/{name}/feed", 200),
    ]  # fmt: skip
    assert heard[0].sent_bytes == len('["secret",""]')
    assert "secret" not in repr(heard)
    assert "hidden" not in repr(heard)
