"""Routes: one decorator says path, scope, parameters and limits, and OpenAPI reads the same words.

    @post("/api/v1/statuses", scope="write:statuses", params=NewStatus)
    async def post_status(ctx: Ctx, new: NewStatus) -> Status: ...

A handler takes the context, then its parameters if it has any, then the names in its path. A path
name is converted by its annotation: `str`, a flake id (`StatusId`), or an integer id (`MediaId`);
an id that cannot be is an id that is not there (`NotFound`).
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import Any, Literal, TypedDict, TypeVar, Unpack, get_type_hints
from uuid import UUID

from msgspec import Struct

from barbelo.http.errors import NO_STATUSES, Statuses
from barbelo.http.forms import clean
from barbelo.http.paths import names_in
from barbelo.kernel.ids import get_flake, get_integer

Auth = Literal["none", "optional", "app", "user", "staff", "admin"]
"""Whom a route serves.

`none`: credentials are not even looked at (OAuth itself, documents for servers). `optional`: guests
too. `app`: any valid token. `user`: a person. `staff`: a moderator or an administrator. `admin`.
"""
Crowd = Literal["people", "federation"]
"""Whose places a request takes under load: see `http/overload.py`."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=Handler)

_MARK = "__barbelo_routes__"
_OLD, _NEW = "/api/pleroma/", "/api/v1/pleroma/"


class Route(Struct, frozen=True, kw_only=True):
    """All that is known of one door.

    `scopes`: one of them is enough; empty: any. `limits`: names of buckets (`http/limits.py`), a
    kind after a colon (`timeline:home`). `statuses`: this door's own answers to kinds of error.
    `converters`: what makes the handler's arguments of the texts in the path.
    """

    method: Method
    paths: tuple[str, ...]
    handler: Handler
    auth: Auth
    scopes: tuple[str, ...]
    params: type[Any] | None
    converters: Mapping[str, Callable[[str], object]]
    returns: Any
    status: int
    limits: tuple[str, ...]
    crowd: Crowd
    statuses: Statuses
    tags: tuple[str, ...]
    summary: str
    description: str
    body_bytes: int | None
    file_bytes: int | None

    @property
    def path(self) -> str:
        """The path that the documents name."""
        return self.paths[0]


class Options(TypedDict, total=False):
    """What a decorator may say; see `Route`. `aliases` are further paths of the same door."""

    scope: str | tuple[str, ...]
    params: type[Any] | None
    auth: Auth
    status: int
    limit: str | tuple[str, ...]
    crowd: Crowd
    statuses: Statuses
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    body_bytes: int | None
    file_bytes: int | None


def get(path: str, **options: Unpack[Options]) -> Callable[[H], H]:
    """`HEAD` is answered too."""
    return _mark("GET", path, options)


def post(path: str, **options: Unpack[Options]) -> Callable[[H], H]:
    return _mark("POST", path, options)


def put(path: str, **options: Unpack[Options]) -> Callable[[H], H]:
    return _mark("PUT", path, options)


def patch(path: str, **options: Unpack[Options]) -> Callable[[H], H]:
    return _mark("PATCH", path, options)


def delete(path: str, **options: Unpack[Options]) -> Callable[[H], H]:
    return _mark("DELETE", path, options)


def collect(*modules: ModuleType) -> list[Route]:
    """The routes of these modules, in the order in which they are written."""
    return [
        route
        for module in modules
        for thing in vars(module).values()
        if getattr(thing, "__module__", "") == module.__name__
        for route in getattr(thing, _MARK, ())
    ]


def with_aliases(paths: tuple[str, ...]) -> tuple[str, ...]:
    """`/api/pleroma/X` and `/api/v1/pleroma/X` are one thing. Source: reference/pleroma 1.1."""
    found = list(paths)
    for path in paths:
        if path.startswith(_OLD):
            found.append(_NEW + path.removeprefix(_OLD))
        elif path.startswith(_NEW):
            found.append(_OLD + path.removeprefix(_NEW))
    return tuple(dict.fromkeys(found))


def _mark(method: Method, path: str, options: Options) -> Callable[[H], H]:
    def mark(handler: H) -> H:
        routes: list[Route] = handler.__dict__.setdefault(_MARK, [])
        routes.append(route_of(method, path, options, handler))
        return handler

    return mark


def route_of(method: Method, path: str, options: Options, handler: Handler) -> Route:
    hints = get_type_hints(handler)
    summary, _, description = (inspect.getdoc(handler) or "").partition("\n")
    paths = (path, *options.get("aliases", ()))
    params = options.get("params")
    return Route(
        method=method,
        paths=with_aliases(paths),
        handler=handler,
        auth=options.get("auth", "user"),
        scopes=_tuple(options.get("scope", ())),
        params=params,
        converters=_converters(paths, handler, hints, given=1 if params is None else 2),
        returns=hints.get("return"),
        status=options.get("status", 200),
        limits=_tuple(options.get("limit", ())),
        crowd=options.get("crowd", "people"),
        statuses=options.get("statuses", NO_STATUSES),
        tags=options.get("tags", ()),
        summary=summary.strip(),
        description=description.strip(),
        body_bytes=options.get("body_bytes"),
        file_bytes=options.get("file_bytes"),
    )


def _tuple(one_or_more: str | tuple[str, ...]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more


def _converters(
    paths: tuple[str, ...], handler: Handler, hints: dict[str, Any], *, given: int
) -> dict[str, Callable[[str], object]]:
    """One for each name in the path. Raises `TypeError` when handler and path disagree."""
    taken = list(inspect.signature(handler).parameters)[given:]
    for path in paths:
        if set(taken) != set(names_in(path)):
            raise TypeError(f"{handler.__qualname__} takes {taken}, but {path} gives {names_in(path)}")
    return {name: _converter(hints.get(name, str)) for name in taken}


def _converter(wanted: Any) -> Callable[[str], object]:
    wanted = getattr(wanted, "__supertype__", wanted)
    if wanted is UUID:
        return get_flake
    if wanted is int:
        return get_integer
    if wanted is str:
        return clean
    raise TypeError(f"A name in a path cannot be {wanted}")
