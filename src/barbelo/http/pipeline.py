"""The way of one request of ours, from its path to its answer: read `_do` from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from msgspec import Struct
from msgspec.structs import replace

from barbelo.http import errors
from barbelo.http.binder import bind
from barbelo.http.body import Body, ReadingLimits
from barbelo.http.context import Ctx, Shared
from barbelo.http.limits import GENERAL, PER_TARGET, Addresses, Balance, Limiter, subject_of, tightest
from barbelo.http.overload import Crowd, Overload
from barbelo.http.replies import Answer, Reply, answer, raw_headers, send_and_hang_up, send_answer
from barbelo.http.request import Receive, Request, Scope, Send, headers_of
from barbelo.http.routes import Route
from barbelo.http.viewer import Authenticator, Identity, admit, authenticate, sends_credentials
from barbelo.kernel.errors import BarbeloError, Overloaded, TooMany, Unauthenticated

log = structlog.get_logger(__name__)

OVERRIDES = frozenset({"PUT", "PATCH", "DELETE"})
"""What `_method` in the form of a POST may say."""


class House(Struct, frozen=True, kw_only=True):
    """What the door is made of, once per process."""

    shared: Shared
    authenticator: Authenticator
    reading: ReadingLimits
    limiter: Limiter
    overload: Overload
    addresses: Addresses


class Way(Struct, frozen=True):
    """A route at one of its paths: what its placeholders are called there, how large a body may be."""

    route: Route
    names: tuple[str, ...]
    reading: ReadingLimits
    counted: bool  # against the general limit of the API


def way_of(route: Route, path: str, names: tuple[str, ...], usual: ReadingLimits) -> Way:
    reading = replace(
        usual,
        plain_bytes=usual.plain_bytes if route.body_bytes is None else route.body_bytes,
        file_bytes=usual.file_bytes if route.file_bytes is None else route.file_bytes,
    )
    return Way(route, names, reading, errors.is_api(path) and route.crowd == "people")


class Path:
    """All methods of one path."""

    __slots__ = ("_allow", "_house", "_ways")

    def __init__(self, ways: Mapping[str, Way], house: House) -> None:
        self._ways = ways
        self._house = house
        self._allow = ", ".join([*ways, *(["HEAD"] if "GET" in ways else []), "OPTIONS"])

    async def serve(self, scope: Scope, receive: Receive, send: Send, values: tuple[str, ...]) -> None:
        house, headers = self._house, headers_of(scope)
        peer = scope["client"][0] if scope.get("client") else ""
        address = house.addresses.client(peer, headers.get("x-forwarded-for", ""))
        body = Body(receive, headers, house.reading, unsized=scope.get("http_version", "").startswith("2"))
        request = Request(scope, body, headers=headers, address=address, request_id=scope["request_id"])
        ctx = Ctx(house.shared, request, house.limiter)
        try:
            ready = await self._answer(ctx, values)
            head = raw_headers(ready, ctx.headers, ctx.cookies)
            if body.is_long_unread and isinstance(ready.body, bytes):
                await send_and_hang_up(ready, head, send, body)
            else:
                await send_answer(ready, head, send, bodiless="head" in scope)
        finally:
            body.discard()

    async def _answer(self, ctx: Ctx, values: tuple[str, ...]) -> Answer:
        """The whole way, with every outcome."""
        way: Way | None = None
        try:
            way = self._ways.get(await self._method(ctx.request))
            if way is None:
                return answer(Reply({"error": "Method not allowed"}, headers={"allow": self._allow}), 405)
            ctx.request.scope["route"] = way.route.path
            ctx.request.body.limits = way.reading
            return await self._in_its_place(way, ctx, dict(zip(way.names, values, strict=True)))
        except BarbeloError as error:
            return refusal(error, ctx, way.route.statuses if way else errors.NO_STATUSES)
        except Exception:
            log.exception("request failed", request_id=ctx.request.id, route=ctx.request.scope.get("route"))
            return answer({"error": "Something went wrong"}, 500)

    async def _method(self, request: Request) -> str:
        """The method, or what `_method` in a small form wants instead of POST."""
        method = request.method
        if method != "POST" or OVERRIDES.isdisjoint(self._ways) or not request.body.is_small_form:
            return method
        if b"_method" not in await request.body.read():
            return method
        wanted = str((await request.body.tree()).get("_method", "")).upper()
        return wanted if wanted in OVERRIDES else method

    async def _in_its_place(self, way: Way, ctx: Ctx, names: dict[str, str]) -> Answer:
        """Holding one of the places of the crowd that asks, except while the body is coming."""
        overload, crowd = self._house.overload, crowd_of(way.route, ctx.request)
        await overload.enter(crowd)
        ctx.request.body.pause = Pause(overload, crowd)
        try:
            return answer(await self._do(way, ctx, names), way.route.status)
        except Overloaded:
            overload.turned_away(crowd)
            raise
        finally:
            ctx.request.body.pause.end()

    async def _do(self, way: Way, ctx: Ctx, names: dict[str, str]) -> object:
        """Who asks, may they, how often; what do they want; do it."""
        route, request = way.route, ctx.request
        await self._identify(route, ctx)
        self._count(way, ctx, names)
        path = {name: convert(names[name]) for name, convert in route.converters.items()}
        if route.params is None:
            return await route.handler(ctx, **path)
        return await route.handler(ctx, await bind(route.params, request), **path)

    async def _identify(self, route: Route, ctx: Ctx) -> None:
        house, request = self._house, ctx.request
        if route.auth == "none":
            return
        try:
            shared = house.shared
            found = await authenticate(
                request,
                house.authenticator,
                house.limiter,
                shared.urls.host,
                shared.settings.auth.cookie_name,
            )
        except Unauthenticated:
            house.limiter.spend(GENERAL, subject_of(request.address))  # guessing tokens is counted too
            raise
        identity: Identity = admit(found, route)
        ctx.viewer, ctx.app = identity.viewer, identity.app

    def _count(self, way: Way, ctx: Ctx, names: dict[str, str]) -> None:
        limiter, signed_in = self._house.limiter, ctx.viewer is not None
        subject = str(ctx.viewer.id) if ctx.viewer else subject_of(ctx.request.address)
        balance: Balance | None = None
        for bucket in (GENERAL, *way.route.limits) if way.counted else way.route.limits:
            target = "/".join(names.values()) if bucket.partition(":")[0] in PER_TARGET else ""
            found = limiter.spend(bucket, f"{subject} {target}" if target else subject, signed_in=signed_in)
            balance = tightest(balance, found)
        if balance is not None:
            ctx.headers.update(limiter.headers(balance))


class Pause:
    """Lets a request step out of its place while its body is on the way."""

    __slots__ = ("_crowd", "_inside", "_overload")

    def __init__(self, overload: Overload, crowd: Crowd) -> None:
        self._overload = overload
        self._crowd = crowd
        self._inside = True

    def step_out(self) -> None:
        self._inside = False
        self._overload.leave(self._crowd)

    async def step_in(self) -> None:
        """Raises `Overloaded` when no place becomes free for long."""
        await self._overload.enter_again(self._crowd)
        self._inside = True

    def end(self) -> None:
        if self._inside:
            self._overload.leave(self._crowd)


def crowd_of(route: Route, request: Request) -> Crowd:
    if route.crowd == "federation":
        return Crowd.SERVERS
    return Crowd.PEOPLE if sends_credentials(request) else Crowd.GUESTS


def refusal(error: BarbeloError, ctx: Ctx, statuses: errors.Statuses) -> Answer:
    """The answer that says what went wrong."""
    if isinstance(error, TooMany | Overloaded):
        ctx.request.scope["turned_away"] = str(error.data.get("bucket") or error.data.get("full") or "busy")
    ctx.headers.update(errors.headers_of(error))
    balance = error.data.get("balance")
    if isinstance(balance, Balance):
        ctx.headers.update(ctx.limiter.headers(balance))
    return answer(errors.body_of(error), errors.status_of(error, ctx.request.path, statuses))
