"""What a handler may give back, and the bytes that become of it.

A Struct, list, dict, text or number is JSON; None is `{}`. `Reply` adds a status and headers;
`Html`, `Text`, `Bytes`, `Redirect` and `Stream` say their own type.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct

JSON_TYPE = "application/json; charset=utf-8"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

encode = msgspec.json.Encoder().encode


class Reply(Struct, frozen=True):
    """Any body with a status (0: the route's own) and headers (names in lower case)."""

    body: object
    status: int = 0
    headers: Mapping[str, str] = NO_HEADERS


class Bytes(Struct, frozen=True):
    """Bytes of a named type."""

    body: bytes
    content_type: str


class Html(Struct, frozen=True):
    body: str


class Text(Struct, frozen=True):
    body: str


class Redirect(Struct, frozen=True):
    """`status` 302 (default), 303 after a form, 301 and 308 for ever."""

    location: str
    status: int = 302


class Stream(Struct, frozen=True):
    """A body that comes in pieces. `close` is called at the end, however it ends."""

    chunks: AsyncIterator[bytes]
    content_type: str
    close: Callable[[], object] | None = None


class Answer(Struct):
    """Ready to be sent: `body` bytes, or a stream."""

    status: int
    content_type: str
    body: bytes | Stream
    headers: dict[str, str]


def answer(given: object, status: int) -> Answer:
    """What a handler gave, ready to be sent."""
    headers: dict[str, str] = {}
    if isinstance(given, Reply):
        status, headers, given = given.status or status, dict(given.headers), given.body
    if given is None:
        return Answer(status, JSON_TYPE, b"{}", headers)
    if isinstance(given, Html | Text):
        kind = "text/html" if isinstance(given, Html) else "text/plain"
        return Answer(status, f"{kind}; charset=utf-8", given.body.encode("utf-8", "replace"), headers)
    if isinstance(given, Bytes):
        return Answer(status, given.content_type, given.body, headers)
    if isinstance(given, Stream):
        return Answer(status, given.content_type, given, headers)
    if isinstance(given, Redirect):
        headers["location"] = given.location
        return Answer(given.status, "text/plain; charset=utf-8", b"", headers)
    return Answer(status, JSON_TYPE, encode(given), headers)
