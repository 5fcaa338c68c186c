"""`Ctx`: the one thing that every handler is given."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import Struct

from barbelo.config.settings import Settings
from barbelo.db.database import Database
from barbelo.http.limits import Limiter, subject_of
from barbelo.http.replies import Cookie
from barbelo.http.request import Request
from barbelo.http.viewer import NOBODY, AppCredentials
from barbelo.kernel.errors import Unauthenticated
from barbelo.kernel.ids import AppId
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

_PATH_SAFE = "/:@!$&'()*+,;=~"
_NOT_KEPT = frozenset({"max_id", "since_id", "min_id", "offset", "access_token", "admin_token"})
"""Old cursors, and secrets: no token is ever written into an address by us."""


class Shared(Struct, frozen=True, kw_only=True):
    """What all requests share. `gateways` holds what the roof puts there: `images`, `storage`, `passwords`, ..."""

    db: Database
    urls: Urls
    settings: Settings
    gateways: Any = None


class Ctx:
    """One request as its handler sees it. Lives until the answer is made.

    `viewer` is None for guests, apps, and where a token lacks the scope of an optional endpoint.
    `headers` (names in lower case) and `cookies` go out with the answer.
    """

    __slots__ = (
        "app",
        "cookies",
        "db",
        "gateways",
        "headers",
        "limiter",
        "request",
        "settings",
        "urls",
        "viewer",
    )

    def __init__(self, shared: Shared, request: Request, limiter: Limiter) -> None:
        self.db = shared.db
        self.urls = shared.urls
        self.settings = shared.settings
        self.gateways = shared.gateways
        self.request = request
        self.limiter = limiter
        self.viewer: Viewer | None = None
        self.app: AppCredentials | None = None
        self.headers: dict[str, str] = {}
        self.cookies: list[Cookie] = []

    @property
    def user(self) -> Viewer:
        """The viewer, who must be there. Raises `Unauthenticated`."""
        if self.viewer is None:
            raise Unauthenticated(NOBODY)
        return self.viewer

    @property
    def app_id(self) -> AppId | None:
        """The application that asks, with or without a person."""
        return self.app.id if self.app else (self.viewer.app_id if self.viewer else None)

    def spend(self, bucket: str, subject: str = "") -> None:
        """Count one more against `bucket` (reference/pleroma 11.3) by `subject`, or by who asks.

        For what only the handler knows, such as sign-ins for one name. Raises `TooMany`.
        """
        asker = str(self.viewer.id) if self.viewer else subject_of(self.request.address)
        self.limiter.spend(bucket, subject or asker, signed_in=self.viewer is not None)

    def link(self, first: str | None, last: str | None) -> None:
        """Set `Link` for a page that begins at cursor `first` and ends at `last` (None: no page there).

        Absolute, other parameters kept, old cursors and tokens dropped. An empty page has no header at all.
        Source: reference/pleroma 11.2, reference/mastodon 7.
        """
        query = self.request.raw_query.decode("utf-8", "replace")
        kept = [
            (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in _NOT_KEPT
        ]
        base = f"{self.urls.base}{quote(self.request.path, safe=_PATH_SAFE)}?"
        links = []
        if last is not None:
            links.append(f'<{base}{urlencode([*kept, ("max_id", last)])}>; rel="next"')
        if first is not None:
            links.append(f'<{base}{urlencode([*kept, ("min_id", first)])}>; rel="prev"')
        if links:
            self.headers["link"] = ", ".join(links)

    def set_cookie(self, name: str, value: str, *, age_s: int | None = None) -> None:
        """HttpOnly, SameSite=Lax, whole site; Secure where we are reached by https."""
        self.cookies.append(
            Cookie(name=name, value=value, age_s=age_s, secure=self.urls.base.startswith("https:"))
        )

    def clear_cookie(self, name: str) -> None:
        self.set_cookie(name, "", age_s=0)
