"""Telling people of what concerns them. All of these are consequences of events.

Always from a small set of candidates (the mentioned, the author), sifted by `may_see` and by what they want; a
notification is a row that exists once, so an event that is told twice tells people once.
"""

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, delete, literal, null, select, update

from barbelo.db.database import Tx
from barbelo.db.rows import found
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.polls import poll_votes, polls
from barbelo.db.tables.relations import subscriptions
from barbelo.db.tables.statuses import mentions, statuses
from barbelo.db.tables.timelines import notifications
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import avoids, mutes_thread
from barbelo.domain.events import (
    FollowAccepted,
    FollowRejected,
    FollowRequested,
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
from barbelo.domain.notifications.judging import group_key
from barbelo.domain.notifications.subscribers import notify_subscribers
from barbelo.domain.notifications.telling import (
    FROM,
    KIND,
    NOW,
    STATUS,
    candidates,
    tell,
    telling,
    welcome,
)
from barbelo.kernel.ids import AccountId, StatusId

_TELL_MENTIONED = telling(
    candidates(users.c.account_id, literal("mention", Name), statuses.c.id)
    .select_from(mentions)
    .join(users, users.c.account_id == mentions.c.account_id)
    .join(statuses, statuses.c.id == mentions.c.status_id)
    .where(
        mentions.c.status_id == STATUS,
        welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
        may_see(users.c.account_id),
    )
)
_TELL_AUTHOR = telling(
    candidates(users.c.account_id, KIND, statuses.c.id)
    .select_from(statuses)
    .join(users, users.c.account_id == statuses.c.account_id)
    .where(
        statuses.c.id == STATUS,
        welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
    )
)
_TELL_PERSON = telling(
    candidates(users.c.account_id, KIND, None).where(
        users.c.account_id == bindparam("who", type_=Uuid()), welcome(users.c.account_id)
    )
)


class _Facts(Struct, frozen=True):
    boost_of_id: StatusId | None
    subscribed: bool


_FACTS = statement(
    select(
        statuses.c.boost_of_id,
        found(subscriptions, subscriptions.c.target_id == statuses.c.account_id).label("subscribed"),
    ).where(statuses.c.id == STATUS),
    _Facts,
)


async def notify_published(tx: Tx, event: StatusPublished) -> None:
    """Tell those who are mentioned, and who wish to hear of every status; of a boost, only whose it is."""
    facts = await tx.one(_FACTS, status=event.status_id)
    about = {"by": event.account_id, "now": tx.now()}
    if facts.boost_of_id is not None:
        await tell(tx, await tx.rows(_TELL_AUTHOR, **about, status=facts.boost_of_id, kind="reblog"))
        return
    await tell(tx, await tx.rows(_TELL_MENTIONED, **about, status=event.status_id))
    if facts.subscribed:
        await notify_subscribers(tx, event)


async def notify_liked(tx: Tx, event: StatusLiked) -> None:
    made = await tx.rows(
        _TELL_AUTHOR, by=event.account_id, status=event.status_id, kind="favourite", now=tx.now()
    )
    await tell(tx, made)


_echo = statuses.alias("echo")
_TELL_BOOSTERS = telling(
    candidates(users.c.account_id, literal("update", Name), statuses.c.id)
    .select_from(statuses)
    .join(_echo, _echo.c.boost_of_id == statuses.c.id)
    .join(users, users.c.account_id == _echo.c.account_id)
    .where(statuses.c.id == STATUS, welcome(users.c.account_id), may_see(users.c.account_id))
)
_DROP_UPDATES = statement(
    delete(notifications).where(notifications.c.status_id == STATUS, notifications.c.kind == "update")
)


async def notify_edited(tx: Tx, event: StatusEdited) -> None:
    """Tell those who have boosted what it says now, of the latest version only; and those who are newly named."""
    about = {"by": event.account_id, "status": event.status_id, "now": tx.now()}
    await tx.execute(_DROP_UPDATES, status=event.status_id)
    await tell(tx, await tx.rows(_TELL_BOOSTERS, **about))
    if event.mentioned:
        await tell(tx, await tx.rows(_TELL_MENTIONED, **about))


_ENDED = (
    polls.c.status_id == STATUS,
    polls.c.expires_at <= NOW,  # or it was put off, and another event will tell
)
_poll_author = statuses.alias("poll_author")
_TELL_VOTERS = telling(
    candidates(users.c.account_id, literal("poll", Name), _poll_author.c.id, by=_poll_author.c.account_id)
    .select_from(polls)
    .join(_poll_author, _poll_author.c.id == polls.c.status_id)
    .join(poll_votes, poll_votes.c.poll_id == polls.c.id)
    .join(users, users.c.account_id == poll_votes.c.account_id)
    .where(*_ENDED, ~avoids(users.c.account_id, _poll_author.c.account_id))
)
_TELL_ASKER = telling(
    candidates(users.c.account_id, literal("poll", Name), _poll_author.c.id, by=users.c.account_id)
    .select_from(polls)
    .join(_poll_author, _poll_author.c.id == polls.c.status_id)
    .join(users, users.c.account_id == _poll_author.c.account_id)
    .where(*_ENDED)
)


async def notify_poll_ended(tx: Tx, event: PollEnded) -> None:
    """Tell everybody here who has voted, and who has asked."""
    for asked in (_TELL_VOTERS, _TELL_ASKER):
        await tell(tx, await tx.rows(asked, status=event.status_id, now=tx.now()))


_TELL_OF_EMOJI = telling(
    candidates(
        users.c.account_id,
        literal("pleroma:emoji_reaction", Name),
        statuses.c.id,
        emoji=bindparam("emoji", type_=Name),
    )
    .select_from(statuses)
    .join(users, users.c.account_id == statuses.c.account_id)
    .where(
        statuses.c.id == STATUS,
        welcome(users.c.account_id),
        ~mutes_thread(users.c.account_id, statuses.c.thread_id),
    )
)
_DROP_EMOJI = statement(
    delete(notifications).where(
        notifications.c.status_id == STATUS,
        notifications.c.from_account_id == FROM,
        notifications.c.emoji == bindparam("emoji", type_=Name),
    )
)


async def notify_reacted(tx: Tx, event: ReactionAdded) -> None:
    about = {"status": event.status_id, "by": event.account_id, "emoji": event.emoji}
    await tell(tx, await tx.rows(_TELL_OF_EMOJI, **about, now=tx.now()))


async def withdraw_reacted(tx: Tx, event: ReactionRemoved) -> None:
    await tx.execute(_DROP_EMOJI, status=event.status_id, by=event.account_id, emoji=event.emoji)


async def notify_requested(tx: Tx, event: FollowRequested) -> None:
    await _tell_person(tx, event.followed_id, event.follower_id, "follow_request")


async def notify_followed(tx: Tx, event: FollowAccepted) -> None:
    """A request that was granted becomes a follow: the same line, no new one."""
    if event.asked:
        params = {"who": event.followed_id, "by": event.follower_id}
        await tx.execute(_DROP_FOLLOW, **params, kind="follow")
        await tx.execute(_GRANT, **params, now=tx.now())
    else:
        await _tell_person(tx, event.followed_id, event.follower_id, "follow")


async def _tell_person(tx: Tx, who: AccountId, by: AccountId, kind: str) -> None:
    await tell(tx, await tx.rows(_TELL_PERSON, who=who, by=by, kind=kind, now=tx.now()))


_PAIR = (
    notifications.c.account_id == bindparam("who", type_=Uuid()),
    notifications.c.from_account_id == FROM,
)
_AS_FOLLOW = select(
    literal("follow", Name).label("kind"), null().label("status_id"), NOW.label("created_at")
).subquery("as_follow")
_GRANT = statement(
    update(notifications)
    .where(*_PAIR, notifications.c.kind == "follow_request")
    .values(kind="follow", group_key=select(group_key(_AS_FOLLOW)).scalar_subquery())
)
_DROP_FOLLOW = statement(delete(notifications).where(*_PAIR, notifications.c.kind == KIND))
_DROP_ABOUT = statement(
    delete(notifications).where(
        notifications.c.status_id == STATUS,
        notifications.c.from_account_id == FROM,
        notifications.c.kind == KIND,
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
