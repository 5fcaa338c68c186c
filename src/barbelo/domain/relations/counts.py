"""The counters of follows, kept by the deeds.

`followers_count` and `following_count` count accepted follows whose other end is not suspended: just those
that the lists show. `users.follow_requests_count` counts requests that wait, by the same rule.
"""

from sqlalchemy import ColumnElement, Integer, Uuid, bindparam, case, func, or_, update

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.domain.relations.pairs import Party

_FOLLOWER, _FOLLOWED = bindparam("follower", type_=Uuid()), bindparam("followed", type_=Uuid())


def _plus(column: ColumnElement[int], by: ColumnElement[int]) -> ColumnElement[int]:
    return func.greatest(column + by, 0)


_COUNT = statement(
    update(accounts)
    .where(or_(accounts.c.id == _FOLLOWER, accounts.c.id == _FOLLOWED))
    .values(
        following_count=_plus(
            accounts.c.following_count,
            case((accounts.c.id == _FOLLOWER, bindparam("following", type_=Integer())), else_=0),
        ),
        followers_count=_plus(
            accounts.c.followers_count,
            case((accounts.c.id == _FOLLOWED, bindparam("followers", type_=Integer())), else_=0),
        ),
    )
)
_COUNT_REQUEST = statement(
    update(users)
    .where(users.c.account_id == _FOLLOWED)
    .values(
        follow_requests_count=_plus(users.c.follow_requests_count, bindparam("requests", type_=Integer()))
    )
)


async def count_follow(tx: Tx, follower: Party, followed: Party, by: int) -> None:
    """One accepted follow more (`by` = 1) or less (-1)."""
    await tx.execute(
        _COUNT,
        follower=follower.id,
        followed=followed.id,
        following=by if followed.stands else 0,
        followers=by if follower.stands else 0,
    )


async def count_request(tx: Tx, follower: Party, followed: Party, by: int) -> None:
    """One request more or less that waits for `followed`; requests to remote accounts are counted there."""
    if follower.stands and followed.host is None:
        await tx.execute(_COUNT_REQUEST, followed=followed.id, requests=by)
