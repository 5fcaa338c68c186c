"""What accounts are rendered from: one query for all of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Integer, Uuid, any_, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.domain.conversations.queries import unread_of
from barbelo.kernel.ids import AccountId


class Field(Struct, frozen=True, kw_only=True, gc=False):
    """A line of a profile. `verified_at`: the page behind the link names this account with `rel="me"`."""

    name: str
    value: str  # safe HTML; as it was typed in `source`
    verified_at: str | None = None


class AccountData(Struct, frozen=True, kw_only=True, gc=False):
    """A row of `accounts`, and of its login what everybody may know (None for remote accounts)."""

    id: AccountId
    username: str
    host: str | None
    uri: str
    url: str
    actor_type: str
    display_name: str
    note: str
    note_source: str
    fields: list[Field]
    fields_source: list[Field]
    emojis: dict[str, str]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    background: str | None
    locked: bool
    discoverable: bool | None
    indexable: bool
    hide_followers: bool
    hide_follows: bool
    hide_followers_count: bool
    hide_follows_count: bool
    hide_favourites: bool
    show_role: bool
    accepts_chat_messages: bool | None
    birthday: str | None
    show_birthday: bool
    tags: list[str]
    also_known_as: list[str]
    moved_to_id: AccountId | None
    statuses_count: int
    followers_count: int
    following_count: int
    last_status_at: datetime | None
    suspended_at: datetime | None
    created_at: datetime
    is_admin: bool | None
    is_moderator: bool | None
    confirmed_at: datetime | None
    account_version: int  # the transactions that wrote the two rows
    login_version: int | None


_LOGIN = ("is_admin", "is_moderator", "confirmed_at")
_COLUMNS = [
    *((users if name in _LOGIN else accounts).c[name] for name in AccountData.__struct_fields__[:-2]),
    literal_column("accounts.xmin", Integer).label("account_version"),
    literal_column("users.xmin", Integer).label("login_version"),
]

_ACCOUNTS = statement(
    select(*_COLUMNS)
    .select_from(accounts.outerjoin(users, users.c.account_id == accounts.c.id))
    .where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))),
    AccountData,
)


async def read_accounts(reader: Reader, ids: Collection[AccountId]) -> list[AccountData]:
    """In no order; ids of nobody are left out."""
    return await reader.rows(_ACCOUNTS, ids=list(ids))


class LoginData(Struct, frozen=True, kw_only=True, gc=False):
    """What only its owner sees of an account."""

    email: str | None
    locale: str
    default_visibility: str
    default_sensitive: bool
    default_language: str | None
    preferences: dict[str, Any]
    settings_store: dict[str, Any]
    follow_requests_count: int
    show_role: bool
    show_birthday: bool
    unread_conversations: int


_OWN = [name for name in LoginData.__struct_fields__ if name != "unread_conversations"]
_LOGIN_OF = statement(
    select(
        *((users if name in users.c else accounts).c[name] for name in _OWN),
        unread_of(users.c.account_id).label("unread_conversations"),
    )
    .join_from(users, accounts, accounts.c.id == users.c.account_id)
    .where(users.c.account_id == bindparam("account_id", type_=Uuid())),
    LoginData,
)


async def read_login(reader: Reader, account_id: AccountId) -> LoginData:
    """Raises `NotFound` for an account that nobody here signs in to."""
    return await reader.one(_LOGIN_OF, account_id=account_id)
