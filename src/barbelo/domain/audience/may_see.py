"""The one rule: may this viewer see this status?

It is a SQL predicate, and the viewer in it may be a bound id or a column, so the same sentence serves
many statuses for one viewer (timelines) and one status for many viewers (streams, notifications).
It speaks of permission only; what a viewer wants to see is in `wants`.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, or_, true

from barbelo.db.rows import found
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import blocks, follows
from barbelo.db.tables.statuses import mentions, statuses
from barbelo.kernel.visibility import Visibility

Condition = ColumnElement[bool]
Id = ColumnElement[Any]

# Written into the SQL, not bound: a partial index is used only when the planner sees the value.
_OPEN: list[Id] = [
    literal_column(f"'{visibility.value}'") for visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
]
_LOCAL: Id = literal_column(f"'{Visibility.LOCAL.value}'")
_PRIVATE: Id = literal_column(f"'{Visibility.PRIVATE.value}'")


def may_see(viewer: Id, *, local: Condition | None = None, of: FromClause = statuses) -> Condition:
    """True where `viewer` (an account's id) may see the row of `of` (`statuses` or an alias of it).

    `local` says whether the viewer is one of ours; a bound id always is. A boost is seen by those who
    may see both the boost and what it boosts.
    """
    ours = true() if local is None else local
    original = statuses.alias()
    return and_(
        _shown_to(viewer, ours, of),
        or_(
            of.c.boost_of_id.is_(None),
            found(original, original.c.id == of.c.boost_of_id, _shown_to(viewer, ours, original)),
        ),
    )


def anybody_may_see(of: FromClause = statuses) -> Condition:
    """True where somebody who is not signed in may see the row."""
    original = statuses.alias()
    return and_(
        _shown_to_all(of),
        or_(
            of.c.boost_of_id.is_(None),
            found(original, original.c.id == of.c.boost_of_id, _shown_to_all(original)),
        ),
    )


def _shown_to_all(status: FromClause) -> Condition:
    return and_(status.c.visibility.in_(_OPEN), _author_stands(status))


def _shown_to(viewer: Id, ours: Condition, status: FromClause) -> Condition:
    return and_(
        _author_stands(status),
        or_(
            status.c.account_id == viewer,
            and_(_meant_for(viewer, ours, status), ~_blocked_by_author(viewer, status)),
        ),
    )


def _meant_for(viewer: Id, ours: Condition, status: FromClause) -> Condition:
    """Local-only statuses stay here, whoever is mentioned in them."""
    return or_(
        status.c.visibility.in_(_OPEN),
        and_(status.c.visibility == _LOCAL, ours),
        and_(status.c.visibility == _PRIVATE, _follows_author(viewer, status)),
        and_(status.c.visibility.not_in([*_OPEN, _LOCAL]), is_mentioned(viewer, status)),
    )


def _author_stands(status: FromClause) -> Condition:
    """Nothing of a suspended account is shown to anybody."""
    author = accounts.alias()
    return found(author, author.c.id == status.c.account_id, author.c.suspended_at.is_(None))


def _follows_author(viewer: Id, status: FromClause) -> Condition:
    """A request that waits for an answer is not a follow."""
    follow = follows.alias()
    return found(
        follow,
        follow.c.follower_id == viewer,
        follow.c.followed_id == status.c.account_id,
        follow.c.accepted,
    )


def is_mentioned(viewer: Id, status: FromClause = statuses) -> Condition:
    mention = mentions.alias()
    return found(mention, mention.c.status_id == status.c.id, mention.c.account_id == viewer)


def _blocked_by_author(viewer: Id, status: FromClause) -> Condition:
    block = blocks.alias()
    return found(block, block.c.blocker_id == status.c.account_id, block.c.blocked_id == viewer)
