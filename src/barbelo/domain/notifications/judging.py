"""Whether somebody is told, told only when they ask (filtered), or not told at all: SQL over a candidate.

Two settings are asked, Mastodon's policy and Pleroma's switches. A candidate is a row with the columns
of `notifications` before it is written. Source: reference/mastodon 10, reference/pleroma 4.4.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from barbelo.db.rows import found
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.notification_policies import notification_permissions, notification_policies
from barbelo.db.tables.relations import follows
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.wants import follows_account
from barbelo.kernel.visibility import Visibility

Condition = ColumnElement[bool]

FILTERABLE: Final = (
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "pleroma:emoji_reaction",
)
"""What a policy concerns: deeds of others. That a poll has ended or a status was changed is told in any case."""

GROUPED: Final = ("favourite", "follow", "reblog")
"""What is shown as one line for many people."""
WINDOW_S: Final = 86_400
"""Those of one day are one line."""

NEW_FOLLOWER: Final = timedelta(days=3)
NEW_ACCOUNT: Final = timedelta(days=30)


def group_key(told: FromClause) -> ColumnElement[Any]:
    """The same for what is shown as one line: kind, status, day. Null for what stands alone."""
    day = cast(func.floor(func.extract("epoch", told.c.created_at) / WINDOW_S), BigInteger)
    return case(
        (
            told.c.kind.in_([literal(kind, Text) for kind in GROUPED]),
            func.concat_ws("-", told.c.kind, cast(told.c.status_id, Text), cast(day, Text)),
        )
    )


def verdict(told: FromClause) -> ColumnElement[str]:
    """`accept`, `filter` or `drop`, by the policy of who would be told."""
    policy = notification_policies.alias()
    permission = notification_permissions.alias()
    concerns = {
        "for_not_following": ~_follows(told),
        "for_not_followers": ~_followed_for_days(told),
        "for_new_accounts": and_(~_follows(told), _came_lately(told)),
        "for_private_mentions": and_(~_follows(told), _is_private_mention(told)),
    }

    def says(word: str) -> Condition:
        return or_(*(and_(policy.c[name] == word, concern) for name, concern in concerns.items()))

    judged = (
        select(case((says("drop"), "drop"), (says("filter"), "filter"), else_="accept"))
        .select_from(policy)
        .where(
            policy.c.account_id == told.c.account_id,
            told.c.kind.in_([literal(kind, Text) for kind in FILTERABLE]),
            ~found(
                permission,
                permission.c.account_id == told.c.account_id,
                permission.c.from_account_id == told.c.from_account_id,
            ),
        )
        .correlate_except(policy)
        .scalar_subquery()
    )
    return func.coalesce(judged, "accept")


def is_switched_off(told: FromClause) -> Condition:
    """Pleroma's switches exclude the sender. Nobody is a stranger to themselves."""
    login, sender = users.alias(), accounts.alias()
    switches = login.c.preferences["notification_settings"]

    def off(name: str) -> Condition:
        switch: ColumnElement[str] = switches[name].astext
        return switch == "false"

    strangers = or_(off("non_follows"), switches["block_from_strangers"].astext == "true")
    follows_back = follows_account(told.c.from_account_id, told.c.account_id)
    elsewhere = found(sender, sender.c.id == told.c.from_account_id, sender.c.host.is_not(None))
    return and_(
        told.c.from_account_id != told.c.account_id,
        found(
            login,
            login.c.account_id == told.c.account_id,
            login.c.preferences.has_key("notification_settings"),
            or_(
                and_(off("followers"), follows_back),
                and_(off("non_followers"), ~follows_back),
                and_(off("follows"), _follows(told)),
                and_(strangers, ~_follows(told)),
                and_(off("remote"), elsewhere),
                and_(off("local"), ~elsewhere),
            ),
        ),
    )


def _follows(told: FromClause) -> Condition:
    return follows_account(told.c.account_id, told.c.from_account_id)


def _followed_for_days(told: FromClause) -> Condition:
    """A follow that was made to be let through is none yet."""
    follow = follows.alias()
    return found(
        follow,
        follow.c.follower_id == told.c.from_account_id,
        follow.c.followed_id == told.c.account_id,
        follow.c.accepted,
        follow.c.created_at <= told.c.created_at - NEW_FOLLOWER,
    )


def _came_lately(told: FromClause) -> Condition:
    sender = accounts.alias()
    return found(
        sender, sender.c.id == told.c.from_account_id, sender.c.created_at > told.c.created_at - NEW_ACCOUNT
    )


def _is_private_mention(told: FromClause) -> Condition:
    """Unless it answers who is told of it."""
    status = statuses.alias()
    return and_(
        told.c.kind == "mention",
        found(
            status,
            status.c.id == told.c.status_id,
            status.c.visibility == Visibility.DIRECT.value,
            status.c.in_reply_to_account_id.is_distinct_from(told.c.account_id),
        ),
    )
