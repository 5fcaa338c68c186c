"""Suspending an account, restoring it, and removing it for good."""

from sqlalchemy import Uuid, bindparam, delete, func, or_, select, union, update

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Time
from barbelo.db.tables.relations import follows
from barbelo.db.tables.statuses import likes, statuses, tombstones
from barbelo.domain.accounts.queries import get_unchecked
from barbelo.domain.events import AccountRestored, AccountSuspended
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls

_ID = bindparam("account_id", type_=Uuid())
_NEIGHBOURS = union(
    select(follows.c.followed_id).where(follows.c.follower_id == _ID),
    select(follows.c.follower_id).where(follows.c.followed_id == _ID),
)
# The counters of all whom it follows, or who follow it, change with it. They are locked in the order in which
# `relations` locks a pair, before anything else is.
_HOLD = statement(
    select(accounts.c.id)
    .where(or_(accounts.c.id == _ID, accounts.c.id.in_(_NEIGHBOURS)))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)


_SUSPEND = statement(
    update(accounts)
    .where(accounts.c.id == _ID, accounts.c.suspended_at.is_(None))
    .values(suspended_at=bindparam("now", type_=Time))
)
_RESTORE = statement(
    update(accounts)
    .where(accounts.c.id == _ID, accounts.c.suspended_at.is_not(None))
    .values(suspended_at=None)
)
_UNLIKE = statement(
    update(statuses)
    .where(statuses.c.id.in_(select(likes.c.status_id).where(likes.c.account_id == _ID)))
    .values(likes_count=func.greatest(statuses.c.likes_count - 1, 0))
)
_BURY = statement(adding(tombstones, "uri deleted_at").on_conflict_do_nothing())
_DELETE = statement(delete(accounts).where(accounts.c.id == _ID))


async def suspend(tx: Tx, account_id: AccountId) -> None:
    """Nothing of it is shown to anybody any more, and nobody is signed in to it; all is kept. Twice is once.

    Raises `NotFound`.
    """
    await get_unchecked(tx, account_id)
    await tx.column(_HOLD, account_id=account_id)
    if await tx.execute(_SUSPEND, account_id=account_id, now=tx.now()):
        await tx.emit(AccountSuspended(account_id=account_id))


async def restore(tx: Tx, account_id: AccountId) -> None:
    """Everything is there again. Raises `NotFound`."""
    await get_unchecked(tx, account_id)
    await tx.column(_HOLD, account_id=account_id)
    if await tx.execute(_RESTORE, account_id=account_id):
        await tx.emit(AccountRestored(account_id=account_id))


async def erase(tx: Tx, account_id: AccountId, urls: Urls) -> None:
    """Remove an account and all that hangs on it; its name can never be taken again. Raises `NotFound`.

    Whoever calls has deleted its statuses before, in portions: those are deeds of their own.
    """
    account = await get_unchecked(tx, account_id)
    await suspend(tx, account_id)
    await tx.execute(_UNLIKE, account_id=account_id)
    for uri in {account.uri, urls.actor(account.username.lower())} if account.host is None else {account.uri}:
        await tx.execute(_BURY, uri=uri, deleted_at=tx.now())
    await tx.execute(_DELETE, account_id=account_id)
