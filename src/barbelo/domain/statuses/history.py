"""The versions of a status: the present one and those before."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Uuid, bindparam, select

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.polls import polls
from barbelo.db.tables.statuses import media, statuses
from barbelo.db.tables.versions import status_edits
from barbelo.domain.media.attachments import COLUMNS, MediaRow
from barbelo.kernel.ids import AccountId, StatusId


class Version(Struct, frozen=True, kw_only=True):
    """One version. `created_at` is when it was published; `poll_titles` None: it had no poll."""

    content: str
    spoiler_text: str
    sensitive: bool
    emojis: dict[str, str]
    media: list[MediaRow]
    poll_titles: list[str] | None
    created_at: datetime


class Source(Struct, frozen=True, kw_only=True):
    """What was typed."""

    id: StatusId
    source: str | None
    spoiler_text: str
    content_type: str


class Current(Struct, frozen=True, kw_only=True):
    """The present version, whole."""

    account_id: AccountId
    content: str
    source: str | None
    content_type: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    emojis: dict[str, str]
    created_at: datetime
    edited_at: datetime | None
    poll_titles: list[str] | None
    poll_multiple: bool | None
    media: list[MediaRow] = []


_ID = bindparam("id", type_=Uuid())
_NOW = (
    select(
        *(statuses.c[name] for name in Current.__struct_fields__ if name in statuses.c),
        polls.c.titles.label("poll_titles"),
        polls.c.multiple.label("poll_multiple"),
    )
    .join(polls, polls.c.status_id == statuses.c.id, isouter=True)
    .where(statuses.c.id == _ID)
)
_CURRENT = statement(_NOW, Current)
_CURRENT_LOCKED = statement(_NOW.with_for_update(of=statuses), Current)
_MEDIA = statement(
    select(*COLUMNS).where(media.c.status_id == _ID).order_by(media.c.position, media.c.id), MediaRow
)
_EARLIER = statement(
    select(*(status_edits.c[name] for name in Version.__struct_fields__))
    .where(status_edits.c.status_id == _ID)
    .order_by(status_edits.c.id),
    Version,
)
_SOURCE = statement(
    select(*(statuses.c[name] for name in Source.__struct_fields__)).where(statuses.c.id == _ID), Source
)


async def current_version(reader: Reader, status_id: StatusId) -> Current:
    """Raises `NotFound`."""
    return await _with_media(reader, await reader.one(_CURRENT, id=status_id), status_id)


async def locked_version(tx: Tx, status_id: StatusId) -> Current:
    """The present version, for whoever is about to replace it. Raises `NotFound`."""
    return await _with_media(tx, await tx.one(_CURRENT_LOCKED, id=status_id), status_id)


async def _with_media(reader: Reader, row: Current, status_id: StatusId) -> Current:
    return replace(row, media=await reader.rows(_MEDIA, id=status_id))


async def history(reader: Reader, status_id: StatusId) -> list[Version]:
    """All versions, the oldest first, the present one last. Whoever asks has checked that it may be seen."""
    earlier = await reader.rows(_EARLIER, id=status_id)
    now = await current_version(reader, status_id)
    return [
        *earlier,
        Version(
            content=now.content,
            spoiler_text=now.spoiler_text,
            sensitive=now.sensitive,
            emojis=now.emojis,
            media=now.media,
            poll_titles=now.poll_titles,
            created_at=now.edited_at or now.created_at,
        ),
    ]


async def source(reader: Reader, status_id: StatusId) -> Source:
    """Raises `NotFound`."""
    return await reader.one(_SOURCE, id=status_id)
