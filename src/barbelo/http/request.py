"""The facts of one request, read from the ASGI scope when somebody asks for them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from barbelo.http.body import Body, tree_of
from barbelo.http.forms import Tree, clean

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def headers_of(scope: Scope) -> dict[str, str]:
    """Names in lower case. What came twice is joined as RFC 9110 5.3 says (cookies by `; `)."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in found:
            found[name] += ("; " if name == "cookie" else ", ") + value
        else:
            found[name] = value
    return found


def cookies_of(header: str) -> dict[str, str]:
    """The first value of each name, quotes removed; nothing is decoded."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and name not in found:
            found[name] = value.strip('"')
    return found


class Request:
    """One request. `address` is the client's, decided by `http/limits.py`; empty when unknown."""

    __slots__ = (
        "_cookies",
        "_query",
        "address",
        "body",
        "headers",
        "id",
        "method",
        "path",
        "raw_query",
        "scope",
    )

    def __init__(
        self, scope: Scope, body: Body, *, headers: dict[str, str], address: str, request_id: str
    ) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_query: bytes = scope.get("query_string", b"")
        self.headers = headers
        self.address = address
        self.id = request_id
        self.body = body
        self._query: Tree | None = None
        self._cookies: dict[str, str] | None = None

    @property
    def query(self) -> Tree:
        """The query string as a tree. Raises `Invalid`, `TooLarge`."""
        if self._query is None:
            self._query = tree_of(self.raw_query, self.body.limits) if self.raw_query else {}
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        if self._cookies is None:
            self._cookies = cookies_of(self.headers.get("cookie", ""))
        return self._cookies

    @property
    def format(self) -> str:
        """What was cut from the end of the path: `json`, `atom`, `rss`, or empty."""
        return str(self.scope.get("format", ""))

    @property
    def target(self) -> str:
        """Path and query exactly as they were sent: what HTTP signatures sign."""
        path: bytes = self.scope.get("raw_path") or self.path.encode()
        return (path + (b"?" + self.raw_query if self.raw_query else b"")).decode("latin-1")

    @property
    def user_agent(self) -> str:
        return clean(self.headers.get("user-agent", ""))[:300]

    def header(self, name: str, default: str = "") -> str:
        """`name` in lower case."""
        return self.headers.get(name, default)
