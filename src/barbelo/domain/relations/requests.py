"""What one does with those who follow, or wish to: let them, decline, remove them."""

from sqlalchemy import BigInteger, Uuid, any_, bindparam, not_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import follows
from barbelo.domain.events import AccountUnlocked, FollowRejected
from barbelo.domain.relations.follow import accept, drop
from barbelo.domain.relations.pairs import OnOneself, hold
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId
from barbelo.kernel.origin import Origin


async def authorize(tx: Tx, owner_id: AccountId, follower_id: AccountId, origin: Origin) -> None:
    """Let `follower_id` follow; once let in, saying it again changes nothing. Raises `NotFound`: nobody asked."""
    pair = await hold(tx, owner_id, follower_id)
    if pair.ties.accepted_back is None:
        raise NotFound
    if not pair.ties.accepted_back:
        await accept(tx, pair.other, pair.one, origin)


async def reject(tx: Tx, owner_id: AccountId, follower_id: AccountId, origin: Origin) -> None:
    """Decline a request. Raises `NotFound` when there is none; who follows already is left alone."""
    pair = await hold(tx, owner_id, follower_id, gone=True)
    if pair.ties.accepted_back is not False:
        raise NotFound
    await drop(tx, pair.other, pair.one)
    await tx.emit(FollowRejected(follower_id=follower_id, followed_id=owner_id, origin=origin))


async def remove_follower(tx: Tx, owner_id: AccountId, follower_id: AccountId, origin: Origin) -> None:
    """Be followed no longer by `follower_id`; a request of theirs is declined. Raises `OnOneself`, `NotFound`."""
    if owner_id == follower_id:
        raise OnOneself("Can not unfollow yourself")
    pair = await hold(tx, owner_id, follower_id, gone=True)
    if await drop(tx, pair.other, pair.one):
        await tx.emit(FollowRejected(follower_id=follower_id, followed_id=owner_id, origin=origin))


REQUESTS_AT_ONCE = 50

GRANT_WAITING = "grant_waiting"
"""The job that goes on letting people follow."""

_ACCOUNT = bindparam("account", type_=Uuid())
_WAITING = statement(
    select(follows.c.follower_id)
    .join(accounts, accounts.c.id == follows.c.follower_id)
    .where(follows.c.followed_id == _ACCOUNT, not_(follows.c.accepted), accounts.c.suspended_at.is_(None))
    .order_by(follows.c.id)
    .limit(bindparam("most", type_=BigInteger()))
)
_LOCKED = statement(select(accounts.c.locked).where(accounts.c.id == _ACCOUNT))
_HOLD = statement(
    select(accounts.c.id)
    .where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)


async def grant_waiting(tx: Tx, event: AccountUnlocked) -> None:
    """Whoever has asked may follow now, as whoever comes later may. A portion at a time.

    Mastodon does so; in Pleroma they go on waiting, for an answer that nobody is asked for any more.
    """
    waiting = await tx.column(_WAITING, account=event.account_id, most=REQUESTS_AT_ONCE)
    # All at once and in order, so that two who do this do not wait in a circle.
    await tx.column(_HOLD, ids=[event.account_id, *waiting])
    if await tx.value(_LOCKED, account=event.account_id) is not False:
        return
    for follower in waiting:
        pair = await hold(tx, event.account_id, follower, gone=True)
        if pair.ties.accepted_back is False:
            await accept(tx, pair.other, pair.one, Origin.LOCAL)
    if len(waiting) == REQUESTS_AT_ONCE:
        await enqueue(tx, GRANT_WAITING, event)
