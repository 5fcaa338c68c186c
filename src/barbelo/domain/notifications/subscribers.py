"""Telling those who wish to hear of every status of somebody. Source: reference/pleroma 4.7."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, bindparam, func, literal, select

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.relations import subscriptions
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import is_mentioned, may_see
from barbelo.domain.audience.wants import mutes_thread
from barbelo.domain.events import StatusPublished
from barbelo.domain.notifications.telling import FROM, STATUS, candidates, tell, telling, welcome
from barbelo.kernel.ids import AccountId, StatusId

SUBSCRIBERS_AT_ONCE = 500  # so many are told in the deed's own transaction, the rest by a job

TELL_SUBSCRIBERS = "tell_subscribers"
"""The job that goes on telling."""


class Telling(Struct, frozen=True, kw_only=True):
    """The payload of `tell_subscribers`: those whose subscription has a number above `after`."""

    status_id: StatusId
    account_id: AccountId
    after: int


class _Portion(Struct, frozen=True):
    count: int
    until: int | None


_AFTER, _UNTIL = bindparam("after", type_=BigInteger()), bindparam("until", type_=BigInteger())
_TELL = telling(
    candidates(users.c.account_id, literal("status", Name), statuses.c.id)
    .select_from(subscriptions)
    .join(users, users.c.account_id == subscriptions.c.subscriber_id)
    .join(statuses, statuses.c.id == STATUS)
    .where(
        subscriptions.c.target_id == FROM,
        subscriptions.c.id > _AFTER,
        subscriptions.c.id <= _UNTIL,
        statuses.c.boost_of_id.is_(None),
        ~is_mentioned(users.c.account_id),  # they are told already
        welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
        may_see(users.c.account_id),
    )
)
_portion = (
    select(subscriptions.c.id)
    .where(subscriptions.c.target_id == FROM, subscriptions.c.id > _AFTER)
    .order_by(subscriptions.c.id)
    .limit(bindparam("most", type_=BigInteger()))
    .subquery("portion")
)
_PORTION = statement(select(func.count().label("count"), func.max(_portion.c.id).label("until")), _Portion)


async def notify_subscribers(tx: Tx, event: StatusPublished) -> None:
    """Tell those who wish to hear of every status of its author; of answers too, of boosts not."""
    await tell_subscribers(tx, Telling(status_id=event.status_id, account_id=event.account_id, after=0))


async def tell_subscribers(tx: Tx, telling: Telling) -> None:
    """Tell one portion, and leave the next to a job. Twice is once."""
    about = {"by": telling.account_id, "after": telling.after}
    portion = await tx.one(_PORTION, **about, most=SUBSCRIBERS_AT_ONCE)
    if portion.until is None:
        return
    made = await tx.rows(_TELL, **about, until=portion.until, status=telling.status_id, now=tx.now())
    await tell(tx, made)
    if portion.count == SUBSCRIBERS_AT_ONCE:
        await enqueue(tx, TELL_SUBSCRIBERS, replace(telling, after=portion.until))
