"""What a handler may give back, and the bytes that become of it.

A Struct, list, dict, text or number is JSON; None is `{}`. `Reply` adds a status and headers;
`Html`, `Text`, `Bytes`, `Redirect` and `Stream` say their own type.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from http.cookies import SimpleCookie
from types import MappingProxyType

import msgspec
from msgspec import Struct

from barbelo.http.body import Body
from barbelo.http.request import Send

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


class Cookie(Struct, frozen=True, kw_only=True):
    """A cookie to set. `age_s` None: until the browser closes; 0: remove it."""

    name: str
    value: str
    age_s: int | None = None
    secure: bool = True


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


RawHeaders = list[tuple[bytes, bytes]]


def raw(name: str, value: str) -> tuple[bytes, bytes]:
    """A header that cannot become two: line breaks are cut out."""
    if "\n" in value or "\r" in value:
        value = value.replace("\r", "").replace("\n", "")
    return name.encode("latin-1"), value.encode("latin-1", "replace")


def raw_headers(answer: Answer, more: Mapping[str, str], cookies: Iterable[Cookie]) -> RawHeaders:
    """What the answer says, then `more` that it does not say, then cookies."""
    headers = [(b"content-type", answer.content_type.encode())]
    if isinstance(answer.body, bytes):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    named: Iterable[tuple[str, str]] = {**more, **answer.headers}.items()
    headers += [raw(name, value) for name, value in named]
    headers += [raw("set-cookie", cookie_header(cookie)) for cookie in cookies]
    return headers


async def send_answer(answer: Answer, headers: RawHeaders, send: Send, *, bodiless: bool = False) -> None:
    """With `bodiless` (`HEAD`), a stream is not even begun."""
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(answer.body, bytes):
        await send({"type": "http.response.body", "body": answer.body})
    else:
        await _send_stream(answer.body, send, bodiless=bodiless)


async def send_and_hang_up(answer: Answer, headers: RawHeaders, send: Send, body: Body) -> None:
    """An answer before the body has come: say it, listen a little longer, close."""
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    await body.linger()
    await send({"type": "http.response.body", "body": b""})


async def _send_stream(stream: Stream, send: Send, *, bodiless: bool) -> None:
    try:
        if not bodiless:
            async for chunk in stream.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if stream.close:
            stream.close()


def cookie_header(cookie: Cookie) -> str:
    """The value of a `Set-Cookie` header."""
    jar: SimpleCookie = SimpleCookie()
    jar[cookie.name] = cookie.value
    morsel = jar[cookie.name]
    morsel["path"], morsel["httponly"], morsel["samesite"] = "/", True, "Lax"
    if cookie.secure:
        morsel["secure"] = True
    if cookie.age_s is not None:
        morsel["max-age"] = cookie.age_s
    return morsel.OutputString()
