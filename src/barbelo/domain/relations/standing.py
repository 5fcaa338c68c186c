"""What follows from a suspension: the counters of the others no longer count what their lists no longer show.

Both run in the transaction of the suspension, which holds all whom they touch.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Uuid, bindparam, func, not_, select, update

from barbelo.db.database import Tx
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.relations import follows
from barbelo.domain.events import AccountRestored, AccountSuspended

_ID = bindparam("account_id", type_=Uuid())
_FOLLOWED = select(follows.c.followed_id).where(follows.c.follower_id == _ID, follows.c.accepted)
_FOLLOWERS = select(follows.c.follower_id).where(follows.c.followed_id == _ID, follows.c.accepted)
_ASKED = select(follows.c.followed_id).where(follows.c.follower_id == _ID, not_(follows.c.accepted))


def _counting(by: int) -> Sequence[Statement[Any]]:
    """One statement for each of the three counters; whoever it touches has one row for the account."""

    def add(table: Table, key: Column[Any], name: str, whose: Any) -> Statement[Any]:
        counter: ColumnElement[int] = table.c[name]
        return statement(update(table).where(key.in_(whose)).values({name: func.greatest(counter + by, 0)}))

    return (
        add(accounts, accounts.c.id, "followers_count", _FOLLOWED),
        add(accounts, accounts.c.id, "following_count", _FOLLOWERS),
        add(users, users.c.account_id, "follow_requests_count", _ASKED),
    )


_UNCOUNT, _COUNT = _counting(-1), _counting(1)


async def uncount_suspended(tx: Tx, event: AccountSuspended) -> None:
    for one in _UNCOUNT:
        await tx.execute(one, account_id=event.account_id)


async def count_restored(tx: Tx, event: AccountRestored) -> None:
    for one in _COUNT:
        await tx.execute(one, account_id=event.account_id)
