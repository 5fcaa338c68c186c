"""The way of one request of ours through the door: one class, read from top to bottom.

Our routes are found in a table of ours and answered by `Path`; Litestar around it runs the
lifespan, serves websockets, and gets what the table does not know.
Why: docs/decisions/002-our-own-pipeline-on-litestar.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from litestar import Litestar
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from msgspec import Struct
from msgspec.structs import replace

from barbelo.http import errors
from barbelo.http.binder import bind
from barbelo.http.body import Body, ReadingLimits
from barbelo.http.context import Ctx, Shared
from barbelo.http.paths import Paths, names_in, shape_of
from barbelo.http.replies import JSON_TYPE, Answer, answer, encode
from barbelo.http.request import Request, headers_of
from barbelo.http.routes import Route
from barbelo.http.sending import raw_headers, send_answer
from barbelo.http.viewer import Authenticator, admit, authenticate
from barbelo.kernel.errors import BarbeloError

log = structlog.get_logger(__name__)


class DoorLimits(Struct, frozen=True, kw_only=True):
    """The numbers of the settings that this room needs; the roof fills them in."""

    reading: ReadingLimits = ReadingLimits()


class Door(Struct, frozen=True, kw_only=True):
    """What the roof gives to the HTTP doors."""

    shared: Shared
    authenticator: Authenticator
    limits: DoorLimits = DoorLimits()


def build(routes: Iterable[Route], door: Door, *, others: Sequence[BaseRouteHandler] = ()) -> Litestar:
    """The ASGI application. `others` are Litestar's own handlers: websockets above all.

    Raises `ValueError` when two routes want the same method and path.
    """
    app = Litestar(
        [*others], openapi_config=None, exception_handlers={Exception: _no_route}, logging_config=None
    )
    app.asgi_handler = Front(_table(routes, door), app.asgi_handler)
    return app


def _table(routes: Iterable[Route], door: Door) -> Paths[Path]:
    found: dict[str, dict[str, Way]] = {}
    for route in routes:
        for path in route.paths:
            methods = found.setdefault(shape_of(path), {})
            if route.method in methods:
                raise ValueError(f"{route.method} {path} is served twice")
            methods[route.method] = _way(route, path, door)
    table: Paths[Path] = Paths()
    for shape, methods in found.items():
        table.add(shape, Path(methods, door))
    return table


class Way(Struct, frozen=True):
    """A route at one of its paths: what its placeholders are called there, what a body may be."""

    route: Route
    names: tuple[str, ...]
    reading: ReadingLimits


def _way(route: Route, path: str, door: Door) -> Way:
    usual = door.limits.reading
    reading = replace(
        usual,
        plain_bytes=usual.plain_bytes if route.body_bytes is None else route.body_bytes,
        file_bytes=usual.file_bytes if route.file_bytes is None else route.file_bytes,
    )
    return Way(route, names_in(path), reading)


class Front:
    """Ours first; the rest is Litestar's."""

    __slots__ = ("_rest", "_table")

    def __init__(self, table: Paths[Path], rest: Any) -> None:
        self._table = table
        self._rest = rest

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (found := self._table.find(scope["path"])):
            path, values = found
            await path.serve(scope, receive, send, values)
        else:
            await self._rest(scope, receive, send)


class Path:
    """All methods of one path."""

    __slots__ = ("_allow", "_door", "_methods")

    def __init__(self, methods: dict[str, Way], door: Door) -> None:
        self._methods = methods
        self._door = door
        self._allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])

    async def serve(self, scope: Any, receive: Any, send: Any, values: tuple[str, ...]) -> None:
        way = self._methods.get(scope["method"])
        if way is None:
            await _send_error(405, "Method not allowed", send, [(b"allow", self._allow.encode())])
            return
        headers = headers_of(scope)
        body = Body(receive, headers, way.reading)
        request = Request(
            scope, body, headers=headers, address=_peer(scope), request_id=scope.get("request_id", "")
        )
        ctx = Ctx(self._door.shared, request)
        try:
            ready = await self._answer(way.route, ctx, dict(zip(way.names, values, strict=True)))
            await send_answer(ready, raw_headers(ready, ctx), send)
        finally:
            body.discard()

    async def _answer(self, route: Route, ctx: Ctx, names: dict[str, str]) -> Answer:
        """The whole way, with every outcome."""
        try:
            return answer(await self._do(route, ctx, names), route.status)
        except BarbeloError as error:
            ctx.headers.update(errors.headers_of(error))
            return answer(errors.body_of(error), errors.status_of(error, ctx.request.path, route.statuses))
        except Exception:
            log.exception("request failed", request_id=ctx.request.id, route=route.path, method=route.method)
            return answer({"error": "Something went wrong"}, 500)

    async def _do(self, route: Route, ctx: Ctx, names: dict[str, str]) -> object:
        door, request = self._door, ctx.request
        if route.auth != "none":
            identity = await authenticate(request, door.authenticator, door.shared.urls.host)
            ctx.become(admit(identity, route))
        path = {name: convert(names[name]) for name, convert in route.converters.items()}
        if route.params is None:
            return await route.handler(ctx, **path)
        return await route.handler(ctx, await bind(route.params, request), **path)


def _peer(scope: Any) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _send_error(status: int, words: str, send: Any, headers: list[tuple[bytes, bytes]]) -> None:
    ready = answer({"error": words}, status)
    fixed = [(b"content-type", ready.content_type.encode())]
    await send_answer(ready, fixed + headers, send)


def _no_route(_: LitestarRequest[Any, Any, Any], problem: Exception) -> LitestarResponse[bytes]:
    """Where Litestar found no path of ours, or one of its own handlers failed."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    if status >= 500:
        log.error("request failed", exc_info=problem)
    words = "Something went wrong" if status >= 500 else "Bad request"
    if status == 404:
        words = "Not implemented"
    return LitestarResponse(encode({"error": words}), status_code=status, media_type=JSON_TYPE)
