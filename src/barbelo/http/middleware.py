"""What every HTTP answer has, whoever made it. Plain ASGI, one object per request.

Request id, tidy paths (a slash or a format too many at the end), `OPTIONS`, `HEAD`, CORS, headers
of safety, gzip, and a line about it for whoever listens. Source: reference/pleroma 1.1.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from barbelo.http.access import Access
from barbelo.http.errors import is_api
from barbelo.http.gzip import Gzip, wants_gzip
from barbelo.http.request import App, Message, Receive, Scope, Send
from barbelo.kernel.clock import monotonic_s

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{20,200}\Z")
_FORMAT = re.compile(r"(?P<path>.*/[^/]+)\.(?P<format>json|atom|rss)\Z", re.DOTALL)
_JSON_BELOW = ("/api/", "/nodeinfo/", "/users/", "/objects/", "/activities/", "/notice/")
_FEED_BELOW = ("/users/", "/tags/", "/tag/")

_EXPOSED = (
    "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Idempotency-Key, "
    "Mastodon-Async-Refresh, Deprecation, Retry-After"
)
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
_CORS = [_ANY_ORIGIN, (b"access-control-expose-headers", _EXPOSED.encode())]
_PREFLIGHT = [
    _ANY_ORIGIN,
    (b"access-control-allow-methods", b"POST, PUT, DELETE, GET, PATCH, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
]
_SAFETY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"x-permitted-cross-domain-policies", b"none"),
]
_NOTHING_RUNS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NOT_STORED = (b"cache-control", b"private, no-store")


OnAccess = Callable[[Access], None]


class FrameOptions(Struct, frozen=True, kw_only=True):
    """`hsts_s` above 0 sends Strict-Transport-Security: only for a public address with https."""

    compress: bool = True
    hsts_s: int = 0


def tidy(path: str) -> tuple[str, str]:
    """The path without a slash or a known format at its end, and that format (`json`, `atom`, `rss`, or empty)."""
    if len(path) > 1 and path.endswith("/"):
        path = path.rstrip("/") or "/"
    match = _FORMAT.match(path) if "." in path else None
    if match is None:
        return path, ""
    below = _JSON_BELOW if match["format"] == "json" else _FEED_BELOW
    return (match["path"], match["format"]) if path.startswith(below) else (path, "")


class Frame:
    """Wraps the whole application."""

    __slots__ = ("_app", "_compress", "_on_access", "_safety")

    def __init__(self, app: App, options: FrameOptions, on_access: OnAccess | None = None) -> None:
        self._app = app
        self._compress = options.compress
        self._on_access = on_access
        self._safety = list(_SAFETY)
        if options.hsts_s:
            self._safety.append((b"strict-transport-security", f"max-age={options.hsts_s}".encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        scope["path"], scope["format"] = tidy(scope["path"])
        if kind == "websocket":
            scope["request_id"] = _request_id(scope)
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_at = monotonic_s()
        method = scope["method"]
        framed = Framed(scope, send, self._safety, gzip=self._compress)
        try:
            if method == "OPTIONS":
                await _preflight(scope["path"], framed)
                return
            if method == "HEAD":
                scope["method"], scope["head"] = "GET", True
            await self._app(scope, receive, framed)
        finally:
            if self._on_access is not None:
                self._on_access(
                    Access(
                        method=method,
                        route=scope.get("route", ""),
                        status=framed.status,
                        duration_s=monotonic_s() - started_at,
                        sent_bytes=framed.sent_bytes,
                        request_id=scope["request_id"],
                        turned_away=scope.get("turned_away", ""),
                    )
                )


class Framed:
    """The `send` of one request."""

    __slots__ = (
        "_gzip",
        "_head",
        "_held",
        "_path",
        "_request_id",
        "_safety",
        "_send",
        "sent_bytes",
        "status",
    )

    def __init__(self, scope: Scope, send: Send, safety: list[tuple[bytes, bytes]], *, gzip: bool) -> None:
        scope["request_id"] = self._request_id = _request_id(scope)
        self._send = send
        self._safety = safety
        self._path: str = scope["path"]
        self._head = scope["method"] == "HEAD"
        self._gzip: Gzip | None = Gzip() if gzip and not self._head and wants_gzip(scope) else None
        self._held: Message | None = None
        self.status = 0
        self.sent_bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send(message)

    async def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = message["headers"] = list(message.get("headers", ()))
        self._complete(headers)
        if self._gzip is not None and self._gzip.suits(self.status, headers):
            self._held = message  # until it is known how long the body is
        else:
            self._gzip = None
            await self._send(message)

    async def _body(self, message: Message) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._gzip is not None:
            held, self._held = self._held, None
            body = await self._gzip.pressed(body, held["headers"] if held else None, more=more)
            if held is not None:
                await self._send(held)
        if self._head:
            body = b""
        self.sent_bytes += len(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _complete(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Everything that belongs to every answer and is not there yet."""
        there = {name for name, _ in headers}
        headers.append((b"x-request-id", self._request_id.encode()))
        headers += [header for header in self._safety if header[0] not in there]
        if is_api(self._path):
            headers += [header for header in _CORS if header[0] not in there]
            if _NOT_STORED[0] not in there:
                headers.append(_NOT_STORED)
        if _NOTHING_RUNS[0] not in there and not _is_html(headers):
            headers.append(_NOTHING_RUNS)


def _is_html(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)


def _request_id(scope: Scope) -> str:
    """The one that came with the request, if it looks like one; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.match(value):
            return str(value, "latin-1")
    return secrets.token_urlsafe(15)


async def _preflight(path: str, send: Any) -> None:
    """`OPTIONS` is answered for every path, whether it exists or not."""
    headers = list(_PREFLIGHT) if is_api(path) else []
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
