"""Notifications as clients see them. Source: docs.joinmastodon.org/entities/Notification, reference/pleroma 2.5."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from barbelo.db.database import Reader
from barbelo.domain.notifications.inbox import NotificationRow
from barbelo.domain.timelines.filtering import NO_FILTERS, Filters
from barbelo.entities.account import Account, render_accounts
from barbelo.entities.emoji import NO_EMOJIS, EmojiMap
from barbelo.entities.status import Status, render_statuses
from barbelo.entities.times import iso
from barbelo.kernel.ids import encode
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer


class NotificationPleroma(Struct, frozen=True, kw_only=True):
    is_seen: bool
    is_muted: bool


class Notification(Struct, frozen=True, kw_only=True):
    id: str
    group_key: str
    type: str
    created_at: str
    account: Account
    status: Status | UnsetType = UNSET  # only where there is one
    emoji: str | UnsetType = UNSET  # of a reaction: the character, or `:name:` of a custom one
    emoji_url: str | UnsetType | None = UNSET
    pleroma: NotificationPleroma


async def render_notifications(
    reader: Reader,
    rows: Sequence[NotificationRow],
    viewer: Viewer,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
    filters: Filters = NO_FILTERS,
) -> list[Notification]:
    """In the order of `rows`; whatever has lost its sender or its status meanwhile is left out."""
    if not rows:
        return []
    about = list(dict.fromkeys(row.status_id for row in rows if row.status_id is not None))
    shown = await render_statuses(reader, about, viewer, urls, emojis, filters)
    statuses = {status.id: status for status in shown}
    senders = await render_accounts(reader, {row.from_account_id for row in rows}, viewer, urls, emojis)
    found = []
    for row in rows:
        status = statuses.get(encode(row.status_id), UNSET) if row.status_id else UNSET
        lost = row.status_id is not None and status is UNSET
        if row.from_account_id in senders and not lost:
            found.append(_render(row, senders[row.from_account_id], status))
    return found


def _render(row: NotificationRow, sender: Account, status: Status | UnsetType) -> Notification:
    return Notification(
        id=str(row.id),
        group_key=row.group_key or f"ungrouped-{row.id}",
        type=row.kind,
        created_at=iso(row.created_at),
        account=sender,
        status=status,
        emoji=_emoji(row),
        emoji_url=row.emoji_url if row.emoji else UNSET,
        pleroma=NotificationPleroma(is_seen=row.read_at is not None, is_muted=row.muted),
    )


def _emoji(row: NotificationRow) -> str | UnsetType:
    if not row.emoji:
        return UNSET
    return f":{row.emoji}:" if row.emoji_url else row.emoji
