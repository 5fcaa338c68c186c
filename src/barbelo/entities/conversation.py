"""Conversations as clients see them. Source: docs.joinmastodon.org/entities/Conversation, reference/pleroma 2.6."""

from collections.abc import Sequence

from msgspec import Struct

from barbelo.db.database import Reader
from barbelo.domain.accounts.queries import keep_shown
from barbelo.domain.conversations.queries import Conversation as Row
from barbelo.domain.timelines.filtering import NO_FILTERS, Filters
from barbelo.entities.account import Account, render_accounts
from barbelo.entities.emoji import NO_EMOJIS, EmojiMap
from barbelo.entities.status import Status, render_statuses
from barbelo.kernel.ids import AccountId, encode
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer


class ConversationPleroma(Struct, frozen=True, kw_only=True):
    """`recipients`: all who will receive a message in this conversation, the reader too."""

    recipients: list[Account]


class Conversation(Struct, frozen=True, kw_only=True):
    """`accounts` are the others; the reader only when there are no others."""

    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None
    pleroma: ConversationPleroma


async def render_conversations(
    reader: Reader,
    rows: Sequence[Row],
    viewer: Viewer,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
    filters: Filters = NO_FILTERS,
) -> list[Conversation]:
    """In the order of `rows`, by a fixed number of queries. Recipients who are suspended are not shown."""
    if not rows:
        return []
    last = [row.last_status_id for row in rows if row.last_status_id is not None]
    shown = await render_statuses(reader, last, viewer, urls, emojis, filters)
    statuses = {status.id: status for status in shown}
    everybody = await keep_shown(reader, [one for row in rows for one in row.recipients])
    accounts = await render_accounts(reader, everybody, viewer, urls, emojis)
    return [_render(row, viewer, accounts, statuses) for row in rows]


def _render(
    row: Row, viewer: Viewer, accounts: dict[AccountId, Account], statuses: dict[str, Status]
) -> Conversation:
    recipients = {one: accounts[one] for one in row.recipients if one in accounts}
    others = [account for one, account in recipients.items() if one != viewer.id]
    return Conversation(
        id=str(row.id),
        unread=row.unread,
        accounts=others or list(recipients.values()),
        last_status=statuses.get(encode(row.last_status_id)) if row.last_status_id else None,
        pleroma=ConversationPleroma(recipients=list(recipients.values())),
    )
