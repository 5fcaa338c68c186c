"""Litestar's own handlers stand behind the same frame: websockets, and whatever else it serves."""

from typing import Any

from litestar import get as litestar_get
from litestar import websocket
from litestar.connection import WebSocket
from litestar.testing import TestClient

from barbelo.http.context import Ctx
from barbelo.http.door import build
from barbelo.http.routes import get
from door_app import client_of, door, routes_of


@get("/api/v1/ours", auth="none")
async def ours(_: Ctx) -> str:
    return "ours"


@websocket("/api/v1/streaming")
async def streaming(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    await socket.send_json({"path": socket.scope["path"], "id": len(socket.scope["request_id"])})  # type: ignore[typeddict-item]  # ours
    await socket.close()


@litestar_get("/api/v1/theirs/x")
async def theirs() -> dict[str, str]:
    return {"name": "x"}


@litestar_get("/api/v1/theirs/bug")
async def bug() -> None:
    raise RuntimeError


def test_a_websocket_is_served_with_and_without_a_slash() -> None:
    with TestClient(build(routes_of(ours), door(), others=[streaming])) as client:
        for path in ("/api/v1/streaming", "/api/v1/streaming/"):
            with client.websocket_connect(path) as socket:
                assert socket.receive_json() == {"path": "/api/v1/streaming", "id": 20}
        assert client.get("/api/v1/streaming").status_code == 404
        assert client.get("/api/v1/ours").json() == "ours"


async def test_litestars_answers_have_the_same_frame_and_the_same_errors() -> None:
    async with client_of(build(routes_of(ours), door(), others=[theirs, bug])) as client:
        found = await client.get("/api/v1/theirs/x/")
        assert found.json() == {"name": "x"}
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["x-request-id"]
        missing = await client.get("/api/v1/nothing")
        assert (missing.status_code, missing.json()) == (404, {"error": "Not implemented"})
        wrong = await client.post("/api/v1/theirs/x")
        assert (wrong.status_code, wrong.json()) == (405, {"error": "Method not allowed"})
        assert "GET" in wrong.headers["allow"]
        broken = await client.get("/api/v1/theirs/bug")
        assert (broken.status_code, broken.json()) == (500, {"error": "Something went wrong"})
        assert (await client.get("/elsewhere")).status_code == 404


async def test_a_lifespan_of_the_roof_is_run() -> None:
    seen: list[str] = []

    async def begin() -> None:
        seen.append("up")

    async def end() -> None:
        seen.append("down")

    with TestClient(build(routes_of(ours), door(), on_startup=[begin], on_shutdown=[end])) as client:
        assert client.get("/api/v1/ours").status_code == 200
    assert seen == ["up", "down"]
