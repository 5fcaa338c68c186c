"""What messages do to the conversations of those who read them. All of these are consequences of events."""

from typing import Any

from sqlalchemy import Uuid, any_, bindparam, case, delete, func, literal_column, or_, select, union, update
from sqlalchemy.dialects.postgresql import ARRAY, array, insert

from barbelo.db.database import Tx
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.conversations import direct_feed, participations
from barbelo.db.tables.statuses import mentions, statuses
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import avoids, mutes_account, mutes_thread
from barbelo.domain.conversations.queries import DIRECT, latest_for
from barbelo.domain.events import AccountBlocked, AccountMuted, StatusDeleted, StatusEdited, StatusPublished
from barbelo.kernel.visibility import Visibility

_STATUS = bindparam("status", type_=Uuid())
_owner = participations.c.account_id

_people = union(
    select(statuses.c.account_id).where(statuses.c.id == _STATUS),
    select(mentions.c.account_id).where(mentions.c.status_id == _STATUS),
).subquery("people")
_FEED: Statement[Any] = statement(
    insert(direct_feed)
    .from_select(
        ["account_id", "status_id"],
        select(users.c.account_id, statuses.c.id)
        .select_from(_people)
        .join(users, users.c.account_id == _people.c.account_id)
        .join(statuses, statuses.c.id == _STATUS)
        .where(statuses.c.visibility == DIRECT)
        .order_by(users.c.account_id),
    )
    .on_conflict_do_nothing()
    .returning(direct_feed.c.account_id)
)
_muted = or_(
    mutes_account(users.c.account_id, statuses.c.account_id),
    mutes_thread(users.c.account_id, statuses.c.thread_id),
)
_added = insert(participations).from_select(
    ["account_id", "thread_id", "last_status_id", "unread", "recipients"],
    select(
        users.c.account_id,
        statuses.c.thread_id,
        statuses.c.id,
        (users.c.account_id != statuses.c.account_id) & ~_muted,
        select(func.array_agg(_people.c.account_id)).scalar_subquery(),
    )
    .join(statuses, statuses.c.id == _STATUS)
    .where(
        users.c.account_id == any_(bindparam("readers", type_=ARRAY(Uuid()))),
        statuses.c.thread_id.is_not(None),
        ~avoids(users.c.account_id, statuses.c.account_id),
        may_see(users.c.account_id),
    )
    .order_by(users.c.account_id),  # two messages at once take their rows in the same order
)
_TOUCH: Statement[Any] = statement(
    _added.on_conflict_do_update(
        index_elements=["account_id", "thread_id"],
        set_={
            # A message from elsewhere may arrive late, below one that is known already.
            "last_status_id": func.greatest(participations.c.last_status_id, _added.excluded.last_status_id),
            "unread": case(
                (_owner == bindparam("author", type_=Uuid()), literal_column("false")),
                else_=or_(participations.c.unread, _added.excluded.unread),
            ),
        },
    )
)


async def touch_conversation(tx: Tx, event: StatusPublished | StatusEdited) -> None:
    """Bring the thread of a direct message up in the lists of those of ours who take part in it.

    It becomes unread for all but its author and those who have muted author or thread. Whoever has blocked the
    author hears nothing of it. The recipients are those of the first message, and stay.
    """
    readers = await tx.column(_FEED, status=event.status_id)
    if readers:
        await tx.execute(_TOUCH, status=event.status_id, author=event.account_id, readers=readers)


_latest = latest_for(_owner, participations.c.thread_id)
_LOST = participations.c.last_status_id.is_(None)
_SETTLE: Statement[Any] = statement(
    update(participations).where(_LOST).values(last_status_id=_latest.scalar_subquery())
)
_said_last = (
    select(statuses.c.account_id).where(statuses.c.id == participations.c.last_status_id).scalar_subquery()
)
_OWN_WORD_LAST = statement(
    update(participations)
    .where(
        participations.c.unread,
        participations.c.thread_id
        == any_(bindparam("threads", type_=ARRAY(participations.c.thread_id.type))),
        _said_last == _owner,
    )
    .values(unread=False)
)
_LOST_THREADS = statement(select(participations.c.thread_id).where(_LOST).distinct())
_FORGET = statement(delete(participations).where(_LOST))


async def settle_conversations(tx: Tx, event: StatusDeleted) -> None:
    """Where the last message is gone the one before it is the last; where none is left, the conversation goes."""
    if event.visibility != Visibility.DIRECT:
        return
    threads = await tx.column(_LOST_THREADS)
    if not threads:
        return
    await tx.execute(_SETTLE)
    await tx.execute(_FORGET)
    await tx.execute(_OWN_WORD_LAST, threads=threads)


_HUSH = statement(
    update(participations)
    .where(
        _owner == bindparam("blocker", type_=Uuid()),
        participations.c.unread,
        participations.c.recipients.contains(array([bindparam("blocked", type_=Uuid())])),
    )
    .values(unread=False)
)


async def hush_conversations(tx: Tx, event: AccountBlocked) -> None:
    """What somebody said who is blocked now does not wait to be read."""
    await tx.execute(_HUSH, blocker=event.blocker_id, blocked=event.blocked_id)


_HUSH_MUTED = statement(
    update(participations)
    .where(
        _owner == bindparam("muter", type_=Uuid()),
        participations.c.unread,
        _said_last == bindparam("muted", type_=Uuid()),
    )
    .values(unread=False)
)


async def hush_muted(tx: Tx, event: AccountMuted) -> None:
    """Nor does what somebody said last who is muted now."""
    await tx.execute(_HUSH_MUTED, muter=event.muter_id, muted=event.muted_id)
