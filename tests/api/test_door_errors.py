"""Every refusal is JSON with a reason, and the right number."""

from typing import Annotated, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from barbelo.http.context import Ctx
from barbelo.http.replies import Html, Reply
from barbelo.http.routes import get, post
from barbelo.kernel import errors as kinds
from barbelo.kernel.ids import MediaId
from door_app import app_of, client_of


class Wish(Struct):
    status: Annotated[str, Meta(max_length=500)]
    limit: int = 20


@post("/api/v1/statuses", auth="none", params=Wish)
async def mastodons(_: Ctx, wish: Wish) -> Wish:
    return wish


@post("/api/v1/pleroma/statuses", auth="none", params=Wish)
async def pleromas(_: Ctx, wish: Wish) -> Wish:
    return wish


RAISED = {
    "invalid": kinds.Invalid("no"),
    "too_large": kinds.TooLarge("no"),
    "unauthenticated": kinds.Unauthenticated("no"),
    "bad_token": kinds.Unauthenticated("no", sent=True),
    "not_allowed": kinds.NotAllowed("no"),
    "not_found": kinds.NotFound("no"),
    "gone": kinds.Gone("no"),
    "conflict": kinds.Conflict("no"),
    "too_many": kinds.TooMany("no", retry_after_s=7),
    "overloaded": kinds.Overloaded("no", retry_after_s=3),
    "refused": kinds.Refused("no", policy="simple"),
    "malformed": kinds.Malformed("no", source="x"),
    "unreachable": kinds.Unreachable("no", host="x"),
    "ours": kinds.BarbeloError("no"),
}


@get("/api/v1/raise/{name}", auth="none")
async def raising(_: Ctx, name: str) -> None:
    raise RAISED[name]


async def asked(method: str, path: str, **more: Any) -> httpx.Response:
    async with client_of(app_of(mastodons, pleromas, raising)) as client:
        return await client.request(method, path, **more)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid", 422), ("too_large", 413), ("unauthenticated", 403), ("bad_token", 401), ("not_allowed", 403),
        ("not_found", 404), ("gone", 410), ("conflict", 409), ("too_many", 429), ("overloaded", 503), ("refused", 422),
        ("malformed", 502), ("unreachable", 502), ("ours", 400),
    ],
)  # fmt: skip
async def test_each_kind_has_its_number(name: str, status: int) -> None:
    answer = await asked("GET", f"/api/v1/raise/{name}")
    assert (answer.status_code, answer.json()) == (status, {"error": "no"})
    wanted = {"too_many": "7", "overloaded": "3"}.get(name)
    assert answer.headers.get("retry-after") == wanted


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/statuses", 422), ("/api/pleroma/statuses", 400), ("/api/v1/pleroma/statuses", 400)],
)
async def test_a_bad_parameter_is_named(path: str, status: int) -> None:
    answer = await asked("POST", path, json={"limit": 5})
    assert answer.status_code == status
    assert answer.json() == {
        "error": "Missing field: status.",
        "errors": [
            {"title": "Invalid value", "source": {"pointer": "/status"}, "message": "Missing field: status"}
        ],
    }


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"status": "x"', "application/json", 422),
        (b"[1]", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"x" * 10_000_000, "application/json", 413),
        (b"[" * 500_000, "application/json", 413),
        (b"status=1&status[a]=2", "application/x-www-form-urlencoded", 422),
        (b"status" + b"[a]" * 3_000 + b"=1", "application/x-www-form-urlencoded", 413),
        (b"a=1&" * 5_000, "application/x-www-form-urlencoded", 413),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422),
        (b"", "multipart/form-data", 422),
    ],
)
async def test_nonsense_is_answered_with_a_reason(content: bytes, kind: str, status: int) -> None:
    answer = await asked("POST", "/api/v1/statuses", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_nul_bytes_never_reach_a_handler() -> None:
    answer = await asked("POST", "/api/v1/statuses", json={"status": "a\0b"})
    assert answer.json()["status"] == "ab"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/api/v1/nothing", "Not implemented"),
        ("/api", "Not implemented"),
        ("/oauth/nothing", "Record not found"),
        ("/.well-known/nothing", "Record not found"),
        ("/nodeinfo/9.9", "Record not found"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_where_programs_call_an_unknown_path_is_json(method: str, path: str, words: str) -> None:
    answer = await asked(method, path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.json()) == (404, {"error": words})


async def test_elsewhere_an_unknown_path_is_a_page() -> None:
    answer = await asked("GET", "/apiary/of/bees")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (await asked("POST", "/apiary")).status_code == 405


async def test_the_web_may_have_a_page_of_its_own_there() -> None:
    async def page(ctx: Ctx, path: str) -> Reply:
        return Reply(Html(f"{ctx.viewer.username if ctx.viewer else 'guest'} asked for {path}"), 200)

    async with client_of(app_of(nowhere=page), token="alice-token") as client:
        assert (await client.get("/web/timeline/")).text == "alice asked for web/timeline"
        assert (await client.get("/api/v1/x")).status_code == 404


async def test_the_answer_to_a_wrong_method_names_the_right_ones() -> None:
    answer = await asked("DELETE", "/api/v1/statuses")
    assert (answer.status_code, answer.headers["allow"], answer.json()) == (
        405, "POST, OPTIONS", {"error": "Method not allowed"},
    )  # fmt: skip


@get("/api/v1/things/{number}", auth="optional")
async def thing(ctx: Ctx, number: MediaId) -> str:
    ctx.link("a", "b")
    return f"{number} {ctx.request.query} {ctx.request.user_agent} {ctx.request.target}"


FUZZED = app_of(mastodons, pleromas, thing)
HEADERS = st.sampled_from([
    b"content-type", b"authorization", b"cookie", b"x-forwarded-for", b"accept-encoding", b"origin", b"referer",
    b"sec-fetch-site", b"content-length", b"x-request-id", b"host", b"user-agent", b"transfer-encoding",
])  # fmt: skip
VALUES = st.binary(max_size=20) | st.sampled_from([
    b"application/json", b"multipart/form-data; boundary=b", b"application/x-www-form-urlencoded", b"Basic YTpi", b"gzip",
    b"Bearer alice-token", b"Bearer \xff", b"_pleroma_key=alice-token", b"5", b"999999999999999999999", b"chunked",
])  # fmt: skip
PATHS = st.sampled_from(
    ["/api/v1/statuses", "/api/v1/things/5", "/api/pleroma/statuses/", "/nodeinfo/.json", "/"]
)


@settings(max_examples=400)
@given(
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE", "BREW"]),
    PATHS | st.text(max_size=15).map("/{}".format) | st.text(max_size=9).map("/api/v1/things/{}".format),
    st.binary(max_size=30),
    st.lists(st.tuples(HEADERS, VALUES), max_size=4),
    st.binary(max_size=40),
)
async def test_no_request_at_all_is_answered_with_500(
    method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode("utf-8", "replace"), "headers": headers,
        "query_string": query, "client": ("1.2.3.4", 5), "http_version": "1.1",
    }  # fmt: skip
    await FUZZED(scope, receive, send)
    assert sent[0]["type"] == "http.response.start"
    assert sent[0]["status"] < 500
    assert not sent[-1].get("more_body")
