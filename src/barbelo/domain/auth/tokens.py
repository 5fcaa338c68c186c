"""Access and refresh tokens: issue, refresh, revoke. Who a token stands for is in `identify`.

Source: reference/pleroma 5.3; RFC 6749 6; RFC 7009; RFC 9700 4.14.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from msgspec import Struct
from sqlalchemy import BigInteger, LargeBinary, Uuid, bindparam, delete, or_, select

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.auth import oauth_apps, oauth_codes, oauth_tokens
from barbelo.db.tables.metadata import Time
from barbelo.domain.auth import apps, opaque, scopes
from barbelo.domain.events import AccountSuspended, TokensRevoked
from barbelo.kernel.ids import AccountId, AppId, TokenId
from barbelo.kernel.scopes import within

_MOST_IN_EVENT = 400
"""Tokens that one event names: a notification has room for 8000 bytes."""
_MOST_LISTED = 500


class Grant(Struct, frozen=True, kw_only=True):
    """What a token is to be good for. `account_id` None: the app itself."""

    app_id: AppId
    account_id: AccountId | None
    scopes: list[str]
    code_id: int | None = None


class Lifetime(Struct, frozen=True, kw_only=True):
    """How long tokens are good. `rotate`: a refresh token is good once, and answered with a new one."""

    access_s: int
    rotate: bool = False


class Issued(Struct, frozen=True, kw_only=True):
    """A new token, with the texts that are told only once. `refresh` None: it cannot be renewed."""

    id: TokenId
    access: str
    refresh: str | None
    grant: Grant
    created_at: datetime
    lifetime_s: int


class Token(Struct, frozen=True, kw_only=True):
    id: TokenId
    app_id: AppId
    account_id: AccountId | None
    code_id: int | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class Held(Struct, frozen=True, kw_only=True):
    """A living token, as its owner sees it."""

    id: TokenId
    app_name: str
    expires_at: datetime | None
    scopes: list[str]


_ROW = [oauth_tokens.c[name] for name in Token.__struct_fields__]
_HASH = bindparam("hash", type_=LargeBinary())
_APP = bindparam("app_id", type_=BigInteger())
_ACCOUNT = bindparam("account_id", type_=Uuid())
_NOT_EXPIRED = or_(
    oauth_tokens.c.expires_at.is_(None), oauth_tokens.c.expires_at > bindparam("now", type_=Time)
)

_OWN = statement(
    select(
        oauth_tokens.c.id,
        oauth_apps.c.name.label("app_name"),
        oauth_tokens.c.expires_at,
        oauth_tokens.c.scopes,
    )
    .join(oauth_apps, oauth_apps.c.id == oauth_tokens.c.app_id)
    .where(oauth_tokens.c.account_id == _ACCOUNT, _NOT_EXPIRED)
    .order_by(oauth_tokens.c.id.desc())
    .limit(_MOST_LISTED),
    Held,
)
_ADD = statement(
    adding(
        oauth_tokens,
        "token_hash refresh_hash spent_refresh_hash app_id account_id code_id scopes created_at expires_at",
    ).returning(oauth_tokens.c.id)
)
_FIND = statement(select(*_ROW).where(oauth_tokens.c.token_hash == _HASH, _NOT_EXPIRED), Token)
_FIND_EITHER = statement(
    select(*_ROW).where(or_(oauth_tokens.c.token_hash == _HASH, oauth_tokens.c.refresh_hash == _HASH)), Token
)
_GRANTED = statement(
    select(oauth_tokens.c.scopes)
    .where(oauth_tokens.c.account_id == _ACCOUNT, oauth_tokens.c.app_id == _APP, _NOT_EXPIRED)
    .order_by(oauth_tokens.c.id.desc())
    .limit(50)
)
_TAKE_REFRESH = statement(
    delete(oauth_tokens)
    .where(oauth_tokens.c.refresh_hash == _HASH, oauth_tokens.c.app_id == _APP)
    .returning(*_ROW),
    Token,
)
_DROP_SPENT = statement(
    delete(oauth_tokens).where(oauth_tokens.c.spent_refresh_hash == _HASH).returning(*_ROW), Token
)
_DROP = statement(
    delete(oauth_tokens)
    .where(oauth_tokens.c.id == bindparam("token_id", type_=BigInteger()))
    .returning(*_ROW),
    Token,
)
_DROP_OF_CODE = statement(
    delete(oauth_tokens)
    .where(oauth_tokens.c.code_id == bindparam("code_id", type_=BigInteger()))
    .returning(*_ROW),
    Token,
)
_DROP_OWN = statement(
    delete(oauth_tokens)
    .where(
        oauth_tokens.c.id == bindparam("token_id", type_=BigInteger()), oauth_tokens.c.account_id == _ACCOUNT
    )
    .returning(*_ROW),
    Token,
)
_KEPT = bindparam("kept", type_=BigInteger())  # 0: none
_DROP_OF_ACCOUNT = statement(
    delete(oauth_tokens)
    .where(oauth_tokens.c.account_id == _ACCOUNT, oauth_tokens.c.id != _KEPT)
    .returning(*_ROW),
    Token,
)
_DROP_CODES = statement(
    delete(oauth_codes).where(oauth_codes.c.account_id == _ACCOUNT, oauth_codes.c.used_at.is_(None))
)


async def issue(tx: Tx, grant: Grant, lifetime: Lifetime, *, refreshable: bool = True) -> Issued:
    """A new token. A browser's session is one that is not `refreshable`."""
    return await _issue(tx, grant, lifetime, refresh=opaque.new() if refreshable else None)


async def _issue(
    tx: Tx, grant: Grant, lifetime: Lifetime, *, refresh: str | None, spent: bytes | None = None
) -> Issued:
    access, now = opaque.new(), tx.now()
    token_id = await tx.value(
        _ADD,
        token_hash=opaque.digest(access),
        refresh_hash=opaque.digest(refresh) if refresh else None,
        spent_refresh_hash=spent,
        app_id=grant.app_id,
        account_id=grant.account_id,
        code_id=grant.code_id,
        scopes=grant.scopes,
        created_at=now,
        expires_at=now + timedelta(seconds=lifetime.access_s),
    )
    await apps.mark_used(tx, grant.app_id)
    return Issued(
        id=TokenId(token_id),
        access=access,
        refresh=refresh,
        grant=grant,
        created_at=now,
        lifetime_s=lifetime.access_s,
    )


async def refresh(tx: Tx, app_id: AppId, refresh_token: str, asked: str, lifetime: Lifetime) -> Issued | None:
    """A new access token in the place of the old one, which ends; None when there is nothing to renew.

    As in Pleroma the refresh token stays the same unless `lifetime.rotate`. A rotated one that comes
    back has been stolen from somebody, so what grew out of it ends; that is why None is given and
    no error raised: it has to be committed. `asked` may narrow the scopes. Raises `ScopeTooWide`.
    """
    kept = opaque.digest(refresh_token)
    old = await tx.one_or_none(_TAKE_REFRESH, hash=kept, app_id=app_id)
    if old is None:
        await _tell(tx, await tx.rows(_DROP_SPENT, hash=kept))
        return None
    grant = Grant(
        app_id=app_id,
        account_id=old.account_id,
        scopes=scopes.granted(asked, old.scopes, default=old.scopes),
        code_id=old.code_id,
    )
    await _tell(tx, [old])
    if lifetime.rotate:
        return await _issue(tx, grant, lifetime, refresh=opaque.new(), spent=kept)
    return await _issue(tx, grant, lifetime, refresh=refresh_token)


async def find(reader: Reader, access_token: str) -> Token | None:
    """The row of an access token that has not expired."""
    return await reader.one_or_none(_FIND, hash=opaque.digest(access_token), now=reader.now())


async def find_either(reader: Reader, token: str) -> Token | None:
    """The row that has `token` as its access or its refresh token, expired or not."""
    return await reader.one_or_none(_FIND_EITHER, hash=opaque.digest(token))


async def has_granted(reader: Reader, account_id: AccountId, app_id: AppId, wanted: Sequence[str]) -> bool:
    """Whether the account has a living token that gave `app_id` all of `wanted` before."""
    given = await reader.column(_GRANTED, account_id=account_id, app_id=app_id, now=reader.now())
    return any(within(wanted, scopes_of_token) for scopes_of_token in given)


async def revoke(tx: Tx, token_id: TokenId) -> None:
    await _tell(tx, await tx.rows(_DROP, token_id=token_id))


async def list_own(reader: Reader, account_id: AccountId) -> list[Held]:
    """The living tokens of an account, newest first; at most 500."""
    return await reader.rows(_OWN, account_id=account_id, now=reader.now())


async def revoke_own(tx: Tx, account_id: AccountId, token_id: TokenId) -> None:
    """End one of the account's own tokens; of others nothing happens."""
    await _tell(tx, await tx.rows(_DROP_OWN, account_id=account_id, token_id=token_id))


async def revoke_of_code(tx: Tx, code_id: int) -> None:
    """End what was issued for a code, and what was renewed from that."""
    await _tell(tx, await tx.rows(_DROP_OF_CODE, code_id=code_id))


async def revoke_all(tx: Tx, account_id: AccountId, *, keep: TokenId | None = None) -> None:
    """End all sessions of the account but `keep`: after a new password, a reset, a suspension."""
    await tx.execute(_DROP_CODES, account_id=account_id)
    dropped = await tx.rows(_DROP_OF_ACCOUNT, account_id=account_id, kept=keep or 0)
    if keep is None:  # told even when there was no token: HTTP Basic may be remembered
        await tx.emit(TokensRevoked(account_id=account_id, token_ids=[]))
    else:
        await _tell(tx, dropped)


async def end_sessions(tx: Tx, event: AccountSuspended) -> None:
    """The consequence of a suspension."""
    await revoke_all(tx, event.account_id)


async def _tell(tx: Tx, dropped: Sequence[Token]) -> None:
    """All of `dropped` are of one account, or of none."""
    ids = iter([token.id for token in dropped])
    while some := list(islice(ids, _MOST_IN_EVENT)):
        await tx.emit(TokensRevoked(account_id=dropped[0].account_id, token_ids=some))
