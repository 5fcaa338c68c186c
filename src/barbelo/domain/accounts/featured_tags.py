"""Hashtags that somebody shows on their profile. Source: docs.joinmastodon.org/methods/featured_tags."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Uuid,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding, some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.featured import featured_tags
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import statuses
from barbelo.domain.events import TagFeatured, TagUnfeatured
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId
from barbelo.text.scan import is_tag_name, tag_key

MOST = 10
"""Featured hashtags of one account."""
MOST_SUGGESTED = 10
STATUSES_LOOKED_AT = 1000
"""The latest of an account with hashtags, when some are suggested to it."""


class FeaturedRow(Struct, frozen=True, kw_only=True):
    """`statuses_count` counts the open statuses of the account that have the hashtag."""

    id: int
    name: str
    tag: str
    statuses_count: int
    last_status_at: datetime | None


_ACCOUNT = bindparam("account", type_=Uuid())
_TAG = bindparam("tag", type_=Name)
_OWN = featured_tags.c.account_id == _ACCOUNT
_TAGGED: ColumnElement[bool] = literal_column("cardinality(statuses.tags) > 0", Boolean())
"""Said exactly as the index `statuses_tagged_idx` says it."""

_ADD = statement(
    adding(featured_tags, "account_id tag name created_at")
    .on_conflict_do_nothing()
    .returning(featured_tags.c.id)
)
_COUNT = statement(select(func.count()).select_from(featured_tags).where(_OWN))
_HOLD = statement(select(accounts.c.id).where(accounts.c.id == _ACCOUNT).with_for_update(key_share=True))
_DROP = statement(
    delete(featured_tags)
    .where(_OWN, featured_tags.c.id == bindparam("id", type_=BigInteger()))
    .returning(featured_tags.c.tag)
)
_DROP_NAMED = statement(delete(featured_tags).where(_OWN, featured_tags.c.tag == _TAG))
_used = (
    select(func.count().label("statuses_count"), func.max(statuses.c.created_at).label("last_status_at"))
    .where(
        statuses.c.account_id == featured_tags.c.account_id,
        _TAGGED,
        statuses.c.tags.contains(array([featured_tags.c.tag])),
        statuses.c.visibility.in_([literal_column("'public'"), literal_column("'unlisted'")]),
    )
    .lateral("used")
)
_FEATURED = (
    select(
        featured_tags.c.id,
        featured_tags.c.name,
        featured_tags.c.tag,
        _used.c.statuses_count,
        _used.c.last_status_at,
    )
    .join_from(featured_tags, _used, true())
    .where(_OWN)
)
_LIST = statement(_FEATURED.order_by(_used.c.statuses_count.desc(), featured_tags.c.id), FeaturedRow)
_ONE = statement(_FEATURED.where(featured_tags.c.tag == _TAG), FeaturedRow)
_latest = (
    select(statuses.c.id, func.unnest(statuses.c.tags).label("tag"))
    .where(statuses.c.account_id == _ACCOUNT, _TAGGED)
    .order_by(statuses.c.id.desc())
    .limit(bindparam("looked_at", type_=BigInteger()))
    .subquery("latest")
)
_SUGGESTED = statement(
    select(_latest.c.tag)
    .where(~some(featured_tags, _OWN, featured_tags.c.tag == _latest.c.tag))
    .group_by(_latest.c.tag)
    .order_by(func.count().desc(), _latest.c.tag)
    .limit(bindparam("most", type_=BigInteger()))
)


async def feature_tag(tx: Tx, account_id: AccountId, name: str) -> FeaturedRow:
    """Twice is once. Raises `Invalid` for what is no hashtag, and for one too many."""
    name = name.strip().removeprefix("#")
    if not is_tag_name(name) or not name.replace("_", "").isalnum():
        raise Invalid("Validation failed: Name is not a valid hashtag", field="name")
    tag = tag_key(name)
    await tx.value(_HOLD, account=account_id)  # nobody adds beside us
    made = await tx.value(_ADD, account_id=account_id, tag=tag, name=name, created_at=tx.now())
    if made is not None:
        if await tx.value(_COUNT, account=account_id) > MOST:
            raise Invalid("Validation failed: You have already featured the maximum number of hashtags")
        await tx.emit(TagFeatured(account_id=account_id, tag=tag))
    return await tx.one(_ONE, account=account_id, tag=tag)


async def unfeature_tag(tx: Tx, account_id: AccountId, featured_id: int) -> None:
    """Raises `NotFound`, for somebody else's too."""
    tag = await tx.value(_DROP, account=account_id, id=featured_id)
    if tag is None:
        raise NotFound
    await tx.emit(TagUnfeatured(account_id=account_id, tag=tag))


async def unfeature_named(tx: Tx, account_id: AccountId, name: str) -> None:
    """What is not featured is so already."""
    tag = tag_key(name)
    if await tx.execute(_DROP_NAMED, account=account_id, tag=tag):
        await tx.emit(TagUnfeatured(account_id=account_id, tag=tag))


async def list_featured(reader: Reader, account_id: AccountId) -> list[FeaturedRow]:
    """The most used first."""
    return await reader.rows(_LIST, account=account_id)


async def suggest_tags(reader: Reader, account_id: AccountId) -> list[str]:
    """Hashtags that the account has used most of late and does not feature."""
    found: list[str] = await reader.column(
        _SUGGESTED, account=account_id, looked_at=STATUSES_LOOKED_AT, most=MOST_SUGGESTED
    )
    return found
