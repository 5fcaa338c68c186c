"""Lists of people: followers, followed, blocked, muted, and those who wait for an answer.

Their order is that of the relation, so their cursor is its number, not an account's id. Source: reference/pleroma 11.2.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Select,
    Table,
    Uuid,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
)

from barbelo.db.paging import Paged
from barbelo.db.rows import some
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.featured import endorsements
from barbelo.db.tables.relations import blocks, domain_blocks, follows, mutes
from barbelo.domain.accounts.queries import shown
from barbelo.kernel.ids import AccountId


class Related(Struct, frozen=True, kw_only=True):
    """An account in a list; `cursor` is its place there."""

    cursor: int
    account_id: AccountId


class Muted(Related, frozen=True, kw_only=True):
    expires_at: datetime | None


_ACCOUNT, _VIEWER = bindparam("account", type_=Uuid()), bindparam("viewer", type_=Uuid())


def _people(
    relation: Table, who: Column[Any], *conditions: ColumnElement[bool], extra: tuple[Column[Any], ...] = ()
) -> Select[Any]:
    return (
        select(relation.c.id.label("cursor"), accounts.c.id.label("account_id"), *extra)
        .join_from(relation, accounts, accounts.c.id == who)
        .where(*conditions, shown())
    )


def _for_guests() -> ColumnElement[bool]:
    """`local`, `remote`: which profiles the administrator lets guests see."""
    return or_(
        and_(accounts.c.host.is_(None), bindparam("local", type_=Boolean())),
        and_(accounts.c.host.is_not(None), bindparam("remote", type_=Boolean())),
    )


def _on_terms() -> ColumnElement[bool]:
    """Neither has blocked the other: a list of somebody else names nobody whom the viewer does not want to meet."""
    one, other = blocks.alias(), blocks.alias()
    return and_(
        ~some(one, one.c.blocker_id == _VIEWER, one.c.blocked_id == accounts.c.id),
        ~some(other, other.c.blocker_id == accounts.c.id, other.c.blocked_id == _VIEWER),
    )


_FOLLOWERS = _people(follows, follows.c.follower_id, follows.c.followed_id == _ACCOUNT, follows.c.accepted)
_FOLLOWING = _people(follows, follows.c.followed_id, follows.c.follower_id == _ACCOUNT, follows.c.accepted)

FOLLOWERS: Paged[Related] = Paged(_FOLLOWERS.where(_on_terms()), follows.c.id, Related)
"""Of `account`, for `viewer`."""
FOLLOWERS_FOR_GUESTS: Paged[Related] = Paged(_FOLLOWERS.where(_for_guests()), follows.c.id, Related)
"""Of `account`; `local` and `remote` say which profiles guests may see."""
FOLLOWING: Paged[Related] = Paged(_FOLLOWING.where(_on_terms()), follows.c.id, Related)
FOLLOWING_FOR_GUESTS: Paged[Related] = Paged(_FOLLOWING.where(_for_guests()), follows.c.id, Related)

REQUESTS: Paged[Related] = Paged(
    _people(follows, follows.c.follower_id, follows.c.followed_id == _VIEWER, not_(follows.c.accepted)),
    follows.c.id,
    Related,
)
"""Who waits for an answer of `viewer`."""
OUTGOING: Paged[Related] = Paged(
    _people(follows, follows.c.followed_id, follows.c.follower_id == _VIEWER, not_(follows.c.accepted)),
    follows.c.id,
    Related,
)
"""Whose answer `viewer` waits for."""

_ENDORSED = _people(endorsements, endorsements.c.target_id, endorsements.c.account_id == _ACCOUNT)
ENDORSED: Paged[Related] = Paged(_ENDORSED.where(_on_terms()), endorsements.c.id, Related)
"""Whom `account` shows on its profile, for `viewer`."""
ENDORSED_FOR_GUESTS: Paged[Related] = Paged(_ENDORSED.where(_for_guests()), endorsements.c.id, Related)

BLOCKED: Paged[Related] = Paged(
    _people(blocks, blocks.c.blocked_id, blocks.c.blocker_id == _VIEWER), blocks.c.id, Related
)
MUTED: Paged[Muted] = Paged(
    _people(
        mutes,
        mutes.c.muted_id,
        mutes.c.muter_id == _VIEWER,
        or_(mutes.c.expires_at.is_(None), mutes.c.expires_at > func.now()),
        extra=(mutes.c.expires_at,),
    ),
    mutes.c.id,
    Muted,
)
"""Mutes in force, with their end."""


class BlockedHost(Struct, frozen=True, kw_only=True):
    cursor: int
    host: str


BLOCKED_HOSTS: Paged[BlockedHost] = Paged(
    select(domain_blocks.c.id.label("cursor"), domain_blocks.c.host).where(
        domain_blocks.c.account_id == _VIEWER
    ),
    domain_blocks.c.id,
    BlockedHost,
)
"""The servers that `viewer` has blocked."""
