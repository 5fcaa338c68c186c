"""What does not outlive a follow: being told of every status, and being shown on a profile."""

from barbelo.db.database import Tx
from barbelo.domain.events import AccountBlocked, FollowRejected, Unfollowed
from barbelo.domain.relations.endorse import withdraw
from barbelo.domain.relations.subscribe import tell_no_more_of
from barbelo.kernel.ids import AccountId


async def forget_ties(tx: Tx, event: Unfollowed | FollowRejected) -> None:
    await _forget(tx, event.follower_id, event.followed_id)


async def forget_both(tx: Tx, event: AccountBlocked) -> None:
    """Also where there was no follow to end."""
    await _forget(tx, event.blocker_id, event.blocked_id)
    await _forget(tx, event.blocked_id, event.blocker_id)


async def _forget(tx: Tx, one: AccountId, other: AccountId) -> None:
    await tell_no_more_of(tx, one, other)
    await withdraw(tx, one, other)
