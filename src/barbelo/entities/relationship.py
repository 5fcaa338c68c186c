"""What two accounts are to each other, seen by the one who asks.

Source: docs.joinmastodon.org/entities/Relationship, reference/pleroma 2.2.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Boolean, ColumnElement, Uuid, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.featured import endorsements
from barbelo.db.tables.relations import account_notes, blocks, domain_blocks, follows, mutes, subscriptions
from barbelo.entities.times import iso_or_none
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, encode


class Relationship(Struct, frozen=True, kw_only=True):
    """`subscribing` and `notifying` are one switch under two names."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    subscribing: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class _Row(Struct, frozen=True, kw_only=True):
    id: AccountId
    accepted: bool | None  # None: no follow at all
    show_boosts: bool | None
    notifying: bool
    languages: list[str] | None
    accepted_back: bool | None
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool | None
    muting_expires_at: datetime | None
    domain_blocking: bool
    endorsed: bool
    note: str | None


_VIEWER = bindparam("viewer", type_=Uuid())
_back = follows.alias("back")
_theirs = blocks.alias("theirs")


def _muted() -> ColumnElement[bool]:
    in_force = or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > func.now())
    return and_(mutes.c.muter_id == _VIEWER, mutes.c.muted_id == accounts.c.id, in_force)


_RELATIONSHIPS = statement(
    select(
        accounts.c.id,
        follows.c.accepted,
        follows.c.show_boosts,
        some(
            subscriptions,
            subscriptions.c.subscriber_id == _VIEWER,
            subscriptions.c.target_id == accounts.c.id,
        ).label("notifying"),
        follows.c.languages,
        _back.c.accepted.label("accepted_back"),
        some(blocks, blocks.c.blocker_id == _VIEWER, blocks.c.blocked_id == accounts.c.id).label("blocking"),
        some(_theirs, _theirs.c.blocker_id == accounts.c.id, _theirs.c.blocked_id == _VIEWER).label(
            "blocked_by"
        ),
        mutes.c.id.is_not(None).label("muting"),
        mutes.c.notifications.label("muting_notifications"),
        mutes.c.expires_at.label("muting_expires_at"),
        some(
            domain_blocks, domain_blocks.c.account_id == _VIEWER, domain_blocks.c.host == accounts.c.host
        ).label("domain_blocking"),
        some(
            endorsements, endorsements.c.account_id == _VIEWER, endorsements.c.target_id == accounts.c.id
        ).label("endorsed"),
        account_notes.c.note,
    )
    .select_from(accounts)
    .outerjoin(follows, and_(follows.c.follower_id == _VIEWER, follows.c.followed_id == accounts.c.id))
    .outerjoin(_back, and_(_back.c.follower_id == accounts.c.id, _back.c.followed_id == _VIEWER))
    .outerjoin(mutes, _muted())
    .outerjoin(
        account_notes,
        and_(account_notes.c.account_id == _VIEWER, account_notes.c.target_id == accounts.c.id),
    )
    .where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .where(or_(bindparam("with_suspended", type_=Boolean()), accounts.c.suspended_at.is_(None))),
    _Row,
)


async def render_relationships(
    reader: Reader, viewer: AccountId, ids: Collection[AccountId], *, with_suspended: bool = True
) -> list[Relationship]:
    """In the order of `ids`, ids of nobody left out. One query."""
    if not ids:
        return []
    rows = await reader.rows(_RELATIONSHIPS, viewer=viewer, ids=list(ids), with_suspended=with_suspended)
    found = {row.id: _render(row) for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


async def render_relationship(reader: Reader, viewer: AccountId, other: AccountId) -> Relationship:
    """With anybody, suspended or not. Raises `NotFound` when the account has just gone."""
    found = await render_relationships(reader, viewer, [other])
    if not found:
        raise NotFound
    return found[0]


def _render(row: _Row) -> Relationship:
    return Relationship(
        id=encode(row.id),
        following=row.accepted is True,
        showing_reblogs=row.show_boosts is True,
        notifying=row.notifying,
        subscribing=row.notifying,
        languages=row.languages,
        followed_by=row.accepted_back is True,
        blocking=row.blocking,
        blocked_by=row.blocked_by,
        muting=row.muting,
        muting_notifications=row.muting_notifications is True,
        muting_expires_at=iso_or_none(row.muting_expires_at),
        requested=row.accepted is False,
        requested_by=row.accepted_back is False,
        domain_blocking=row.domain_blocking,
        endorsed=row.endorsed,
        note=row.note or "",
    )
