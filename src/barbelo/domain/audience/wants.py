"""The other question: does this viewer want to see this status?

Preferences only: own blocks and mutes, muted threads, blocked hosts, hidden boosts. Like `may_see` these are
SQL predicates over a viewer that is bound or a column, always asked at reading, so that a mute shows at once.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, not_, or_

from barbelo.db.rows import another, found
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.lists import list_accounts, lists
from barbelo.db.tables.relations import blocks, domain_blocks, follows, mutes
from barbelo.db.tables.statuses import statuses, thread_mutes
from barbelo.domain.audience.may_see import it_and_its_original

Condition = ColumnElement[bool]
Id = ColumnElement[Any]


def wants(viewer: Id, *, with_muted: Condition | None = None, of: FromClause = statuses) -> Condition:
    """True where `viewer` wants to see the row of `of` in a timeline.

    `with_muted`: muted people and threads are shown all the same (Pleroma's parameter); blocked ones never.
    The author of what is boosted counts like the one who boosts.
    """
    one = it_and_its_original(of, "account_id thread_id")
    return ~found(one, _turns_away(viewer, with_muted, one))


def _turns_away(viewer: Id, with_muted: Condition | None, status: FromClause) -> Condition:
    muted = or_(mutes_account(viewer, status.c.account_id), mutes_thread(viewer, status.c.thread_id))
    if with_muted is not None:
        muted = and_(not_(with_muted), muted)
    return or_(avoids(viewer, status.c.account_id), muted)


def avoids(viewer: Id, account: Id) -> Condition:
    """`viewer` has blocked `account`, or its host without following it."""
    return or_(blocks_account(viewer, account), _blocks_host_of(viewer, account))


def blocks_account(viewer: Id, account: Id) -> Condition:
    block = blocks.alias()
    return found(block, block.c.blocker_id == viewer, block.c.blocked_id == account)


def mutes_account(viewer: Id, account: Id) -> Condition:
    mute = mutes.alias()
    return found(mute, mute.c.muter_id == viewer, mute.c.muted_id == account, _in_force(mute))


def mutes_thread(viewer: Id, thread: Id) -> Condition:
    mute = thread_mutes.alias()
    return found(mute, mute.c.account_id == viewer, mute.c.thread_id == thread, _in_force(mute))


def mutes_notifications(viewer: Id, account: Id) -> Condition:
    """A mute may be of timelines only."""
    mute = mutes.alias()
    return found(
        mute, mute.c.muter_id == viewer, mute.c.muted_id == account, mute.c.notifications, _in_force(mute)
    )


def hides_boosts_of(viewer: Id, account: Id) -> Condition:
    follow = follows.alias()
    return found(
        follow, follow.c.follower_id == viewer, follow.c.followed_id == account, ~follow.c.show_boosts
    )


def follows_account(viewer: Id, account: Id) -> Condition:
    """A request that waits for an answer is not a follow."""
    follow = follows.alias()
    return found(follow, follow.c.follower_id == viewer, follow.c.followed_id == account, follow.c.accepted)


def keeps_from_home(viewer: Id, account: Id) -> Condition:
    """`account` is in a list of `viewer` that has its members' statuses for itself.

    Asked from the viewer's end: hardly anybody has such a list, but somebody famous is in the lists of thousands.
    """
    one, member = lists.alias(), list_accounts.alias()
    return and_(
        account != viewer,
        found(
            one,
            one.c.account_id == viewer,
            one.c.exclusive,
            found(member, member.c.list_id == one.c.id, member.c.account_id == account),
        ),
    )


def _in_force(mute: FromClause) -> Condition:
    return or_(mute.c.expires_at.is_(None), mute.c.expires_at > func.now())


def _blocks_host_of(viewer: Id, account: Id) -> Condition:
    block, other, follow = domain_blocks.alias(), another(accounts, "id host"), follows.alias()
    return found(
        block,
        block.c.account_id == viewer,
        found(other, other.c.id == account, other.c.host == block.c.host),
        ~found(
            follow,
            follow.c.follower_id
            == block.c.account_id,  # the viewer; said so, it is asked only where a host is blocked
            follow.c.followed_id == account,
            follow.c.accepted,
        ),
    )
