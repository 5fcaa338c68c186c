"""What publishing and following do to the home feeds. All of these are consequences of events."""

from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Uuid, bindparam, delete, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.rows import some
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.relations import follows
from barbelo.db.tables.statuses import mentions, statuses
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.events import AccountBlocked, FollowAccepted, FollowRejected, StatusPublished, Unfollowed
from barbelo.domain.timelines.tag_feed import feed_tags, has_followed_tag
from barbelo.kernel.ids import AccountId, StatusId

FOLLOWERS_AT_ONCE = 500  # so many are fed in the deed's own transaction; more by a job, in batches
BACKFILL_ROWS = 40

FEED_FOLLOWERS = "feed_followers"
"""The job that feeds one batch of the followers of somebody popular."""

_AUTHOR = bindparam("author", type_=Uuid())
_STATUS = bindparam("status", type_=Uuid())
_AFTER = bindparam("after", type_=BigInteger())
_HAS_FEED = users.c.feed_built_at.is_not(None)

_FEED_AUTHOR: Statement[Any] = statement(
    insert(home_feed)
    .from_select(
        ["account_id", "status_id"],
        select(users.c.account_id, _STATUS).where(users.c.account_id == _AUTHOR, _HAS_FEED),
    )
    .on_conflict_do_nothing()
)

# A direct message is not put into the feeds of all who follow, only of those it is for.
_FOR_FOLLOWER = or_(
    statuses.c.visibility.not_in([literal_column("'direct'"), literal_column("'list'")]),
    some(mentions, mentions.c.status_id == statuses.c.id, mentions.c.account_id == follows.c.follower_id),
)
_FEED_FOLLOWERS: Statement[Any] = statement(
    insert(home_feed)
    .from_select(
        ["account_id", "status_id"],
        select(follows.c.follower_id, statuses.c.id)
        .select_from(follows)
        .join(users, users.c.account_id == follows.c.follower_id)
        .join(statuses, statuses.c.id == _STATUS)
        .where(
            follows.c.followed_id == _AUTHOR,
            follows.c.accepted,
            _HAS_FEED,
            follows.c.id > _AFTER,
            follows.c.id <= bindparam("until", type_=BigInteger()),
            _FOR_FOLLOWER,
        ),
    )
    .on_conflict_do_nothing()
)
_BATCH_END = statement(
    select(
        func.max(
            select(follows.c.id)
            .where(follows.c.followed_id == _AUTHOR, follows.c.id > _AFTER)
            .order_by(follows.c.id)
            .limit(FOLLOWERS_AT_ONCE)
            .subquery()
            .c.id
        )
    )
)


class _Reach(Struct, frozen=True):
    """How many follow the author, and whether the status has hashtags."""

    followers: int
    tagged: bool


_REACH = statement(
    select(
        accounts.c.followers_count.label("followers"), (func.cardinality(statuses.c.tags) > 0).label("tagged")
    )
    .join_from(statuses, accounts, accounts.c.id == statuses.c.account_id)
    .where(statuses.c.id == _STATUS),
    _Reach,
)
_END = (1 << 63) - 1


class Batch(Struct, frozen=True, kw_only=True):
    """The payload of `feed_followers`: those whose follow has a number above `after`."""

    status_id: StatusId
    account_id: AccountId
    after: int = 0


async def feed_home(tx: Tx, event: StatusPublished) -> None:
    """Put a new status into the feed of its author, of those who follow, and of those who follow its hashtags."""
    await tx.execute(_FEED_AUTHOR, author=event.account_id, status=event.status_id)
    reach = await tx.one(_REACH, status=event.status_id)
    if reach.followers > FOLLOWERS_AT_ONCE:
        await enqueue(tx, FEED_FOLLOWERS, Batch(status_id=event.status_id, account_id=event.account_id))
    else:
        await _feed(tx, event.account_id, event.status_id, after=0, until=_END)
    if reach.tagged:
        await feed_tags(tx, event)


async def feed_batch(tx: Tx, batch: Batch) -> None:
    """Feed one batch, and leave the next to another job. Twice is once."""
    until = await tx.value(_BATCH_END, author=batch.account_id, after=batch.after)
    if until is None:
        return
    await _feed(tx, batch.account_id, batch.status_id, after=batch.after, until=until)
    await enqueue(
        tx, FEED_FOLLOWERS, Batch(status_id=batch.status_id, account_id=batch.account_id, after=until)
    )


async def _feed(tx: Tx, author: AccountId, status: StatusId, *, after: int, until: int) -> None:
    await tx.execute(_FEED_FOLLOWERS, author=author, status=status, after=after, until=until)


_VIEWER = bindparam("viewer", type_=Uuid())
_latest = (
    select(statuses.c.id)
    .where(statuses.c.account_id == _AUTHOR)
    .order_by(statuses.c.id.desc())
    .limit(BACKFILL_ROWS)
    .subquery("latest")
)
_BACKFILL: Statement[Any] = statement(
    insert(home_feed)
    .from_select(
        ["account_id", "status_id"],
        select(users.c.account_id, _latest.c.id).where(
            users.c.account_id == _VIEWER,
            _HAS_FEED,
            or_(users.c.feed_floor.is_(None), _latest.c.id > users.c.feed_floor),
        ),
    )
    .on_conflict_do_nothing()
)
_WITHDRAW = statement(
    delete(home_feed).where(
        home_feed.c.account_id == _VIEWER,
        statuses.c.id == home_feed.c.status_id,
        statuses.c.account_id == _AUTHOR,
        ~has_followed_tag(_VIEWER),  # such a status stands there for its own sake
    )
)


async def backfill_home(tx: Tx, event: FollowAccepted) -> None:
    """Show the follower at once what the followed said lately."""
    await tx.execute(_BACKFILL, viewer=event.follower_id, author=event.followed_id)


async def withdraw_home(tx: Tx, event: Unfollowed | FollowRejected) -> None:
    """Whom one does not follow any more is not at home any more."""
    await tx.execute(_WITHDRAW, viewer=event.follower_id, author=event.followed_id)


async def withdraw_both(tx: Tx, event: AccountBlocked) -> None:
    """A block ends the follows in both directions."""
    await tx.execute(_WITHDRAW, viewer=event.blocker_id, author=event.blocked_id)
    await tx.execute(_WITHDRAW, viewer=event.blocked_id, author=event.blocker_id)
