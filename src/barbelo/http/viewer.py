"""Who is asking: tokens, the session cookie, HTTP Basic. Source: reference/pleroma 1.2.

The lookups belong to `domain/auth`; this file knows where credentials stand in a request, which
of them count, and what is answered when they do not.
"""

import base64
import binascii
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from barbelo.http.forms import clean
from barbelo.http.limits import SIGN_IN, Limiter, subject_of
from barbelo.http.request import Request
from barbelo.http.routes import Route
from barbelo.kernel.errors import NotAllowed, Unauthenticated
from barbelo.kernel.ids import AppId
from barbelo.kernel.scopes import covers
from barbelo.kernel.viewer import Viewer

_COOKIES = ("__Host-pleroma_key", "_pleroma_key", "pleroma_key")

NOBODY = "Invalid credentials."
BAD_TOKEN = "The access token is invalid"  # noqa: S105 - a sentence, not a secret


class AppCredentials(Struct, frozen=True, kw_only=True):
    """The application that a token was given to, and what the token allows."""

    id: AppId
    scopes: frozenset[str]


class Identity(Struct, frozen=True, kw_only=True):
    """What credentials stand for: a person, an application, or a person who may not come in yet.

    `viewer` is None for an app's own token and for an account that is not active. `refusal` is
    then what an endpoint that needs a person answers (403) instead of "Invalid credentials.".
    """

    viewer: Viewer | None = None
    app: AppCredentials | None = None
    refusal: str | None = None


ANONYMOUS = Identity()


@cache
def cookie_names(own: str) -> tuple[str, ...]:
    """Under which names the session cookie is read, safest first; what is in it is `domain/auth/sessions`.

    `own` is the name that the administrator chose. A neighbouring host cannot set a `__Host-` cookie.
    """
    return tuple(dict.fromkeys((host_cookie(own), own, *_COOKIES)))


def host_cookie(own: str) -> str:
    return f"__Host-{own.removeprefix('_')}"


class Authenticator(Protocol):
    """The two questions that `domain/auth` answers. Unknown, expired, revoked: None."""

    async def by_token(self, token: str) -> Identity | None: ...

    async def by_password(self, name: str, password: str, client_address: str) -> Identity | None:
        """For HTTP Basic. The viewer's scopes are all there are; second factor on: `refusal` alone."""
        ...


def sends_credentials(request: Request) -> bool:
    """Whether any come with it, good or not: decides only whose places a request waits for."""
    if "authorization" in request.headers or b"access_token=" in request.raw_query:
        return True
    return "pleroma_key" in request.header("cookie")


async def authenticate(
    request: Request, authenticator: Authenticator, limiter: Limiter, own_host: str, cookie: str
) -> Identity:
    """The first credentials that were sent decide; `ANONYMOUS` when there are none that count.

    `cookie` is the name of our session cookie.

    Raises `Unauthenticated(sent=True)` for a token that is no good; `TooMany` after too many bad
    passwords from one address. A bad password or a stale cookie makes a guest.
    """
    if token := await _sent_token(request):
        identity = await authenticator.by_token(token)
        if identity is None:
            raise Unauthenticated(BAD_TOKEN, sent=True)
        return identity
    if not is_from_own_pages(request, own_host):
        return ANONYMOUS
    if token := next(filter(None, map(request.cookies.get, cookie_names(cookie))), ""):
        identity = await authenticator.by_token(clean(token))
        if identity is not None:
            return identity
    if pair := basic_pair(request.header("authorization")):
        return await _by_password(pair, request.address, authenticator, limiter)
    return ANONYMOUS


async def _by_password(
    pair: tuple[str, str], address: str, authenticator: Authenticator, limiter: Limiter
) -> Identity:
    """Only failures are counted: who knows the password may use it on every request."""
    subject = subject_of(address)
    limiter.spend(SIGN_IN, subject, tokens=0)
    identity = await authenticator.by_password(*pair, address)
    if identity is None:
        limiter.spend(SIGN_IN, subject)
    return identity or ANONYMOUS


async def _sent_token(request: Request) -> str:
    """A token in the query, the header, or a small body, in this order; empty when there is none."""
    if b"access_token" in request.raw_query and (token := _text(request.query.get("access_token"))):
        return token
    if token := bearer_token(request.header("authorization")):
        return token
    if request.body.is_small and request.method != "GET":
        return _text((await request.body.tree()).get("access_token"))
    return ""


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic_pair(authorization: str) -> tuple[str, str] | None:
    """Name and password of HTTP Basic; None when there are none or they cannot be read."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (clean(name), clean(password)) if colon and name else None


def is_from_own_pages(request: Request, own_host: str) -> bool:
    """Whether what a browser sends by itself counts: only from our own pages, or from no page at all."""
    if site := request.header("sec-fetch-site"):
        return site == "same-origin"
    source = request.header("origin") or request.header("referer")
    try:
        return not source or urlsplit(source).netloc.lower() == own_host.lower()
    except ValueError:  # `http://[` and its like
        return False


def admit(identity: Identity, route: Route) -> Identity:
    """Who may go on through this route, and as whom.

    Raises `Unauthenticated` (nobody, where somebody is needed), `NotAllowed` (scope, role, or an
    account that may not come in). A guest of an `optional` route is never refused.
    """
    if route.auth == "optional":
        return identity if _has_scope(identity, route.scopes) else ANONYMOUS
    viewer = identity.viewer
    if viewer is None and (route.auth != "app" or identity.app is None):
        raise NotAllowed(identity.refusal) if identity.refusal else Unauthenticated(NOBODY)
    if not _has_scope(identity, route.scopes):
        raise NotAllowed(f"Insufficient permissions: {' | '.join(route.scopes)}.")
    if route.auth == "staff" and viewer and not (viewer.is_admin or viewer.is_moderator):
        raise NotAllowed("User is not a staff member.")
    if route.auth == "admin" and viewer and not viewer.is_admin:
        raise NotAllowed("User is not an admin.")
    return identity


def _has_scope(identity: Identity, needed: tuple[str, ...]) -> bool:
    holder = identity.viewer or identity.app
    return not needed or (holder is not None and any(covers(holder.scopes, scope) for scope in needed))
