"""To be told of every status of somebody: Mastodon's `notify` of a follow, and Pleroma's subscription without one.

Source: reference/pleroma 4.7.
"""

from sqlalchemy import Uuid, bindparam, delete

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.relations import subscriptions
from barbelo.domain.relations.pairs import OnOneself, hold
from barbelo.kernel.errors import NotAllowed
from barbelo.kernel.ids import AccountId

_ADD = statement(adding(subscriptions, "subscriber_id target_id created_at").on_conflict_do_nothing())
_DROP = statement(
    delete(subscriptions).where(
        subscriptions.c.subscriber_id == bindparam("subscriber", type_=Uuid()),
        subscriptions.c.target_id == bindparam("target", type_=Uuid()),
    )
)


async def subscribe(tx: Tx, subscriber_id: AccountId, target_id: AccountId) -> None:
    """Be told of all that `target_id` says, as far as it may be seen. Twice is once.

    Raises `OnOneself`, `NotFound`, `NotAllowed` when the other has blocked the subscriber.
    """
    if subscriber_id == target_id:
        raise OnOneself("Can not subscribe to yourself")
    pair = await hold(tx, subscriber_id, target_id)
    if pair.ties.blocked:
        raise NotAllowed(f"Could not subscribe: {pair.other.acct} is blocking you")
    await tell_of(tx, subscriber_id, target_id)


async def unsubscribe(tx: Tx, subscriber_id: AccountId, target_id: AccountId) -> None:
    """Be told no more; a follow stays. Raises `NotFound`."""
    await hold(tx, subscriber_id, target_id, gone=True)
    await tell_no_more_of(tx, subscriber_id, target_id)


async def tell_of(tx: Tx, subscriber_id: AccountId, target_id: AccountId) -> None:
    """Both are held."""
    await tx.execute(_ADD, subscriber_id=subscriber_id, target_id=target_id, created_at=tx.now())


async def tell_no_more_of(tx: Tx, subscriber_id: AccountId, target_id: AccountId) -> None:
    """Both are held."""
    await tx.execute(_DROP, subscriber=subscriber_id, target=target_id)
