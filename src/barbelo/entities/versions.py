"""Versions of a status, and statuses for later, as clients see them.

Source: docs.joinmastodon.org/entities/StatusEdit, StatusSource, ScheduledStatus; reference/pleroma 2.3, 2.9.
"""

from collections.abc import Sequence

from msgspec import Struct

from barbelo.domain.statuses.history import Source, Version
from barbelo.domain.statuses.polls import PollWish
from barbelo.domain.statuses.schedule import Scheduled
from barbelo.entities.account import Account
from barbelo.entities.emoji import CustomEmoji, EmojiMap, used_in
from barbelo.entities.media import MediaAttachment, render_media
from barbelo.entities.times import iso
from barbelo.kernel.ids import encode
from barbelo.kernel.urls import Urls


class EditOption(Struct, frozen=True, kw_only=True):
    title: str


class EditPoll(Struct, frozen=True, kw_only=True):
    options: list[EditOption]


class StatusEdit(Struct, frozen=True, kw_only=True):
    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    poll: EditPoll | None
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]


def render_history(
    versions: Sequence[Version], account: Account, urls: Urls, ours: EmojiMap
) -> list[StatusEdit]:
    """The oldest first."""
    return [
        StatusEdit(
            content=version.content,
            spoiler_text=version.spoiler_text,
            sensitive=version.sensitive,
            created_at=iso(version.created_at),
            account=account,
            poll=None
            if version.poll_titles is None
            else EditPoll(options=[EditOption(title=title) for title in version.poll_titles]),
            media_attachments=[render_media(row, urls) for row in version.media],
            emojis=used_in(version.content + version.spoiler_text, version.emojis, ours),
        )
        for version in versions
    ]


class StatusSource(Struct, frozen=True, kw_only=True):
    id: str
    text: str
    spoiler_text: str
    content_type: str


def render_source(source: Source) -> StatusSource:
    return StatusSource(
        id=encode(source.id),
        text=source.source or "",
        spoiler_text=source.spoiler_text,
        content_type=source.content_type,
    )


class ScheduledPoll(Struct, frozen=True, kw_only=True):
    options: list[str]
    expires_in: int
    multiple: bool
    hide_totals: bool


class ScheduledParams(Struct, frozen=True, kw_only=True):
    """What was wished for."""

    text: str
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: str | None
    language: str | None
    content_type: str
    scheduled_at: None = None
    poll: ScheduledPoll | None
    idempotency: None = None
    in_reply_to_id: str | None
    application_id: int | None
    expires_in: int | None
    with_rate_limit: bool = False


class ScheduledStatus(Struct, frozen=True, kw_only=True):
    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: list[MediaAttachment]


def render_scheduled(row: Scheduled, media: Sequence[MediaAttachment]) -> ScheduledStatus:
    """`media` are those that its wish names and that are still there."""
    wish = row.wish
    return ScheduledStatus(
        id=str(row.id),
        scheduled_at=iso(row.scheduled_at),
        params=ScheduledParams(
            text=wish.text,
            media_ids=[str(media_id) for media_id in wish.media_ids] or None,
            sensitive=wish.sensitive,
            spoiler_text=wish.spoiler_text or None,
            visibility=wish.visibility,
            language=wish.language,
            content_type=wish.content_type,
            poll=_poll(wish.poll) if wish.poll else None,
            in_reply_to_id=encode(wish.in_reply_to_id) if wish.in_reply_to_id else None,
            application_id=row.app_id,
            expires_in=wish.expires_in_s,
        ),
        media_attachments=list(media),
    )


def _poll(wish: PollWish) -> ScheduledPoll:
    return ScheduledPoll(
        options=wish.options,
        expires_in=wish.expires_in_s,
        multiple=wish.multiple,
        hide_totals=wish.hide_totals,
    )
