"""What one does with those who follow, or wish to: let them, decline, remove them."""

from barbelo.db.database import Tx
from barbelo.domain.events import FollowRejected
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
