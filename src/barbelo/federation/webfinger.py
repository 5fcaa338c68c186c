"""WebFinger: from `alice@example.org`, or the address of a profile, to the actor. Source: reference/federation 4.1.

JRD (RFC 7033) unless XRD is what the asker likes better. Somebody whom others may not know of is not found here.
"""

from html import escape
from typing import Final
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import bindparam, select

from barbelo.config.reading import read_public_url
from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.domain.accounts.names import Acct, read_acct
from barbelo.domain.accounts.queries import shown
from barbelo.gateways.picture import ACCEPTED
from barbelo.http.context import Ctx
from barbelo.http.errors import missing
from barbelo.http.replies import Bytes, Reply, encode
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound
from barbelo.kernel.urls import Urls

JRD: Final = "application/jrd+json; charset=utf-8"
XRD: Final = "application/xrd+xml; charset=utf-8"
XRD_START: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
)

ACTIVITY: Final = "application/activity+json"
LINKED_DATA: Final = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

_VARY: Final = {"vary": "accept"}
_MIME_BY_SUFFIX: Final = {kind.extension: kind.mime for kind in ACCEPTED}


class Resource(Struct, frozen=True, kw_only=True):
    resource: str


class Link(Struct, frozen=True, kw_only=True):
    rel: str
    type: str | UnsetType = UNSET
    href: str


class Descriptor(Struct, frozen=True, kw_only=True):
    """A JRD document."""

    subject: str
    aliases: list[str]
    links: list[Link]


class Person(Struct, frozen=True, kw_only=True):
    username: str
    uri: str
    url: str
    avatar: str | None
    also_known_as: list[str]


_FIND = statement(
    select(*(accounts.c[name] for name in Person.__struct_fields__)).where(
        accounts.c.username_key == bindparam("name"), accounts.c.host.is_(None), shown()
    ),
    Person,
)


@get("/.well-known/webfinger", auth="none", crowd="federation", params=Resource, tags=("federation",))
async def webfinger(ctx: Ctx, asked: Resource) -> Reply:
    """Who is behind a name or an address, and where their actor is."""
    check_federating(ctx)
    if not asked.resource:
        raise missing("resource")
    acct = read_resource(asked.resource, ctx.urls)
    found = await _find(ctx.db, acct) if acct else None
    if found is None:
        raise NotFound("Couldn't find user")
    descriptor = write_descriptor(found, ctx.urls)
    if prefers_xrd(ctx.request.header("accept")):
        return Reply(Bytes(write_xrd(descriptor).encode(), XRD), headers=_VARY)
    return Reply(Bytes(encode(descriptor), JRD), headers=_VARY)


def check_federating(ctx: Ctx) -> None:
    """Raises `NotFound` on a server that does not talk with others."""
    if not ctx.settings.federation.enabled:
        raise NotFound


def read_resource(resource: str, urls: Urls) -> Acct | None:
    """Whom `resource` names, if it is a name or an address of ours.

    `acct:alice@host`, `alice@host`, `@alice@host`, `https://host/users/alice`, `https://host/@alice`, and `acct:` before
    such an address.
    """
    text = resource.strip()
    if text[:5].lower() == "acct:":
        text = text[5:]
    if "://" in text:
        return _read_address(text, urls)
    text = text.removeprefix("@")
    acct = read_acct(text, urls.host) if "@" in text else None
    return acct if acct is not None and acct.host is None else None


def _read_address(text: str, urls: Urls) -> Acct | None:
    try:
        parts = urlsplit(text)
        origin = read_public_url(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    name = path.removeprefix("/users/" if path.startswith("/users/") else "/@")
    if origin != urls.base or parts.query or name == path or "@" in name:
        return None
    return read_acct(name, urls.host)


async def _find(reader: Reader, acct: Acct) -> Person | None:
    return await reader.one_or_none(_FIND, name=acct.username_key)


def write_descriptor(person: Person, urls: Urls) -> Descriptor:
    links = [
        Link(rel="http://webfinger.net/rel/profile-page", type="text/html", href=person.url),
        Link(rel="self", type=ACTIVITY, href=person.uri),
        Link(rel="self", type=LINKED_DATA, href=person.uri),
    ]
    if person.avatar is not None:
        mime = _MIME_BY_SUFFIX.get(person.avatar.rpartition(".")[2], UNSET)
        href = urls.media(person.avatar)
        links.append(Link(rel="http://webfinger.net/rel/avatar", type=mime, href=href))
    return Descriptor(
        subject=f"acct:{person.username}@{urls.host}",
        aliases=list(dict.fromkeys([person.uri, person.url, *person.also_known_as])),
        links=links,
    )


def write_xrd(descriptor: Descriptor) -> str:
    """The same in XML."""
    parts = [f"<Subject>{escape(descriptor.subject)}</Subject>"]
    parts += [f"<Alias>{escape(alias)}</Alias>" for alias in descriptor.aliases]
    for link in descriptor.links:
        kind = "" if link.type is UNSET else f' type="{escape(link.type)}"'
        parts.append(f'<Link rel="{escape(link.rel)}"{kind} href="{escape(link.href)}"/>')
    return f"{XRD_START}{''.join(parts)}</XRD>"


def prefers_xrd(accept: str) -> bool:
    """Whether `Accept` names XRD and likes it better than any JSON; RFC 7033 makes JRD the usual answer."""
    liked: dict[str, float] = {}
    for choice in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in choice.split(";"))
        liked[kind] = max(_quality(parameters), liked.get(kind, 0))
    json = max(
        liked.get(kind, 0) for kind in ("application/jrd+json", "application/json", "application/*", "*/*")
    )
    return liked.get("application/xrd+xml", 0) > json


def _quality(parameters: list[str]) -> float:
    found = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return float(found)
    except ValueError:
        return 0
