"""Notifications as lines. Source: docs.joinmastodon.org/methods/grouped_notifications, reference/mastodon 10."""

from collections.abc import Collection

from msgspec import UNSET, Struct, UnsetType

from barbelo.domain.notifications.groups import ALONE, Line
from barbelo.entities.account import Account
from barbelo.entities.status import Status
from barbelo.entities.times import iso
from barbelo.kernel.ids import encode


class PartialAccount(Struct, frozen=True, kw_only=True):
    """Enough to show a picture with a link."""

    id: str
    acct: str
    locked: bool
    bot: bool
    url: str
    avatar: str
    avatar_static: str
    avatar_description: str


class NotificationGroup(Struct, frozen=True, kw_only=True):
    """`most_recent_notification_id` is a number, the other ids are texts. Those of the page are of a page only."""

    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: int
    page_min_id: str | UnsetType = UNSET
    page_max_id: str | UnsetType = UNSET
    latest_page_notification_at: str | UnsetType = UNSET
    sample_account_ids: list[str]
    status_id: str | UnsetType = UNSET


class GroupedNotifications(Struct, frozen=True, kw_only=True):
    """Lines, and beside them the people and statuses that they name, each once."""

    accounts: list[Account]
    partial_accounts: list[PartialAccount] | UnsetType = UNSET
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


def render_group(line: Line, known: Collection[str], *, paged: bool) -> NotificationGroup:
    """`known`: the ids of the people who are shown beside it."""
    return NotificationGroup(
        group_key=line.key,
        notifications_count=line.count,
        type=line.kind,
        most_recent_notification_id=line.newest_id,
        page_min_id=str(line.oldest_id) if paged else UNSET,
        page_max_id=str(line.newest_id) if paged else UNSET,
        latest_page_notification_at=iso(line.newest_at) if paged else UNSET,
        sample_account_ids=[name for name in map(encode, line.senders) if name in known],
        status_id=encode(line.status_id) if line.status_id is not None else UNSET,
    )


def render_partial(account: Account) -> PartialAccount:
    return PartialAccount(
        id=account.id,
        acct=account.acct,
        locked=account.locked,
        bot=account.bot,
        url=account.url,
        avatar=account.avatar,
        avatar_static=account.avatar_static,
        avatar_description=account.avatar_description,
    )


def in_full(groups: list[NotificationGroup]) -> set[str]:
    """Who is shown in full where pictures are enough: the latest of each line, and whoever stands alone."""
    full: set[str] = set()
    for group in groups:
        alone = group.group_key.startswith(ALONE)
        full.update(group.sample_account_ids if alone else group.sample_account_ids[:1])
    return full
