"""Statuses as clients see them. Source: docs.joinmastodon.org/entities/Status, reference/pleroma 2.3."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import UNSET, Struct, UnsetType

from barbelo.db.database import Reader
from barbelo.domain.reactions.react import reactions_to
from barbelo.domain.statuses.polls import polls_of
from barbelo.domain.timelines.filtering import NO_FILTERS, Filters
from barbelo.entities.account import Account, render_authors
from barbelo.entities.emoji import NO_EMOJIS, CustomEmoji, EmojiMap, used_in
from barbelo.entities.filter import FilterResult, render_matches
from barbelo.entities.known_accounts import AccountVersion
from barbelo.entities.media import MediaAttachment, attachments_of
from barbelo.entities.poll import Poll, render_poll
from barbelo.entities.status_rows import MentionData, StatusData, read_statuses
from barbelo.entities.times import iso, iso_or_none
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, StatusId, encode
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer
from barbelo.text.plain import to_plain


class Mention(Struct, frozen=True, kw_only=True):
    id: str
    username: str
    acct: str
    url: str


class StatusTag(Struct, frozen=True, kw_only=True):
    name: str
    url: str


class StatusApplication(Struct, frozen=True, kw_only=True):
    name: str
    website: str | None


class PlainText(Struct, frozen=True, rename={"text": "text/plain"}):
    text: str


class EmojiReaction(Struct, frozen=True, kw_only=True):
    """One emoji on a status. `name` of a custom one is without colons."""

    name: str
    count: int
    me: bool
    url: str | None
    account_ids: list[str]


class StatusPleroma(Struct, frozen=True, kw_only=True):
    """Pleroma's own facts about an original status; a boost has only the first three."""

    local: bool
    pinned_at: str | None = None
    bookmark_folder: str | None = None
    conversation_id: int | UnsetType | None = UNSET
    context: str | UnsetType | None = UNSET
    direct_conversation_id: int | UnsetType | None = UNSET
    in_reply_to_account_acct: str | UnsetType | None = UNSET
    content: PlainText | UnsetType = UNSET
    spoiler_text: PlainText | UnsetType = UNSET
    expires_at: str | UnsetType | None = UNSET
    thread_muted: bool | UnsetType = UNSET
    emoji_reactions: list[EmojiReaction] | UnsetType = UNSET
    parent_visible: bool | UnsetType = UNSET
    quote: UnsetType | None = UNSET
    quote_id: UnsetType | None = UNSET
    quote_url: UnsetType | None = UNSET
    quote_visible: bool | UnsetType = UNSET
    quotes_count: int | UnsetType = UNSET


class Status(Struct, frozen=True, kw_only=True):
    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    language: str | None
    uri: str
    url: str | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int = 0
    edited_at: str | None
    content: str
    text: str | None = None  # the source, only in the answer to a deletion
    reblog: "Status | None"
    application: StatusApplication | None
    account: Account
    media_attachments: list[MediaAttachment]
    mentions: list[Mention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    card: None = None
    poll: Poll | None = None
    quote: None = None
    favourited: bool
    reblogged: bool
    muted: bool
    bookmarked: bool
    pinned: bool | UnsetType = UNSET  # only on one's own
    filtered: list[FilterResult] = []
    pleroma: StatusPleroma


class _Page(Struct, frozen=True):
    """All that the statuses of one page need, read beforehand."""

    viewer: Viewer | None
    urls: Urls
    ours: EmojiMap
    filters: Filters
    now: datetime
    rows: dict[StatusId, StatusData]
    accounts: dict[AccountId, Account]
    media: dict[StatusId, list[MediaAttachment]]
    polls: dict[StatusId, Poll]
    reactions: dict[StatusId, list[EmojiReaction]]


async def render_statuses(
    reader: Reader,
    ids: Sequence[StatusId],
    viewer: Viewer | None,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
    filters: Filters = NO_FILTERS,
) -> list[Status]:
    """In the order of `ids`; at most five queries, however many. What has just been deleted is left out.

    The ids come from a query that asked `may_see`.
    """
    if not ids:
        return []
    page = await _read(reader, list(ids), viewer, urls, emojis, filters)
    return [_render(page, page.rows[status_id]) for status_id in ids if status_id in page.rows]


async def render_status(
    reader: Reader, status_id: StatusId, viewer: Viewer | None, urls: Urls, emojis: EmojiMap = NO_EMOJIS
) -> Status:
    """Raises `NotFound` when it has just been deleted."""
    rendered = await render_statuses(reader, [status_id], viewer, urls, emojis)
    if not rendered:
        raise NotFound
    return rendered[0]


async def _read(
    reader: Reader,
    ids: list[StatusId],
    viewer: Viewer | None,
    urls: Urls,
    emojis: EmojiMap,
    filters: Filters,
) -> _Page:
    rows = await read_statuses(reader, ids, viewer.id if viewer else None)
    authors = {row.account_id: AccountVersion(row.author_version, row.login_version) for row in rows.values()}
    with_media = [row.id for row in rows.values() if row.media_count]
    with_poll = [row for row in rows.values() if row.has_poll]
    with_reactions = [row.id for row in rows.values() if row.reactions_count]
    return _Page(
        viewer,
        urls,
        emojis,
        filters,
        reader.now(),
        rows,
        await render_authors(reader, authors, viewer, urls, emojis),
        await attachments_of(reader, with_media, urls) if with_media else {},
        await _polls(reader, with_poll, viewer, emojis) if with_poll else {},
        await _reactions(reader, with_reactions, viewer) if with_reactions else {},
    )


async def _polls(
    reader: Reader, rows: list[StatusData], viewer: Viewer | None, ours: EmojiMap
) -> dict[StatusId, Poll]:
    found, now = await polls_of(reader, [row.id for row in rows], viewer), reader.now()
    return {
        row.id: render_poll(found[row.id], viewer, now, ours, row.emojis or {})
        for row in rows
        if row.id in found
    }


async def _reactions(
    reader: Reader, ids: list[StatusId], viewer: Viewer | None
) -> dict[StatusId, list[EmojiReaction]]:
    found: dict[StatusId, list[EmojiReaction]] = {}
    for row in await reactions_to(reader, ids, viewer):
        shown = EmojiReaction(
            name=row.name,
            count=len(row.account_ids),
            me=viewer is not None and viewer.id in row.account_ids,
            url=row.url,
            account_ids=[encode(account_id) for account_id in row.account_ids],
        )
        found.setdefault(row.status_id, []).append(shown)
    return found


def _mention(row: MentionData) -> Mention:
    return Mention(id=encode(row.id), username=row.username, acct=_acct(row.username, row.host), url=row.url)


@lru_cache(1024)  # the same few are written all the time
def _tag(urls: Urls, name: str) -> StatusTag:
    return StatusTag(name=name, url=urls.tag(name))


def _acct(username: str, host: str | None) -> str:
    return username if host is None else f"{username}@{host}"


def _filtered(page: _Page, row: StatusData) -> list[FilterResult]:
    """By the words that a person would read: text, subject, descriptions of media, options of a poll."""
    words = [to_plain(row.content), row.spoiler_text]
    words += [one.description for one in page.media.get(row.id, ()) if one.description]
    if row.id in page.polls:
        words += [option.title for option in page.polls[row.id].options]
    return render_matches(page.filters.matching(row.id, words, page.now), row.id)


def _render(page: _Page, row: StatusData) -> Status:
    original = None if row.boost_of_id is None else page.rows.get(row.boost_of_id)
    return _render_original(page, row) if original is None else _render_boost(page, row, original)


def _render_boost(page: _Page, row: StatusData, original: StatusData) -> Status:
    """The wrapper: its own id, time and author; everything else speaks of the original."""
    inner = _render_original(page, original)
    return Status(
        id=encode(row.id),
        created_at=iso(row.created_at),
        in_reply_to_id=None,
        in_reply_to_account_id=None,
        sensitive=inner.sensitive,
        spoiler_text=inner.spoiler_text,
        visibility=row.visibility,
        language=inner.language,
        uri=row.uri,
        url=inner.url,
        replies_count=0,
        reblogs_count=0,
        favourites_count=0,
        edited_at=None,
        content=inner.content,
        reblog=inner,
        application=None,
        account=page.accounts[row.account_id],
        media_attachments=inner.media_attachments,
        mentions=inner.mentions,
        tags=inner.tags,
        emojis=inner.emojis,
        poll=inner.poll,
        favourited=inner.favourited,
        reblogged=inner.reblogged,
        muted=inner.muted,
        bookmarked=inner.bookmarked,
        filtered=inner.filtered,
        pleroma=StatusPleroma(local=row.local, bookmark_folder=inner.pleroma.bookmark_folder),
    )


def _render_original(page: _Page, row: StatusData) -> Status:
    own = page.viewer is not None and row.account_id == page.viewer.id
    return Status(
        id=encode(row.id),
        created_at=iso(row.created_at),
        in_reply_to_id=encode(row.in_reply_to_id) if row.in_reply_to_id else None,
        in_reply_to_account_id=encode(row.in_reply_to_account_id) if row.in_reply_to_account_id else None,
        sensitive=row.sensitive,
        spoiler_text=row.spoiler_text,
        visibility=row.visibility,
        language=row.language,
        uri=row.uri,
        url=page.urls.status(row.id) if row.local else row.url or row.uri,
        replies_count=row.replies_count,
        reblogs_count=row.boosts_count,
        favourites_count=row.likes_count,
        edited_at=iso_or_none(row.edited_at),
        content=row.content,
        reblog=None,
        application=StatusApplication(name=row.app_name, website=row.app_website) if row.app_name else None,
        account=page.accounts[row.account_id],
        media_attachments=page.media.get(row.id, []),
        mentions=[_mention(one) for one in row.mentions or ()],
        tags=[_tag(page.urls, tag) for tag in row.tags],
        emojis=used_in(row.content + row.spoiler_text, row.emojis or {}, page.ours),
        poll=page.polls.get(row.id),
        favourited=row.liked,
        reblogged=row.boosted,
        muted=row.thread_muted or row.author_muted,
        bookmarked=row.bookmark is not None,
        pinned=row.pinned_at is not None if own else UNSET,
        filtered=_filtered(page, row) if page.filters and not own else [],
        pleroma=_render_pleroma(page, row, own=own),
    )


def _render_pleroma(page: _Page, row: StatusData, *, own: bool) -> StatusPleroma:
    parent = None if row.parent_username is None else _acct(row.parent_username, row.parent_host)
    return StatusPleroma(
        local=row.local,
        pinned_at=iso_or_none(row.pinned_at),
        bookmark_folder=encode(row.folder_id) if row.folder_id else None,
        conversation_id=row.thread_id,
        context=row.thread_uri,
        direct_conversation_id=row.conversation_id,
        in_reply_to_account_acct=parent,
        content=PlainText(to_plain(row.content)),
        spoiler_text=PlainText(row.spoiler_text),
        expires_at=iso_or_none(row.expires_at) if own else None,
        thread_muted=row.thread_muted,
        emoji_reactions=page.reactions.get(row.id, []),
        parent_visible=row.parent_visible,
        quote=None,
        quote_id=None,
        quote_url=None,
        quote_visible=False,
        quotes_count=0,
    )
