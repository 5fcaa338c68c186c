"""The one rule: may this viewer see this status?

It is a SQL predicate, and the viewer in it may be a bound id or a column, so the same sentence serves
many statuses for one viewer (timelines) and one status for many viewers (streams, notifications).
It speaks of permission only; what a viewer wants to see is in `wants`.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, literal_column, or_, select, true, union_all

from barbelo.db.rows import another, found
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
    one = it_and_its_original(of, "id account_id visibility")
    return ~found(one, ~_shown_to(viewer, ours, one))


def anybody_may_see(of: FromClause = statuses) -> Condition:
    """True where somebody who is not signed in may see the row."""
    one = it_and_its_original(of, "account_id visibility")
    return ~found(one, ~_shown_to_all(one))


def it_and_its_original(status: FromClause, columns: str) -> FromClause:
    """The row of `status` and, if it is a boost, that of what it boosts: a rule for both is written once.

    `offset 0` keeps PostgreSQL from planning it once for each of them.
    """
    names = columns.split()
    original = another(statuses, " ".join(dict.fromkeys(["id", *names])))
    both = union_all(
        select(*(status.c[name] for name in names)).correlate(status),
        select(*(original.c[name] for name in names))
        .where(original.c.id == status.c.boost_of_id)
        .correlate(status),
    )
    return both.offset(literal_column("0")).subquery()


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
    author = another(accounts, "id suspended_at")
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
