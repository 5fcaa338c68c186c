"""What OAuth clients are told: applications, tokens, and what this server can do.

Sources: reference/pleroma 5.1, 5.3; docs.joinmastodon.org/entities/{Application,Token} (4.3); RFC 7662; RFC 8414.
"""

from msgspec import UNSET, Struct, UnsetType

from barbelo.domain.auth.apps import App
from barbelo.domain.auth.tokens import Held, Issued
from barbelo.entities.times import iso_or_none
from barbelo.kernel.scopes import KNOWN
from barbelo.kernel.urls import Urls


class Application(Struct, frozen=True, kw_only=True):
    """An app as it sees itself; its secrets are told only by the answer that makes it."""

    id: str
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str  # all of them, one a line; deprecated and still read
    client_id: str | UnsetType = UNSET
    client_secret: str | UnsetType = UNSET
    client_secret_expires_at: int | UnsetType = UNSET  # 0: never


class Token(Struct, frozen=True, kw_only=True):
    """A new access token. `id` and `me` are Pleroma's; an app's own token has no `me`."""

    id: int
    token_type: str
    access_token: str
    refresh_token: str | UnsetType
    expires_in: int  # seconds
    scope: str
    created_at: int  # Unix time
    me: str | UnsetType = UNSET


class Session(Struct, frozen=True, kw_only=True):
    """One of the tokens of whoever asks. Source: reference/pleroma 4.20."""

    id: int
    app_name: str
    valid_until: str | None
    scopes: list[str]


class UserInfo(Struct, frozen=True, kw_only=True):
    """OpenID's claims, as Mastodon 4.4 has them."""

    iss: str
    sub: str
    name: str
    preferred_username: str
    profile: str
    picture: str


class Introspection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 7662, 2.2. Of a token that is no good nothing but that is said."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    username: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    sub: str | None = None
    iss: str | None = None


class Metadata(Struct, frozen=True, kw_only=True):
    """RFC 8414: where things are and what is supported."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    app_registration_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    userinfo_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]


def render_application(app: App, secret: str | None = None) -> Application:
    return Application(
        id=str(app.id),
        name=app.name,
        website=app.website,
        scopes=app.scopes,
        redirect_uris=app.redirect_uris,
        redirect_uri="\n".join(app.redirect_uris),
        client_id=UNSET if secret is None else app.client_id,
        client_secret=UNSET if secret is None else secret,
        client_secret_expires_at=UNSET if secret is None else 0,
    )


def render_token(issued: Issued, me: str | None) -> Token:
    """`me` is the ActivityPub id of the person; None for an app's own token."""
    return Token(
        id=issued.id,
        token_type="Bearer",  # noqa: S106 - a word of RFC 6750
        access_token=issued.access,
        refresh_token=issued.refresh or UNSET,
        expires_in=issued.lifetime_s,
        scope=" ".join(issued.grant.scopes),
        created_at=int(issued.created_at.timestamp()),
        me=me or UNSET,
    )


def render_session(held: Held) -> Session:
    return Session(
        id=held.id, app_name=held.app_name, valid_until=iso_or_none(held.expires_at), scopes=held.scopes
    )


def render_metadata(urls: Urls, grant_types: list[str]) -> Metadata:
    base = urls.base
    return Metadata(
        issuer=base,
        authorization_endpoint=f"{base}/oauth/authorize",
        token_endpoint=f"{base}/oauth/token",
        app_registration_endpoint=f"{base}/api/v1/apps",
        revocation_endpoint=f"{base}/oauth/revoke",
        introspection_endpoint=f"{base}/oauth/introspect",
        userinfo_endpoint=f"{base}/oauth/userinfo",
        scopes_supported=sorted(KNOWN),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=grant_types,
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        code_challenge_methods_supported=["S256"],
    )
