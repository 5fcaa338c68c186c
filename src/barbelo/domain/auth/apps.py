"""OAuth applications: made by anybody, known by `client_id`, proven by a secret that we keep hashed.

Source: reference/pleroma 5.1; reference/mastodon 2.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import BigInteger, bindparam, or_, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.auth import oauth_apps
from barbelo.db.tables.metadata import Time
from barbelo.domain.auth import opaque
from barbelo.domain.auth.errors import WrongCredentials
from barbelo.kernel import scopes as words
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AppId

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect address of a client that has none: the code is shown on a page."""

MOST_REDIRECTS = 20
LONGEST_URI = 2000  # characters
LONGEST_NAME = 200  # characters
USED_EVERY = timedelta(hours=1)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*\Z")
_FORBIDDEN = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source"})
_ODD = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")


class App(Struct, frozen=True, kw_only=True):
    id: AppId
    client_id: str
    secret_hash: bytes
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: list[str]


class NewApp(Struct, frozen=True, kw_only=True):
    """What somebody asks for."""

    name: str
    redirect_uris: list[str]
    scopes: list[str]
    website: str | None = None


_COLUMNS = [oauth_apps.c[name] for name in App.__struct_fields__]
_ADD = statement(
    adding(oauth_apps, "client_id secret_hash name website redirect_uris scopes created_at").returning(
        *_COLUMNS
    ),
    App,
)
_BY_CLIENT_ID = statement(select(*_COLUMNS).where(oauth_apps.c.client_id == bindparam("client_id")), App)
_BY_ID = statement(select(*_COLUMNS).where(oauth_apps.c.id == bindparam("app_id", type_=BigInteger())), App)
_USED = statement(
    update(oauth_apps)
    .where(
        oauth_apps.c.id == bindparam("app_id", type_=BigInteger()),
        or_(oauth_apps.c.last_used_at.is_(None), oauth_apps.c.last_used_at < bindparam("stale", type_=Time)),
    )
    .values(last_used_at=bindparam("now", type_=Time))
)


async def register(tx: Tx, new: NewApp) -> tuple[App, str]:
    """The app and its secret, which nobody can be told again. Raises `Invalid`."""
    check(new)
    secret = opaque.new()
    app = await tx.one(
        _ADD,
        client_id=opaque.new(),
        secret_hash=opaque.digest(secret),
        name=new.name.strip(),
        website=new.website,
        redirect_uris=new.redirect_uris,
        scopes=new.scopes,
        created_at=tx.now(),
    )
    return app, secret


def check(new: NewApp) -> None:
    """Raises `Invalid` in Mastodon's words."""
    if not new.name.strip():
        raise Invalid("Validation failed: Application name can't be blank", field="client_name")
    if len(new.name) > LONGEST_NAME:
        raise Invalid(
            f"Validation failed: Application name is too long (maximum is {LONGEST_NAME} characters)",
            field="client_name",
        )
    if not new.redirect_uris:
        raise Invalid("Validation failed: Redirect URI can't be blank", field="redirect_uris")
    if len(new.redirect_uris) > MOST_REDIRECTS:
        raise Invalid(f"Validation failed: more than {MOST_REDIRECTS} redirect URIs", field="redirect_uris")
    for uri in new.redirect_uris:
        check_redirect(uri)
    check_known(new.scopes)
    if new.website and not is_web_address(new.website):
        raise Invalid("Validation failed: Website must be a valid URL", field="website")


def check_redirect(uri: str) -> None:
    """An absolute address without a fragment, of a scheme that cannot run script. Raises `Invalid`.

    Apps have schemes of their own (`com.example.app:/callback`). Source: RFC 6749 3.1.2.
    """
    if uri == OUT_OF_BAND:
        return
    scheme, colon, rest = uri.partition(":")
    problem = ""
    if not colon or not rest or not _SCHEME.match(scheme.lower()) or _ODD.search(uri):
        problem = "must be an absolute URI."
    elif "#" in uri:
        problem = "cannot contain a fragment."
    elif scheme.lower() in _FORBIDDEN:
        problem = "is forbidden by the server."
    elif scheme.lower() in {"http", "https"} and not is_web_address(uri):
        problem = "must be an absolute URI."
    elif len(uri) > LONGEST_URI:
        problem = f"is too long (maximum is {LONGEST_URI} characters)"
    if problem:
        raise Invalid(f"Validation failed: Redirect URI {problem}", field="redirect_uris")


def is_web_address(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and len(uri) <= LONGEST_URI
        and not _ODD.search(uri)
    )


def check_known(scopes: Sequence[str]) -> None:
    """Raises `Invalid` for names that mean nothing: what means nothing today might mean much tomorrow."""
    unknown = [scope for scope in scopes if scope not in words.KNOWN]
    if unknown or not scopes:
        named = f": {' '.join(unknown[:10])}" if unknown else ""
        raise Invalid(
            f"Validation failed: Scopes doesn't match configured on the server{named}"[:300], field="scopes"
        )


async def find(reader: Reader, client_id: str) -> App | None:
    return await reader.one_or_none(_BY_CLIENT_ID, client_id=client_id)


async def get(reader: Reader, app_id: AppId) -> App:
    """Raises `NotFound`."""
    return await reader.one(_BY_ID, app_id=app_id)


async def prove(reader: Reader, client_id: str, client_secret: str) -> App:
    """The app that these belong to. Raises `WrongCredentials`."""
    app = await find(reader, client_id) if client_id else None
    if not opaque.is_one(client_secret, app.secret_hash if app else bytes(32)) or app is None:
        raise WrongCredentials("Client authentication failed: client_id or client_secret is wrong.")
    return app


async def mark_used(tx: Tx, app_id: AppId) -> None:
    """To the hour: many people share one app, and its row must not become a bottleneck."""
    now = tx.now()
    await tx.execute(_USED, app_id=app_id, now=now, stale=now - USED_EVERY)
