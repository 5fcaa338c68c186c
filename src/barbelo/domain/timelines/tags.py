"""Hashtags: following them, and how much they are used. Source: docs.joinmastodon.org/methods/tags, entities/Tag.

A hashtag has no row of its own: its key is its name, and its id.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    delete,
    extract,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding, found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.featured import featured_tags
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.db.tables.tags import followed_tags
from barbelo.domain.events import TagFollowed, TagUnfollowed
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId, floor_at
from barbelo.text.scan import hashtag_at, tag_key

MOST_FOLLOWED = 500
"""Each is looked at when home is read below the feed."""
DAYS = 7
MOST_USES = 1000
"""Of one hashtag, nobody counts further back than this."""


class FollowedTag(Struct, frozen=True, kw_only=True):
    """`cursor` is its place in the list."""

    cursor: int
    tag: str


class Use(Struct, frozen=True, kw_only=True):
    """How often a hashtag was used in public on a day (counted since 1970, in UTC), and by how many."""

    tag: str
    day: int
    uses: int
    accounts: int


_ACCOUNT = bindparam("account", type_=Uuid())
_TAGS = bindparam("tags", type_=ARRAY(Text()))

FOLLOWED: Paged[FollowedTag] = Paged(
    select(followed_tags.c.id.label("cursor"), followed_tags.c.tag).where(
        followed_tags.c.account_id == _ACCOUNT
    ),
    followed_tags.c.id,
    FollowedTag,
)
"""By `account`; the one that was followed last comes first."""
_FOLLOWING = statement(
    select(followed_tags.c.tag).where(
        followed_tags.c.account_id == _ACCOUNT, followed_tags.c.tag == any_(_TAGS)
    )
)
_FEATURED = statement(
    select(featured_tags.c.tag).where(
        featured_tags.c.account_id == _ACCOUNT, featured_tags.c.tag == any_(_TAGS)
    )
)
_COUNT = statement(
    select(func.count()).select_from(followed_tags).where(followed_tags.c.account_id == _ACCOUNT)
)
_FOLLOW = statement(
    adding(followed_tags, "account_id tag created_at").on_conflict_do_nothing().returning(followed_tags.c.id)
)
_UNFOLLOW = statement(
    delete(followed_tags).where(
        followed_tags.c.account_id == _ACCOUNT, followed_tags.c.tag == bindparam("tag", type_=Name)
    )
)


def get_tag(name: str) -> str:
    """The key of a hashtag, with or without #. Raises `NotFound` for what cannot be one."""
    key = tag_key(name)
    written = hashtag_at(f"#{key}", 0)
    if written is None or written.name != key:
        raise NotFound
    return key


async def follow_tag(tx: Tx, account_id: AccountId, name: str) -> str:
    """Gives the key. Doing it twice is doing it once. Raises `NotFound`, `Invalid`."""
    tag = get_tag(name)
    if await tx.value(_COUNT, account=account_id) >= MOST_FOLLOWED:
        raise Invalid(f"Validation failed: You can follow at most {MOST_FOLLOWED} hashtags")
    if await tx.value(_FOLLOW, account_id=account_id, tag=tag, created_at=tx.now()) is not None:
        await tx.emit(TagFollowed(account_id=account_id, tag=tag))
    return tag


async def unfollow_tag(tx: Tx, account_id: AccountId, name: str) -> str:
    """Gives the key. Raises `NotFound` for what cannot be a hashtag."""
    tag = get_tag(name)
    if await tx.execute(_UNFOLLOW, account=account_id, tag=tag):
        await tx.emit(TagUnfollowed(account_id=account_id, tag=tag))
    return tag


async def followed_among(reader: Reader, account_id: AccountId, tags: Collection[str]) -> set[str]:
    """Those of `tags` that the account follows."""
    return set(await reader.column(_FOLLOWING, account=account_id, tags=list(tags)))


async def featured_among(reader: Reader, account_id: AccountId, tags: Collection[str]) -> set[str]:
    """Those of `tags` that the account shows on its profile."""
    return set(await reader.column(_FEATURED, account=account_id, tags=list(tags)))


def _uses() -> Statement[Use]:
    names = func.unnest(_TAGS).table_valued(column("tag", Name), name="one")
    one = names.render_derived()
    latest = (
        select(status_tags.c.status_id)
        .where(status_tags.c.tag == one.c.tag, status_tags.c.status_id >= bindparam("floor", type_=Uuid()))
        .order_by(status_tags.c.status_id.desc())
        .limit(MOST_USES)
        .lateral("latest")
    )
    day = func.div(extract("epoch", statuses.c.created_at), 86400).cast(BigInteger())
    return statement(
        select(
            one.c.tag,
            day.label("day"),
            func.count().label("uses"),
            func.count(statuses.c.account_id.distinct()).label("accounts"),
        )
        .select_from(one.join(latest, true()).join(statuses, statuses.c.id == latest.c.status_id))
        .where(
            statuses.c.visibility == literal_column("'public'"),
            found(accounts, accounts.c.id == statuses.c.account_id, accounts.c.suspended_at.is_(None)),
        )
        .group_by(one.c.tag, literal_column("2")),
        Use,
    )


_USES = _uses()


async def uses_of(reader: Reader, tags: Collection[str]) -> list[Use]:
    """In the last seven days, today among them; days without any are missing. One query for all."""
    today = reader.now().replace(hour=0, minute=0, second=0, microsecond=0)
    floor = floor_at(today - timedelta(days=DAYS - 1))
    return await reader.rows(_USES, tags=list(tags), floor=floor)


def days_before(now: datetime) -> list[int]:
    """The seven days that are counted, by their numbers since 1970, today first."""
    today = int(now.timestamp()) // 86400
    return [today - ago for ago in range(DAYS)]
