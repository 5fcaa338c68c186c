"""Builds the HTTP door: our routes in a table of our own, Litestar around them, the frame around all.

Litestar runs the lifespan, serves websockets, and gets what the table does not know.
Why: docs/decisions/002-our-own-pipeline-on-litestar.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import structlog
from litestar import Litestar
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.routes import WebSocketRoute
from msgspec import Struct, field

from barbelo.config.metrics import HTTP_RUNNING
from barbelo.config.reading import Rates
from barbelo.config.settings import Settings
from barbelo.http.access import count
from barbelo.http.body import ReadingLimits
from barbelo.http.context import Ctx, Shared
from barbelo.http.errors import is_api
from barbelo.http.limits import Addresses, Limiter
from barbelo.http.middleware import Frame, FrameOptions, OnAccess
from barbelo.http.overload import Crowd, Overload, OverloadLimits
from barbelo.http.paths import Paths, names_in, shape_of
from barbelo.http.pipeline import House, Path, Way, way_of
from barbelo.http.replies import JSON_TYPE, Html, Reply, encode
from barbelo.http.request import App, Receive, Scope, Send
from barbelo.http.routes import Handler, Route, route_of
from barbelo.http.viewer import Authenticator

log = structlog.get_logger(__name__)


class DoorLimits(Struct, frozen=True, kw_only=True):
    """The numbers that this room needs. `rates` by the names of reference/pleroma 11.3."""

    reading: ReadingLimits = ReadingLimits()
    rates: Mapping[str, Rates] = field(default_factory=dict)
    overload: OverloadLimits = OverloadLimits()
    trusted_proxies: tuple[str, ...] = ()
    frame: FrameOptions = FrameOptions()


def limits_from(settings: Settings) -> DoorLimits:
    """What an administrator has set."""
    limits, overload = settings.limits, settings.overload
    return DoorLimits(
        reading=ReadingLimits(
            plain_bytes=limits.body_bytes,
            file_bytes=limits.upload_bytes,
            parameters=limits.param_count,
            levels=limits.json_depth,
        ),
        rates=settings.rate_limits.buckets(),
        overload=OverloadLimits(
            people=overload.signed_in_requests,
            guests=overload.guest_requests,
            servers=overload.federation_requests,
            wait_s=overload.queue_wait_ms / 1000,
        ),
        trusted_proxies=settings.server.trusted_proxies,
        frame=FrameOptions(hsts_s=31_536_000 if settings.server.secure else 0),
    )


class Door(Struct, frozen=True, kw_only=True):
    """What the roof gives to the HTTP doors.

    `nowhere` answers a browser where no route is (outside of `/api` and its like); None is a plain
    404 page. `on_access` is told of every answer; it must be quick and must not raise.
    """

    shared: Shared
    authenticator: Authenticator
    limits: DoorLimits = DoorLimits()
    nowhere: Handler | None = None
    on_access: OnAccess | None = count


def build(
    routes: Iterable[Route], door: Door, *, others: Sequence[BaseRouteHandler] = (), **litestar: Any
) -> Litestar:
    """The ASGI application.

    `others` are Litestar's own handlers, websockets above all; `litestar` goes to its constructor
    (`on_startup`, `lifespan`, ...). Raises `ValueError` when two routes want the same method and path.
    """
    app = Litestar(
        [*others],
        openapi_config=None,
        exception_handlers={Exception: _failed},
        logging_config=None,
        **litestar,
    )
    house = House(
        shared=door.shared,
        authenticator=door.authenticator,
        reading=door.limits.reading,
        limiter=Limiter(door.limits.rates),
        overload=_measured(Overload(door.limits.overload)),
        addresses=Addresses(door.limits.trusted_proxies),
    )
    inner = Front(_table(routes, house), _nowhere(door, house), app)
    app.asgi_handler = cast(
        "Any", Frame(inner, door.limits.frame, door.on_access)
    )  # their types name each message
    return app


def _measured(overload: Overload) -> Overload:
    for crowd in Crowd:
        HTTP_RUNNING.labels(crowd.value).set_function(partial(overload.taken, crowd))
    return overload


def _table(routes: Iterable[Route], house: House) -> Paths[Path]:
    found: dict[str, dict[str, Way]] = {}
    for route in routes:
        for path in route.paths:
            ways = found.setdefault(shape_of(path), {})
            if route.method in ways:
                raise ValueError(f"{route.method} {path} is served twice")
            ways[route.method] = way_of(route, path, names_in(path), house.reading)
    table: Paths[Path] = Paths()
    for shape, ways in found.items():
        table.add(shape, Path(ways, house))
    return table


def _nowhere(door: Door, house: House) -> Path:
    route = route_of("GET", "/{path:path}", {"auth": "optional"}, door.nowhere or not_found_page)
    return Path({"GET": way_of(route, "/", ("path",), house.reading)}, house)


async def not_found_page(_: Ctx, path: str) -> Reply:
    """Until the web has a better one."""
    del path
    return Reply(Html("<!doctype html><title>Not found</title><h1>There is nothing here.</h1>"), 404)


class Front:
    """Ours first; then Litestar's; then the answer that there is nothing."""

    __slots__ = ("_has_http", "_litestar", "_nowhere", "_table")

    def __init__(self, table: Paths[Path], nowhere: Path, app: Litestar) -> None:
        self._table = table
        self._nowhere = nowhere
        self._litestar = cast("App", app.asgi_handler)
        self._has_http = any(not isinstance(route, WebSocketRoute) for route in app.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] != "http":
            await self._litestar(scope, receive, send)
        elif found := self._table.find(path):
            await found[0].serve(scope, receive, send, found[1])
        elif self._has_http:
            await self._litestar(scope, receive, send)
        elif is_api(path):
            await _send_not_found(path, send)
        else:
            await self._nowhere.serve(scope, receive, send, (path.strip("/"),))


def _not_found_words(path: str) -> str:
    return "Not implemented" if path.startswith("/api/") or path == "/api" else "Record not found"


async def _send_not_found(path: str, send: Send) -> None:
    body = encode({"error": _not_found_words(path)})
    headers = [(b"content-type", JSON_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _failed(request: LitestarRequest[Any, Any, Any], problem: Exception) -> LitestarResponse[bytes]:
    """Where one of Litestar's own handlers failed, or Litestar found none either."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    words = {404: _not_found_words(request.scope["path"]), 405: "Method not allowed"}.get(
        status, "Bad request"
    )
    if status >= 500:
        log.error("request failed", exc_info=problem, request_id=request.scope.get("request_id"))
        words = "Something went wrong"
    headers = dict(problem.headers or {}) if isinstance(problem, HTTPException) else {}
    return LitestarResponse(
        encode({"error": words}), status_code=status, media_type=JSON_TYPE, headers=headers
    )
