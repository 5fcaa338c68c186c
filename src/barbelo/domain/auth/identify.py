"""Who a token stands for: one query on the way of every request. Source: reference/pleroma 1.2."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import BigInteger, Uuid, bindparam, or_, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import oauth_tokens, users
from barbelo.db.tables.metadata import Time
from barbelo.domain.auth import opaque
from barbelo.domain.auth.errors import NotActive
from barbelo.domain.auth.logins import Login, Standing
from barbelo.kernel.ids import AccountId, AppId, TokenId
from barbelo.kernel.scopes import KNOWN
from barbelo.kernel.viewer import Viewer

MARK_EVERY = timedelta(hours=1)
"""How often it is written down that a token is used and an account is there."""


class Person(Standing, frozen=True, kw_only=True):
    """The account of a token."""

    id: AccountId
    username: str
    is_admin: bool
    is_moderator: bool
    last_active_at: datetime | None


class Bearer(Struct, frozen=True, kw_only=True):
    """What a good token stands for: an app, and mostly a person."""

    token_id: TokenId
    app_id: AppId
    scopes: frozenset[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    person: Person | None

    @property
    def viewer(self) -> Viewer | None:
        """The person, when there is one and the account is active."""
        person = self.person
        if person is None or person.refusal is not None:
            return None
        return Viewer(
            id=person.id,
            username=person.username,
            scopes=self.scopes,
            app_id=self.app_id,
            token_id=self.token_id,
            is_admin=person.is_admin,
            is_moderator=person.is_moderator,
        )

    @property
    def refusal(self) -> NotActive | None:
        return self.person.refusal if self.person else None


class _Row(Struct, frozen=True):
    token_id: TokenId
    app_id: AppId
    scopes: frozenset[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    id: AccountId | None
    username: str | None
    suspended_at: datetime | None
    confirmed_at: datetime | None
    approved_at: datetime | None
    password_reset_required: bool | None
    is_admin: bool | None
    is_moderator: bool | None
    last_active_at: datetime | None


_TOKEN = statement(
    select(
        oauth_tokens.c.id.label("token_id"),
        *[oauth_tokens.c[name] for name in ("app_id", "scopes", "expires_at", "last_used_at")],
        *[accounts.c[name] for name in ("id", "username", "suspended_at")],
        *[
            users.c[name]
            for name in (
                "confirmed_at approved_at password_reset_required is_admin is_moderator last_active_at"
            ).split()
        ],
    )
    .join_from(oauth_tokens, users, users.c.account_id == oauth_tokens.c.account_id, isouter=True)
    .join(accounts, accounts.c.id == users.c.account_id, isouter=True)
    .where(
        oauth_tokens.c.token_hash == bindparam("token_hash"),
        or_(oauth_tokens.c.expires_at.is_(None), oauth_tokens.c.expires_at > bindparam("now", type_=Time)),
    ),
    _Row,
)
_NOW, _STALE = bindparam("now", type_=Time), bindparam("stale", type_=Time)
_MARK_TOKEN = statement(
    update(oauth_tokens)
    .where(
        oauth_tokens.c.id == bindparam("token_id", type_=BigInteger()),
        or_(oauth_tokens.c.last_used_at.is_(None), oauth_tokens.c.last_used_at < _STALE),
    )
    .values(last_used_at=_NOW)
)
_MARK_PERSON = statement(
    update(users)
    .where(
        users.c.account_id == bindparam("account_id", type_=Uuid()),
        or_(users.c.last_active_at.is_(None), users.c.last_active_at < _STALE),
    )
    .values(last_active_at=_NOW)
)


async def by_token(reader: Reader, access_token: str) -> Bearer | None:
    """None for a token that is unknown, expired or revoked."""
    row = await reader.one_or_none(_TOKEN, token_hash=opaque.digest(access_token), now=reader.now())
    if row is None:
        return None
    return Bearer(
        token_id=row.token_id,
        app_id=row.app_id,
        scopes=row.scopes,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        person=_person(row),
    )


def _person(row: _Row) -> Person | None:
    if row.id is None or row.username is None:
        return None
    return Person(
        id=row.id,
        username=row.username,
        suspended_at=row.suspended_at,
        confirmed_at=row.confirmed_at,
        approved_at=row.approved_at,
        password_reset_required=bool(row.password_reset_required),
        is_admin=bool(row.is_admin),
        is_moderator=bool(row.is_moderator),
        last_active_at=row.last_active_at,
    )


def viewer_of(login: Login) -> Viewer | None:
    """The viewer of a request with name and password (HTTP Basic): it may do everything its owner may."""
    if login.refusal is not None:
        return None
    return Viewer(
        id=login.account_id,
        username=login.username,
        scopes=KNOWN,
        is_admin=login.is_admin,
        is_moderator=login.is_moderator,
    )


def is_stale(marked_at: datetime | None, now: datetime) -> bool:
    """Whether it is time to write down again that somebody was there."""
    return marked_at is None or now - marked_at > MARK_EVERY


async def mark(tx: Tx, token_id: TokenId | None, account_id: AccountId | None) -> None:
    """Write down that this token is used and this account is there; at most once an hour each."""
    now = tx.now()
    stale = now - MARK_EVERY
    if token_id is not None:
        await tx.execute(_MARK_TOKEN, token_id=token_id, now=now, stale=stale)
    if account_id is not None:
        await tx.execute(_MARK_PERSON, account_id=account_id, now=now, stale=stale)
