"""Keeping the home feed: who has one, what goes into it, and when it is built, trimmed and dropped.

`home_feed` is a shortlist of candidates; the rules are asked at reading. A user has a feed exactly while
`users.feed_built_at` is set. It is complete down to `users.feed_floor` (null: all the way down).

A feed is built in two steps, so that nothing slips between them: first it is *opened* (the floor above
everything, so that reading does not trust it yet, while every status published from now on goes into
it), and when no transaction from before the opening can still be under way it is *filled*.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Select, Uuid, bindparam, delete, func, or_, select, true, union_all, update
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.relations import follows
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.db.tables.tags import followed_tags
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.audience.wants import follows_account
from barbelo.domain.timelines.sifting import cut, in_window, lives_there, written_by
from barbelo.domain.timelines.sources import IN_PUBLIC, VIEWER, Which, narrowing
from barbelo.kernel.ids import AccountId

FEED_ROWS = 800
SLACK_ROWS = 200  # trimmed when so many have come on top
SETTLES_AFTER = timedelta(seconds=30)  # longer than any transaction may take
ACTIVE_FOR = timedelta(days=30)
"""Without an authenticated request for so long, a user's feed is dropped, and opened again at the next reading."""

NOTHING_YET = UUID(int=(1 << 128) - 1)
"""The floor of a feed that has been opened and not filled."""

_ID = bindparam("account", type_=Uuid())
_STATUS = bindparam("status", type_=Uuid())


class Feed(Struct, frozen=True):
    built_at: datetime | None
    floor: UUID | None


_STATE = statement(
    select(users.c.feed_built_at.label("built_at"), users.c.feed_floor.label("floor")).where(
        users.c.account_id == _ID
    ),
    Feed,
)
_OPEN = statement(
    update(users)
    .where(users.c.account_id == _ID, users.c.feed_built_at.is_(None))
    .values(feed_built_at=bindparam("now"), feed_floor=NOTHING_YET)
)


async def state(reader: Reader, account_id: AccountId) -> Feed:
    return await reader.one(_STATE, account=account_id)


def wants_work(feed: Feed, now: datetime) -> bool:
    """Whether `tend` has something to do."""
    if feed.built_at is None:
        return True
    return feed.floor == NOTHING_YET and feed.built_at < now - SETTLES_AFTER


async def tend(tx: Tx, account_id: AccountId) -> None:
    """Open a feed that is not there, or fill one that was opened a while ago."""
    feed = await state(tx, account_id)
    if feed.built_at is None:
        await tx.execute(_OPEN, account=account_id, now=tx.now())
    elif wants_work(feed, tx.now()):
        await _fill(tx, account_id)


def candidates(which: Which, *, upwards: bool) -> Select[Any]:
    """A query for what may stand in the home of `:viewer`, each once.

    Own statuses, those of everybody who is followed, and public ones with a followed hashtag. Bounds `:older_than`, `:newer_than` (exclusive) and `:most`. Each source is looked at for no more than `:most` rows.
    """
    theirs = written_by(follows.c.followed_id, which, upwards=upwards).lateral("theirs")
    own = written_by(VIEWER, which, upwards=upwards).subquery("own")
    tagged = _with_followed_tags(which, upwards=upwards).subquery("tagged")
    home = union_all(
        select(theirs.c.id)
        .select_from(follows.join(theirs, true()))
        .where(
            follows.c.follower_id == VIEWER, follows.c.accepted, *lives_there(follows.c.followed_id, which)
        ),
        select(own.c.id),
        select(tagged.c.id),
    ).subquery("home")
    return cut(select(home.c.id), home.c.id, upwards=upwards)


def _with_followed_tags(which: Which, *, upwards: bool) -> Select[Any]:
    """Of people who are not followed: the others' are there already."""
    found = cut(
        select(statuses.c.id)
        .join_from(status_tags, statuses, statuses.c.id == status_tags.c.status_id)
        .where(
            status_tags.c.tag == followed_tags.c.tag,
            in_window(status_tags.c.status_id),
            IN_PUBLIC,
            statuses.c.account_id != VIEWER,
            ~follows_account(VIEWER, statuses.c.account_id),
            *narrowing(which),
        ),
        status_tags.c.status_id,
        upwards=upwards,
    ).lateral("found")
    return (
        select(found.c.id)
        .select_from(followed_tags.join(found, true()))
        .where(followed_tags.c.account_id == VIEWER)
        .distinct()
    )


_newest = candidates(Which(), upwards=False).subquery("newest")
_FILL: Statement[Any] = statement(
    insert(home_feed)
    .from_select(["account_id", "status_id"], select(bindparam("viewer", type_=Uuid()), _newest.c.id))
    .on_conflict_do_nothing()
)
_NTH = (
    select(home_feed.c.status_id)
    .where(home_feed.c.account_id == _ID)
    .order_by(home_feed.c.status_id.desc())
    .offset(bindparam("rows", type_=BigInteger()))
    .limit(1)
)
_LAST = statement(_NTH)
_SET_FLOOR = statement(
    update(users).where(users.c.account_id == _ID).values(feed_floor=bindparam("floor", type_=Uuid()))
)
_CUT = statement(
    delete(home_feed).where(
        home_feed.c.account_id == _ID, home_feed.c.status_id < bindparam("floor", type_=Uuid())
    )
)


async def _fill(tx: Tx, account_id: AccountId) -> None:
    await tx.execute(_FILL, viewer=account_id, older_than=NOTHING_YET, newer_than=UUID(int=0), most=FEED_ROWS)
    await trim(tx, account_id)


async def trim(tx: Tx, account_id: AccountId) -> None:
    """Cut the feed to its newest rows; the oldest that stays is the floor."""
    floor = await tx.value(_LAST, account=account_id, rows=FEED_ROWS - 1)
    await tx.execute(_SET_FLOOR, account=account_id, floor=floor)
    if floor is not None:
        await tx.execute(_CUT, account=account_id, floor=floor)


_LONG_FEEDS = statement(
    select(home_feed.c.account_id)
    .group_by(home_feed.c.account_id)
    .having(func.count() > FEED_ROWS + SLACK_ROWS)
    .limit(bindparam("most", type_=BigInteger()))
)


async def long_feeds(reader: Reader, *, most: int) -> list[AccountId]:
    """Whose feeds have grown too long."""
    return await reader.column(_LONG_FEEDS, most=most)


_DORMANT = (
    select(users.c.account_id)
    .where(
        users.c.feed_built_at.is_not(None),
        or_(users.c.last_active_at.is_(None), users.c.last_active_at < bindparam("before")),
        users.c.feed_built_at < bindparam("before"),
    )
    .limit(bindparam("most", type_=BigInteger()))
)
_CLOSE = statement(
    update(users)
    .where(users.c.account_id.in_(_DORMANT.scalar_subquery()))
    .values(feed_built_at=None, feed_floor=None)
    .returning(users.c.account_id)
)
_EMPTY = statement(delete(home_feed).where(home_feed.c.account_id == _ID))


async def close_dormant(tx: Tx, *, most: int) -> int:
    """Drop the feeds of people who have long been away; how many."""
    closed = await tx.column(_CLOSE, before=tx.now() - ACTIVE_FOR, most=most)
    for account_id in closed:
        await tx.execute(_EMPTY, account=account_id)
    return len(closed)
