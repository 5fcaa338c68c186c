"""People whose notifications are kept back, and the policy that does it.

Source: docs.joinmastodon.org/entities/{NotificationRequest,NotificationPolicy,V1_NotificationPolicy}.
"""

from collections.abc import Sequence

from msgspec import Struct

from barbelo.db.database import Reader
from barbelo.domain.notifications.policy import Policy, RequestRow, Waiting
from barbelo.entities.account import Account, render_accounts
from barbelo.entities.emoji import NO_EMOJIS, EmojiMap
from barbelo.entities.status import Status, render_statuses
from barbelo.entities.times import iso
from barbelo.kernel.ids import encode
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer


class NotificationRequest(Struct, frozen=True, kw_only=True):
    """`notifications_count` is a number in a string."""

    id: str
    created_at: str
    updated_at: str
    account: Account
    notifications_count: str
    last_status: Status | None


class Summary(Struct, frozen=True, kw_only=True):
    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(Struct, frozen=True, kw_only=True):
    """Each is `accept`, `filter` or `drop`."""

    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    summary: Summary


class OldNotificationPolicy(Struct, frozen=True, kw_only=True):
    """The first form: kept back or not. What is dropped is filtered as well."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: Summary


async def render_requests(
    reader: Reader, rows: Sequence[RequestRow], viewer: Viewer, urls: Urls, emojis: EmojiMap = NO_EMOJIS
) -> list[NotificationRequest]:
    """In the order of `rows`; whoever has gone meanwhile is left out."""
    about = [row.last_status_id for row in rows if row.last_status_id is not None]
    statuses = {status.id: status for status in await render_statuses(reader, about, viewer, urls, emojis)}
    people = await render_accounts(reader, {row.from_account_id for row in rows}, viewer, urls, emojis)
    return [
        NotificationRequest(
            id=str(row.id),
            created_at=iso(row.created_at),
            updated_at=iso(row.updated_at),
            account=people[row.from_account_id],
            notifications_count=str(row.notifications_count),
            last_status=statuses.get(encode(row.last_status_id)) if row.last_status_id else None,
        )
        for row in rows
        if row.from_account_id in people
    ]


def render_policy(policy: Policy, waiting: Waiting) -> NotificationPolicy:
    return NotificationPolicy(
        for_not_following=policy.for_not_following,
        for_not_followers=policy.for_not_followers,
        for_new_accounts=policy.for_new_accounts,
        for_private_mentions=policy.for_private_mentions,
        for_limited_accounts=policy.for_limited_accounts,
        summary=_summary(waiting),
    )


def render_old_policy(policy: Policy, waiting: Waiting) -> OldNotificationPolicy:
    return OldNotificationPolicy(
        filter_not_following=policy.for_not_following != "accept",
        filter_not_followers=policy.for_not_followers != "accept",
        filter_new_accounts=policy.for_new_accounts != "accept",
        filter_private_mentions=policy.for_private_mentions != "accept",
        summary=_summary(waiting),
    )


def _summary(waiting: Waiting) -> Summary:
    return Summary(pending_requests_count=waiting.requests, pending_notifications_count=waiting.notifications)
