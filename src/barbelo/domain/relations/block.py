"""Blocking: both stop following each other, and no request stays open."""

from sqlalchemy import Uuid, bindparam, delete

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.relations import blocks
from barbelo.domain.events import AccountBlocked, AccountUnblocked, FollowRejected, Unfollowed
from barbelo.domain.relations.follow import drop
from barbelo.domain.relations.pairs import OnOneself, hold
from barbelo.kernel.ids import AccountId
from barbelo.kernel.origin import Origin

_ADD = statement(
    adding(blocks, "blocker_id blocked_id created_at").on_conflict_do_nothing().returning(blocks.c.id)
)
_DROP = statement(
    delete(blocks).where(
        blocks.c.blocker_id == bindparam("blocker", type_=Uuid()),
        blocks.c.blocked_id == bindparam("blocked", type_=Uuid()),
    )
)


async def block(tx: Tx, blocker_id: AccountId, blocked_id: AccountId, origin: Origin) -> None:
    """Doing it twice is doing it once. Raises `OnOneself`, `NotFound`."""
    if blocker_id == blocked_id:
        raise OnOneself("Can not block yourself")
    pair = await hold(tx, blocker_id, blocked_id)
    if await drop(tx, pair.one, pair.other):
        await tx.emit(Unfollowed(follower_id=blocker_id, followed_id=blocked_id, origin=origin))
    if await drop(tx, pair.other, pair.one):
        await tx.emit(FollowRejected(follower_id=blocked_id, followed_id=blocker_id, origin=origin))
    made = await tx.value(_ADD, blocker_id=blocker_id, blocked_id=blocked_id, created_at=tx.now())
    if made is not None:
        await tx.emit(AccountBlocked(blocker_id=blocker_id, blocked_id=blocked_id, origin=origin))


async def unblock(tx: Tx, blocker_id: AccountId, blocked_id: AccountId, origin: Origin) -> None:
    """What the block ended does not come back by itself. Raises `NotFound` for an account that is not there."""
    await hold(tx, blocker_id, blocked_id, gone=True)
    if await tx.execute(_DROP, blocker=blocker_id, blocked=blocked_id):
        await tx.emit(AccountUnblocked(blocker_id=blocker_id, blocked_id=blocked_id, origin=origin))
