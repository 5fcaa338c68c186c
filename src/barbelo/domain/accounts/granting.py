"""What administrators grant and take away: roles, admission, tags. And the list of those who live here.

What concerns whoever is signed in is told as a change of profile, so that no process goes on with what it remembers.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Uuid,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Name, Time
from barbelo.domain.events import ProfileChanged
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId

MOST_TAGS = 50
LONGEST_TAG = 100

_ID = bindparam("account_id", type_=Uuid())
_SET_ROLES = statement(
    update(users)
    .where(users.c.account_id == _ID)
    .values(
        is_admin=func.coalesce(bindparam("is_admin", type_=Boolean()), users.c.is_admin),
        is_moderator=func.coalesce(bindparam("is_moderator", type_=Boolean()), users.c.is_moderator),
    )
)
_NOW = bindparam("now", type_=Time)
_CONFIRM = statement(
    update(users)
    .where(users.c.account_id == _ID)
    .values(
        confirmed_at=case(
            (bindparam("confirmed", type_=Boolean()), func.coalesce(users.c.confirmed_at, _NOW)), else_=None
        )
    )
)
_CONFIRM_ALL = statement(
    update(users)
    .where(users.c.confirmed_at.is_(None))
    .values(confirmed_at=_NOW)
    .returning(users.c.account_id)
)
_UNCONFIRM_ALL = statement(
    update(users)
    .where(users.c.confirmed_at.is_not(None), ~users.c.is_admin, ~users.c.is_moderator)
    .values(confirmed_at=None)
    .returning(users.c.account_id)
)
_APPROVE = statement(
    update(users)
    .where(users.c.account_id == _ID)
    .values(approved_at=func.coalesce(users.c.approved_at, _NOW))
)
_TAGS = statement(select(func.unnest(accounts.c.tags)).where(accounts.c.id == _ID))
_HOLD = statement(select(accounts.c.id).where(accounts.c.id == _ID).with_for_update(key_share=True))
_SET_TAGS = statement(
    update(accounts).where(accounts.c.id == _ID).values(tags=bindparam("tags", type_=ARRAY(Name)))
)


class Resident(Struct, frozen=True, kw_only=True):
    """One of ours, as administrators see them."""

    id: AccountId
    username: str
    email: str | None
    is_admin: bool
    is_moderator: bool
    confirmed_at: datetime | None
    approved_at: datetime | None
    suspended_at: datetime | None
    created_at: datetime


_RESIDENTS = statement(
    select(*((accounts if name in accounts.c else users).c[name] for name in Resident.__struct_fields__))
    .join_from(users, accounts, accounts.c.id == users.c.account_id)
    .where(accounts.c.id > bindparam("after", type_=Uuid()))
    .where(
        or_(~bindparam("staff", type_=Boolean()), users.c.is_admin, users.c.is_moderator),
        or_(
            ~bindparam("waiting", type_=Boolean()),
            users.c.confirmed_at.is_(None),
            users.c.approved_at.is_(None),
        ),
    )
    .order_by(accounts.c.id)
    .limit(bindparam("most", type_=BigInteger())),
    Resident,
)


async def list_residents(
    reader: Reader, *, after: AccountId, most: int, staff: bool = False, waiting: bool = False
) -> list[Resident]:
    """The oldest first, from behind `after`. `staff`: with a role only; `waiting`: not let in yet only."""
    return await reader.rows(_RESIDENTS, after=after, most=most, staff=staff, waiting=waiting)


async def set_roles(
    tx: Tx, account_id: AccountId, *, is_admin: bool | None = None, is_moderator: bool | None = None
) -> None:
    """None leaves a role as it is. Raises `NotFound` for an account that nobody here signs in to."""
    if not await tx.execute(_SET_ROLES, account_id=account_id, is_admin=is_admin, is_moderator=is_moderator):
        raise NotFound
    await tx.emit(ProfileChanged(account_id=account_id))


async def confirm(tx: Tx, account_id: AccountId, *, confirmed: bool = True) -> None:
    """Count the address as confirmed, or no longer: then the account waits. Raises `NotFound`."""
    if not await tx.execute(_CONFIRM, account_id=account_id, confirmed=confirmed, now=tx.now()):
        raise NotFound
    await tx.emit(ProfileChanged(account_id=account_id))


async def confirm_all(tx: Tx, *, confirmed: bool = True) -> int:
    """All who wait; or, the other way round, all but those with a role. Gives how many."""
    if confirmed:
        changed = await tx.column(_CONFIRM_ALL, now=tx.now())
    else:
        changed = await tx.column(_UNCONFIRM_ALL)
    for account_id in changed:
        await tx.emit(ProfileChanged(account_id=account_id))
    return len(changed)


async def approve(tx: Tx, account_id: AccountId) -> None:
    """Let in somebody who waits for it. Raises `NotFound`."""
    if not await tx.execute(_APPROVE, account_id=account_id, now=tx.now()):
        raise NotFound
    await tx.emit(ProfileChanged(account_id=account_id))


async def tag(tx: Tx, account_id: AccountId, tags: Collection[str]) -> list[str]:
    """Add tags, and give all there are now. Raises `NotFound`, `Invalid`. Source: reference/pleroma 10.3."""
    if any(not one.strip() or len(one) > LONGEST_TAG for one in tags):
        raise Invalid(f"A tag has 1 to {LONGEST_TAG} characters", field="tags")
    wanted = [one.strip().lower() for one in tags]
    return await _retag(tx, account_id, lambda now: list(dict.fromkeys([*now, *wanted])))


async def untag(tx: Tx, account_id: AccountId, tags: Collection[str]) -> list[str]:
    """Take tags away, and give those that are left. Raises `NotFound`."""
    unwanted = {one.strip().lower() for one in tags}
    return await _retag(tx, account_id, lambda now: [one for one in now if one not in unwanted])


async def _retag(tx: Tx, account_id: AccountId, change: Callable[[list[str]], list[str]]) -> list[str]:
    if await tx.value(_HOLD, account_id=account_id) is None:
        raise NotFound
    now = await tx.column(_TAGS, account_id=account_id)
    then = change(now)
    if len(then) > MOST_TAGS:
        raise Invalid(f"An account has at most {MOST_TAGS} tags", field="tags")
    if then != now:
        await tx.execute(_SET_TAGS, account_id=account_id, tags=then)
        await tx.emit(ProfileChanged(account_id=account_id))
    return then
