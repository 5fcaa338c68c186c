"""The logins of our own accounts: found by name or address, checked by password, active or not.

Source: reference/pleroma 1.2, 5.3.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Boolean, Select, Uuid, and_, bindparam, or_, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Time
from barbelo.domain.auth.errors import NotActive
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.events import ProfileChanged
from barbelo.kernel.ids import AccountId


class Standing(Struct, frozen=True, kw_only=True):
    """What decides whether an account may come in."""

    suspended_at: datetime | None
    confirmed_at: datetime | None
    approved_at: datetime | None
    password_reset_required: bool

    @property
    def refusal(self) -> NotActive | None:
        """Why it may not; the first reason that holds, in Pleroma's order."""
        if self.suspended_at is not None:
            return NotActive("account_is_disabled")
        if self.password_reset_required:
            return NotActive("password_reset_required")
        if self.confirmed_at is None:
            return NotActive("missing_confirmed_email")
        if self.approved_at is None:
            return NotActive("awaiting_approval")
        return None


class Login(Standing, frozen=True, kw_only=True):
    account_id: AccountId
    username: str
    uri: str
    password_hash: str
    is_admin: bool
    is_moderator: bool
    last_active_at: datetime | None


class Proven(Struct, frozen=True, kw_only=True):
    """A login whose password was right. `better_hash` is to be kept with `keep_better_hash`."""

    login: Login
    better_hash: str | None


def _login() -> Select[tuple[object, ...]]:
    columns = [
        accounts.c.id.label("account_id"),
        *[accounts.c[name] for name in ("username", "uri", "suspended_at")],
        *[
            users.c[name]
            for name in (
                "password_hash confirmed_at approved_at password_reset_required is_admin is_moderator "
                "last_active_at"
            ).split()
        ],
    ]
    return select(*columns).join_from(users, accounts, accounts.c.id == users.c.account_id)


_ACCOUNT = bindparam("account_id", type_=Uuid())
_BY_NAME = statement(
    _login().where(
        or_(
            and_(accounts.c.username_key == bindparam("name"), accounts.c.host.is_(None)),
            users.c.email_key == bindparam("name"),
        )
    ),
    Login,
)
_BY_ID = statement(_login().where(users.c.account_id == _ACCOUNT), Login)
_BETTER_HASH = statement(
    update(users)
    .where(users.c.account_id == _ACCOUNT, users.c.password_hash == bindparam("old"))
    .values(password_hash=bindparam("better"))
)
_NEW_PASSWORD = statement(
    update(users)
    .where(users.c.account_id == _ACCOUNT)
    .values(password_hash=bindparam("password_hash"), password_reset_required=False)
)
_ROLE = statement(
    update(users)
    .where(users.c.account_id == _ACCOUNT)
    .values(
        is_admin=bindparam("is_admin", type_=Boolean()),
        is_moderator=bindparam("is_moderator", type_=Boolean()),
    )
)
_NOW = bindparam("now", type_=Time)
_CONFIRM = statement(
    update(users)
    .where(users.c.account_id == _ACCOUNT, users.c.confirmed_at.is_(None))
    .values(confirmed_at=_NOW)
)
_APPROVE = statement(
    update(users)
    .where(users.c.account_id == _ACCOUNT, users.c.approved_at.is_(None))
    .values(approved_at=_NOW)
)


async def find(reader: Reader, name: str) -> Login | None:
    """By user name or e-mail address, without regard to case; a name may be written `@name`."""
    key = name.strip().lower().removeprefix("@")
    if not key:
        return None
    return await reader.one_or_none(_BY_NAME, name=key)


async def get(reader: Reader, account_id: AccountId) -> Login:
    """Raises `NotFound`."""
    return await reader.one(_BY_ID, account_id=account_id)


async def prove(reader: Reader, passwords: Passwords, name: str, password: str) -> Proven | None:
    """The login that name and password belong to, active or not; None when they are wrong.

    Outside a transaction: hashing takes its time, and the same time for a name that does not exist.
    Raises `Overloaded`.
    """
    login = await find(reader, name)
    verdict = await passwords.check(password, login.password_hash if login else None)
    return Proven(login=login, better_hash=verdict.better) if login and verdict.right else None


def check_active(standing: Standing) -> None:
    """Raises `NotActive`."""
    if refusal := standing.refusal:
        raise refusal


async def keep_better_hash(tx: Tx, proven: Proven) -> None:
    """Replace an old kind of hash, unless the password was changed meanwhile."""
    if proven.better_hash is not None:
        await tx.execute(
            _BETTER_HASH,
            account_id=proven.login.account_id,
            old=proven.login.password_hash,
            better=proven.better_hash,
        )


async def set_password(tx: Tx, account_id: AccountId, password_hash: str) -> None:
    """A new password; whoever calls also decides which sessions end (`tokens.revoke_all`)."""
    await tx.execute(_NEW_PASSWORD, account_id=account_id, password_hash=password_hash)


async def set_role(tx: Tx, account_id: AccountId, *, is_admin: bool, is_moderator: bool) -> None:
    """A role is part of a profile, and those who remember whom a token stands for hear of it."""
    if await tx.execute(_ROLE, account_id=account_id, is_admin=is_admin, is_moderator=is_moderator):
        await tx.emit(ProfileChanged(account_id=account_id))


async def confirm(tx: Tx, account_id: AccountId) -> None:
    """The e-mail address is theirs."""
    await tx.execute(_CONFIRM, account_id=account_id, now=tx.now())


async def approve(tx: Tx, account_id: AccountId) -> None:
    """Somebody of the staff lets them in."""
    await tx.execute(_APPROVE, account_id=account_id, now=tx.now())
