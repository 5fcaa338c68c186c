"""What followed hashtags bring into the home feeds. All of these are consequences of events."""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.rows import found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.db.tables.tags import followed_tags
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.audience.wants import follows_account
from barbelo.domain.events import StatusEdited, StatusPublished, TagFollowed, TagUnfollowed
from barbelo.domain.timelines.sources import IN_PUBLIC
from barbelo.kernel.ids import StatusId

TAG_FOLLOWERS_AT_ONCE = 500  # so many are fed in the deed's own transaction; more by a job
BACKFILL_ROWS = 40

FEED_TAG_FOLLOWERS = "feed_tag_followers"
"""The job that feeds all who follow a hashtag of one status."""

_STATUS = bindparam("status", type_=Uuid())
_VIEWER = bindparam("viewer", type_=Uuid())
_TAG = bindparam("tag", type_=Name)
_HAS_FEED = users.c.feed_built_at.is_not(None)


def has_followed_tag(viewer: ColumnElement[Any]) -> ColumnElement[bool]:
    """True where the row of `statuses` is public and has a hashtag that `viewer` follows."""
    of_status, followed = status_tags.alias(), followed_tags.alias()
    return and_(
        IN_PUBLIC,
        found(
            of_status,
            of_status.c.status_id == statuses.c.id,
            found(followed, followed.c.account_id == viewer, followed.c.tag == of_status.c.tag),
        ),
    )


_reached = status_tags.join(followed_tags, followed_tags.c.tag == status_tags.c.tag)
_COUNT_FOLLOWERS = statement(
    select(func.count()).select_from(
        select(literal_column("1"))
        .select_from(_reached)
        .where(status_tags.c.status_id == _STATUS)
        .limit(bindparam("most", type_=BigInteger()))
        .subquery()
    )
)
_FEED: Statement[Any] = statement(
    insert(home_feed)
    .from_select(
        ["account_id", "status_id"],
        select(followed_tags.c.account_id, statuses.c.id)
        .select_from(
            _reached.join(statuses, statuses.c.id == status_tags.c.status_id).join(
                users, users.c.account_id == followed_tags.c.account_id
            )
        )
        .where(statuses.c.id == _STATUS, IN_PUBLIC, _HAS_FEED)
        .distinct(),
    )
    .on_conflict_do_nothing()
)


class Tagged(Struct, frozen=True, kw_only=True):
    """The payload of `feed_tag_followers`."""

    status_id: StatusId


async def feed_tags(tx: Tx, event: StatusPublished | StatusEdited) -> None:
    """Put a public status into the feeds of those who follow one of its hashtags."""
    followers = await tx.value(_COUNT_FOLLOWERS, status=event.status_id, most=TAG_FOLLOWERS_AT_ONCE + 1)
    if followers > TAG_FOLLOWERS_AT_ONCE:
        await enqueue(tx, FEED_TAG_FOLLOWERS, Tagged(status_id=event.status_id))
    elif followers:
        await feed_tag_followers(tx, event.status_id)


async def feed_tag_followers(tx: Tx, status_id: StatusId) -> None:
    """Twice is once."""
    await tx.execute(_FEED, status=status_id)


_latest = (
    select(status_tags.c.status_id)
    .join(statuses, statuses.c.id == status_tags.c.status_id)
    .where(status_tags.c.tag == _TAG, IN_PUBLIC)
    .order_by(status_tags.c.status_id.desc())
    .limit(BACKFILL_ROWS)
    .subquery("latest")
)
_BACKFILL: Statement[Any] = statement(
    insert(home_feed)
    .from_select(
        ["account_id", "status_id"],
        select(users.c.account_id, _latest.c.status_id).where(
            users.c.account_id == _VIEWER,
            _HAS_FEED,
            or_(users.c.feed_floor.is_(None), _latest.c.status_id > users.c.feed_floor),
        ),
    )
    .on_conflict_do_nothing()
)
_WITHDRAW = statement(
    delete(home_feed).where(
        home_feed.c.account_id == _VIEWER,
        statuses.c.id == home_feed.c.status_id,
        found(status_tags, status_tags.c.status_id == statuses.c.id, status_tags.c.tag == _TAG),
        statuses.c.account_id != _VIEWER,
        ~follows_account(_VIEWER, statuses.c.account_id),
        ~has_followed_tag(_VIEWER),
    )
)


async def backfill_tag(tx: Tx, event: TagFollowed) -> None:
    """Show at once what was said with it lately."""
    await tx.execute(_BACKFILL, viewer=event.account_id, tag=event.tag)


async def withdraw_tag(tx: Tx, event: TagUnfollowed) -> None:
    """What is at home for no other reason is not at home any more."""
    await tx.execute(_WITHDRAW, viewer=event.account_id, tag=event.tag)
