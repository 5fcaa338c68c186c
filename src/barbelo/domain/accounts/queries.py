"""Finding accounts: by id, by name, many at once. Whoever is suspended or not yet let in is found by nobody."""

import re
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, Text, Uuid, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.domain.accounts.names import Acct, read_acct
from barbelo.domain.drafts import Author
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, find_flake
from barbelo.kernel.urls import Urls


class AccountRow(Struct, frozen=True, kw_only=True):
    """What deeds and doors need to know of an account. `host` is None for one of ours."""

    id: AccountId
    username: str
    host: str | None
    uri: str
    url: str
    locked: bool
    hide_followers: bool
    hide_follows: bool
    hide_favourites: bool

    @property
    def acct(self) -> str:
        return self.username if self.host is None else f"{self.username}@{self.host}"


class _Place(Struct, frozen=True):
    id: AccountId
    host: str | None


class _AuthorRow(Struct, frozen=True, kw_only=True):
    id: AccountId
    username: str
    host: str | None
    actor_type: str
    tags: list[str]
    created_at: datetime
    followers_count: int


def shown(account: FromClause = accounts) -> ColumnElement[bool]:
    """True where others may know of the account: it is not suspended, and confirmed and approved."""
    login = users.alias()
    waits = or_(login.c.confirmed_at.is_(None), login.c.approved_at.is_(None))
    return and_(account.c.suspended_at.is_(None), ~some(login, login.c.account_id == account.c.id, waits))


_FIND = select(*(accounts.c[name] for name in AccountRow.__struct_fields__))
_ID = bindparam("account_id", type_=Uuid())
_BY_ID = statement(_FIND.where(accounts.c.id == _ID, shown()), AccountRow)
_ANY_BY_ID = statement(_FIND.where(accounts.c.id == _ID), AccountRow)
_ANY_BY_NAME = statement(
    _FIND.where(
        accounts.c.username_key == bindparam("name"),
        func.coalesce(accounts.c.host, "") == bindparam("host", type_=Text()),
    ),
    AccountRow,
)
_LOCAL = statement(
    _FIND.where(accounts.c.username_key == bindparam("name"), accounts.c.host.is_(None), shown()), AccountRow
)
_REMOTE = statement(
    _FIND.where(accounts.c.username_key == bindparam("name"), accounts.c.host == bindparam("host"), shown()),
    AccountRow,
)
_AUTHOR = statement(
    select(*(accounts.c[name] for name in _AuthorRow.__struct_fields__)).where(accounts.c.id == _ID, shown()),
    _AuthorRow,
)
_ADDRESS = bindparam("address", type_=Text())
_BY_ADDRESS = statement(_FIND.where(accounts.c.uri == _ADDRESS, shown()), AccountRow)
_SHOWN_OF = statement(
    select(accounts.c.id, accounts.c.host).where(
        accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))), shown()
    ),
    _Place,
)
_ACCTS = bindparam("accts", type_=ARRAY(Text()))
_BY_ACCTS = statement(
    _FIND.where(
        # The names narrow by the index; the whole name decides.
        accounts.c.username_key == any_(bindparam("names", type_=ARRAY(Text()))),
        func.concat_ws("@", accounts.c.username_key, accounts.c.host) == any_(_ACCTS),
        shown(),
    ),
    AccountRow,
)


async def find(reader: Reader, account_id: AccountId) -> AccountRow | None:
    return await reader.one_or_none(_BY_ID, account_id=account_id)


async def get(reader: Reader, account_id: AccountId) -> AccountRow:
    """Raises `NotFound`."""
    return await reader.one(_BY_ID, account_id=account_id)


async def get_unchecked(reader: Reader, account_id: AccountId) -> AccountRow:
    """Suspended or waiting ones too: for jobs, and for undoing what was done before. Raises `NotFound`."""
    return await reader.one(_ANY_BY_ID, account_id=account_id)


async def find_acct(reader: Reader, acct: Acct) -> AccountRow | None:
    """Among those we know; nobody is asked outside."""
    if acct.host is None:
        return await reader.one_or_none(_LOCAL, name=acct.username_key)
    return await reader.one_or_none(_REMOTE, name=acct.username_key, host=acct.host)


async def find_any_acct(reader: Reader, acct: Acct) -> AccountRow | None:
    """Suspended and waiting ones too: for administrators."""
    return await reader.one_or_none(_ANY_BY_NAME, name=acct.username_key, host=acct.host or "")


async def get_author(reader: Reader, account_id: AccountId) -> Author:
    """The facts about who is about to act. Raises `NotFound`."""
    row = await reader.one(_AUTHOR, account_id=account_id)
    return Author(
        id=row.id,
        username=row.username,
        host=row.host,
        bot=row.actor_type in {"Service", "Application"},
        tags=row.tags,
        created_at=row.created_at,
        followers_count=row.followers_count,
    )


async def get_named(reader: Reader, name: str, urls: Urls, *, remote: bool = True) -> AccountRow:
    """By id, or by name as Pleroma's clients do it; `remote` says whether such a name may be a remote one.

    An id wins over a name that looks like one. Raises `NotFound`.
    """
    flake = find_flake(name)
    found = await find(reader, AccountId(flake)) if flake is not None else None
    if found is None and (acct := read_acct(name, urls.host)) and (remote or acct.host is None):
        found = await find_acct(reader, acct)
    if found is None:
        raise NotFound("Can't find user")
    return found


async def get_target(reader: Reader, name: str, urls: Urls, *, remote: bool = True) -> AccountId:
    """As `get_named`, but an id may be that of somebody hidden: what was done to them can be undone."""
    flake = find_flake(name)
    if flake is not None and await reader.one_or_none(_ANY_BY_ID, account_id=flake) is not None:
        return AccountId(flake)
    return (await get_named(reader, name, urls, remote=remote)).id


async def find_address(reader: Reader, address: str, urls: Urls) -> AccountRow | None:
    """By its ActivityPub id, or by the address of a profile page: of ours, or of one as Mastodon has them."""
    ours = urls.base + "/@"
    if address.startswith(ours) and (acct := read_acct(address.removeprefix(ours), urls.host)):
        return await find_acct(reader, acct)
    found = await reader.one_or_none(_BY_ADDRESS, address=address)
    if found is None and (page := _PAGE.fullmatch(address)):
        acct = read_acct(f"{page['name']}@{page['host']}", urls.host)
        named = await find_acct(reader, acct) if acct else None
        found = named if named and named.url == address else None
    return found


_PAGE = re.compile(r"https?://(?P<host>[^/@]+)/@(?P<name>[^/@]+)")


async def list_accts(reader: Reader, accts: Collection[Acct]) -> dict[Acct, AccountRow]:
    """Those of `accts` whom we know, in one query."""
    if not accts:
        return {}
    names = [acct.username_key for acct in accts]
    rows = await reader.rows(_BY_ACCTS, names=names, accts=[str(acct) for acct in accts])
    return {Acct(row.username.lower(), row.host): row for row in rows}


async def keep_shown(
    reader: Reader, ids: Collection[AccountId], *, local: bool = True, remote: bool = True
) -> list[AccountId]:
    """Those of `ids` that others may know of, in the same order and once each."""
    if not ids:
        return []
    found = {row.id: row.host is None for row in await reader.rows(_SHOWN_OF, ids=list(ids))}
    return [one for one in dict.fromkeys(ids) if one in found and (local if found[one] else remote)]
