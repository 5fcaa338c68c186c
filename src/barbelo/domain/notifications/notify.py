"""Telling people of what concerns them. All of these are consequences of events.

Always from a small set of candidates (the mentioned, the author), sifted by `may_see` and by what they want; a
notification is a row that exists once, so an event that is told twice tells people once.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, Uuid, bindparam, delete, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Name, Time
from barbelo.db.tables.polls import poll_votes, polls
from barbelo.db.tables.relations import subscriptions
from barbelo.db.tables.statuses import mentions, statuses
from barbelo.db.tables.timelines import notifications
from barbelo.domain.audience.may_see import is_mentioned, may_see
from barbelo.domain.audience.wants import avoids, mutes_notifications, mutes_thread
from barbelo.domain.events import (
    FollowAccepted,
    FollowRejected,
    FollowRequested,
    NotificationCreated,
    PollEnded,
    ReactionAdded,
    ReactionRemoved,
    StatusDeleted,
    StatusEdited,
    StatusLiked,
    StatusPublished,
    StatusUnliked,
    Unfollowed,
)
from barbelo.kernel.ids import AccountId, NotificationId, StatusId

_COLUMNS = ["account_id", "from_account_id", "kind", "status_id", "created_at"]
_FROM = bindparam("by", type_=Uuid())
_STATUS = bindparam("status", type_=Uuid())
_KIND = bindparam("kind", type_=Name)
_NOW = bindparam("now", type_=Time)


class _Made(Struct, frozen=True):
    id: NotificationId
    account_id: AccountId


class _Portion(Struct, frozen=True):
    count: int
    until: int | None


def _telling(candidates: Any) -> Statement[_Made]:
    """Insert a notification for each of `candidates` who does not have it yet."""
    new = insert(notifications).from_select(_COLUMNS, candidates).on_conflict_do_nothing()
    return statement(new.returning(notifications.c.id, notifications.c.account_id), _Made)


def _welcome(account: Any) -> Any:
    """The account wants to hear from who acts, and did not act itself."""
    return ~or_(account == _FROM, avoids(account, _FROM), mutes_notifications(account, _FROM))


_TELL_MENTIONED = _telling(
    select(users.c.account_id, _FROM, literal("mention", Name), statuses.c.id, _NOW)
    .select_from(mentions)
    .join(users, users.c.account_id == mentions.c.account_id)
    .join(statuses, statuses.c.id == mentions.c.status_id)
    .where(
        mentions.c.status_id == _STATUS,
        _welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
        may_see(users.c.account_id),
    )
)
_TELL_AUTHOR = _telling(
    select(users.c.account_id, _FROM, _KIND, statuses.c.id, _NOW)
    .select_from(statuses)
    .join(users, users.c.account_id == statuses.c.account_id)
    .where(
        statuses.c.id == _STATUS,
        _welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
    )
)
_TELL_PERSON = _telling(
    select(users.c.account_id, _FROM, _KIND, null(), _NOW).where(
        users.c.account_id == bindparam("who", type_=Uuid()), _welcome(users.c.account_id)
    )
)


async def notify_mentions(tx: Tx, event: StatusPublished) -> None:
    """Tell those who are mentioned; of a boost, tell the author of what is boosted."""
    boosted = await tx.value(_BOOST_OF, status=event.status_id)
    if boosted is None:
        made = await tx.rows(_TELL_MENTIONED, by=event.account_id, status=event.status_id, now=tx.now())
    else:
        made = await tx.rows(_TELL_AUTHOR, by=event.account_id, status=boosted, kind="reblog", now=tx.now())
    await _tell(tx, made)


SUBSCRIBERS_AT_ONCE = 500  # so many are told in the deed's own transaction, the rest by a job

TELL_SUBSCRIBERS = "tell_subscribers"
"""The job that goes on telling."""

_AFTER, _UNTIL = bindparam("after", type_=BigInteger()), bindparam("until", type_=BigInteger())
_TELL_SUBSCRIBERS = _telling(
    select(users.c.account_id, _FROM, literal("status", Name), statuses.c.id, _NOW)
    .select_from(subscriptions)
    .join(users, users.c.account_id == subscriptions.c.subscriber_id)
    .join(statuses, statuses.c.id == _STATUS)
    .where(
        subscriptions.c.target_id == _FROM,
        subscriptions.c.id > _AFTER,
        subscriptions.c.id <= _UNTIL,
        statuses.c.boost_of_id.is_(None),
        ~is_mentioned(users.c.account_id),  # they are told already
        _welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
        may_see(users.c.account_id),
    )
)
_portion = (
    select(subscriptions.c.id)
    .where(subscriptions.c.target_id == _FROM, subscriptions.c.id > _AFTER)
    .order_by(subscriptions.c.id)
    .limit(bindparam("most", type_=BigInteger()))
    .subquery("portion")
)
_PORTION = statement(select(func.count().label("count"), func.max(_portion.c.id).label("until")), _Portion)


class Telling(Struct, frozen=True, kw_only=True):
    """The payload of `tell_subscribers`: those whose subscription has a number above `after`."""

    status_id: StatusId
    account_id: AccountId
    after: int


async def notify_subscribers(tx: Tx, event: StatusPublished) -> None:
    """Tell those who wish to hear of every status of its author; of answers too, of boosts not."""
    await tell_subscribers(tx, Telling(status_id=event.status_id, account_id=event.account_id, after=0))


async def tell_subscribers(tx: Tx, telling: Telling) -> None:
    """Tell one portion, and leave the next to a job. Twice is once."""
    about = {"by": telling.account_id, "after": telling.after}
    portion = await tx.one(_PORTION, **about, most=SUBSCRIBERS_AT_ONCE)
    if portion.until is None:
        return
    made = await tx.rows(
        _TELL_SUBSCRIBERS, **about, until=portion.until, status=telling.status_id, now=tx.now()
    )
    await _tell(tx, made)
    if portion.count == SUBSCRIBERS_AT_ONCE:
        await enqueue(tx, TELL_SUBSCRIBERS, replace(telling, after=portion.until))


_BOOST_OF = statement(select(statuses.c.boost_of_id).where(statuses.c.id == _STATUS))


async def notify_liked(tx: Tx, event: StatusLiked) -> None:
    made = await tx.rows(
        _TELL_AUTHOR, by=event.account_id, status=event.status_id, kind="favourite", now=tx.now()
    )
    await _tell(tx, made)


_echo = statuses.alias("echo")
_TELL_BOOSTERS = _telling(
    select(users.c.account_id, _FROM, literal("update", Name), statuses.c.id, _NOW)
    .select_from(statuses)
    .join(_echo, _echo.c.boost_of_id == statuses.c.id)
    .join(users, users.c.account_id == _echo.c.account_id)
    .where(statuses.c.id == _STATUS, _welcome(users.c.account_id), may_see(users.c.account_id))
)
_DROP_UPDATES = statement(
    delete(notifications).where(notifications.c.status_id == _STATUS, notifications.c.kind == "update")
)


async def notify_edited(tx: Tx, event: StatusEdited) -> None:
    """Tell those who have boosted what it says now, of the latest version only; and those who are newly named."""
    about = {"by": event.account_id, "status": event.status_id, "now": tx.now()}
    await tx.execute(_DROP_UPDATES, status=event.status_id)
    await _tell(tx, await tx.rows(_TELL_BOOSTERS, **about))
    if event.mentioned:
        await _tell(tx, await tx.rows(_TELL_MENTIONED, **about))


_ENDED = (
    polls.c.status_id == _STATUS,
    polls.c.expires_at <= _NOW,  # or it was put off, and another event will tell
)
_poll_author = statuses.alias("poll_author")
_TELL_VOTERS = _telling(
    select(users.c.account_id, _poll_author.c.account_id, literal("poll", Name), _poll_author.c.id, _NOW)
    .select_from(polls)
    .join(_poll_author, _poll_author.c.id == polls.c.status_id)
    .join(poll_votes, poll_votes.c.poll_id == polls.c.id)
    .join(users, users.c.account_id == poll_votes.c.account_id)
    .where(*_ENDED, ~avoids(users.c.account_id, _poll_author.c.account_id))
)
_TELL_ASKER = _telling(
    select(users.c.account_id, users.c.account_id, literal("poll", Name), _poll_author.c.id, _NOW)
    .select_from(polls)
    .join(_poll_author, _poll_author.c.id == polls.c.status_id)
    .join(users, users.c.account_id == _poll_author.c.account_id)
    .where(*_ENDED)
)


async def notify_poll_ended(tx: Tx, event: PollEnded) -> None:
    """Tell everybody here who has voted, and who has asked."""
    for tell in (_TELL_VOTERS, _TELL_ASKER):
        await _tell(tx, await tx.rows(tell, status=event.status_id, now=tx.now()))


_TELL_OF_EMOJI = statement(
    insert(notifications)
    .from_select(
        [*_COLUMNS, "emoji"],
        select(
            users.c.account_id,
            _FROM,
            literal("pleroma:emoji_reaction", Name),
            statuses.c.id,
            _NOW,
            bindparam("emoji", type_=Name),
        )
        .select_from(statuses)
        .join(users, users.c.account_id == statuses.c.account_id)
        .where(
            statuses.c.id == _STATUS,
            _welcome(users.c.account_id),
            ~mutes_thread(users.c.account_id, statuses.c.thread_id),
        ),
    )
    .on_conflict_do_nothing()
    .returning(notifications.c.id, notifications.c.account_id),
    _Made,
)
_DROP_EMOJI = statement(
    delete(notifications).where(
        notifications.c.status_id == _STATUS,
        notifications.c.from_account_id == _FROM,
        notifications.c.emoji == bindparam("emoji", type_=Name),
    )
)


async def notify_reacted(tx: Tx, event: ReactionAdded) -> None:
    about = {"status": event.status_id, "by": event.account_id, "emoji": event.emoji}
    await _tell(tx, await tx.rows(_TELL_OF_EMOJI, **about, now=tx.now()))


async def withdraw_reacted(tx: Tx, event: ReactionRemoved) -> None:
    await tx.execute(_DROP_EMOJI, status=event.status_id, by=event.account_id, emoji=event.emoji)


async def notify_requested(tx: Tx, event: FollowRequested) -> None:
    await _tell_person(tx, event.followed_id, event.follower_id, "follow_request")


async def notify_followed(tx: Tx, event: FollowAccepted) -> None:
    """A request that was granted becomes a follow: the same line, no new one."""
    if event.asked:
        params = {"who": event.followed_id, "by": event.follower_id}
        await tx.execute(_DROP_FOLLOW, **params, kind="follow")
        await tx.execute(_GRANT, **params)
    else:
        await _tell_person(tx, event.followed_id, event.follower_id, "follow")


async def _tell_person(tx: Tx, who: AccountId, by: AccountId, kind: str) -> None:
    await _tell(tx, await tx.rows(_TELL_PERSON, who=who, by=by, kind=kind, now=tx.now()))


async def _tell(tx: Tx, made: list[_Made]) -> None:
    for one in made:
        await tx.emit(NotificationCreated(notification_id=one.id, account_id=one.account_id))


_PAIR = (
    notifications.c.account_id == bindparam("who", type_=Uuid()),
    notifications.c.from_account_id == _FROM,
)
_GRANT = statement(
    update(notifications).where(*_PAIR, notifications.c.kind == "follow_request").values(kind="follow")
)
_DROP_FOLLOW = statement(delete(notifications).where(*_PAIR, notifications.c.kind == _KIND))
_DROP_ABOUT = statement(
    delete(notifications).where(
        notifications.c.status_id == _STATUS,
        notifications.c.from_account_id == _FROM,
        notifications.c.kind == _KIND,
    )
)


async def withdraw_liked(tx: Tx, event: StatusUnliked) -> None:
    """What was undone is not told any more."""
    await tx.execute(_DROP_ABOUT, status=event.status_id, by=event.account_id, kind="favourite")


async def withdraw_boosted(tx: Tx, event: StatusDeleted) -> None:
    """Of a status that is gone, the notifications went with the row; of a boost they hang on the original."""
    if event.boost_of_id is not None:
        await tx.execute(_DROP_ABOUT, status=event.boost_of_id, by=event.account_id, kind="reblog")


async def withdraw_followed(tx: Tx, event: Unfollowed | FollowRejected) -> None:
    for kind in ("follow", "follow_request"):
        await tx.execute(_DROP_FOLLOW, who=event.followed_id, by=event.follower_id, kind=kind)
