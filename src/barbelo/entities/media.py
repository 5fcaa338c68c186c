"""Pictures, films and sounds on a status."""

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import BigInteger, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import media
from barbelo.domain.media.attachments import COLUMNS, MediaRow
from barbelo.kernel.ids import AccountId, MediaId, StatusId
from barbelo.kernel.urls import Urls


class AttachmentPleroma(Struct, frozen=True, kw_only=True):
    mime_type: str
    name: str | UnsetType = UNSET


class MediaAttachment(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/MediaAttachment, reference/pleroma 2.4."""

    id: str
    type: str  # image, gifv, video, audio, unknown
    url: str | None  # None while it is being worked on
    preview_url: str | None
    remote_url: str | None
    preview_remote_url: None = None
    text_url: str | None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None
    pleroma: AttachmentPleroma


_OF_STATUSES = statement(
    select(*COLUMNS)
    .where(media.c.status_id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(media.c.position, media.c.id),
    MediaRow,
)


_BY_ID = statement(
    select(*COLUMNS).where(
        media.c.id == any_(bindparam("media_ids", type_=ARRAY(BigInteger()))),
        media.c.account_id == bindparam("owner", type_=Uuid()),
    ),
    MediaRow,
)


def render_media(row: MediaRow, urls: Urls) -> MediaAttachment:
    url = urls.media(row.path) if row.path else row.remote_url
    return MediaAttachment(
        id=str(row.id),
        type=row.kind,
        url=url,
        preview_url=urls.media(row.preview_path) if row.preview_path else url,
        remote_url=row.remote_url,
        text_url=url,
        meta=row.meta,
        description=row.description or None,
        blurhash=row.blurhash,
        pleroma=AttachmentPleroma(mime_type=row.mime, name=row.name or UNSET),
    )


async def attachments_of(
    reader: Reader, status_ids: Iterable[StatusId], urls: Urls
) -> dict[StatusId, list[MediaAttachment]]:
    """By status, in the author's order."""
    found: dict[StatusId, list[MediaAttachment]] = {}
    for row in await reader.rows(_OF_STATUSES, ids=list(status_ids)):
        if row.status_id is not None:
            found.setdefault(row.status_id, []).append(render_media(row, urls))
    return found


async def attachments_by_id(
    reader: Reader, media_ids: Collection[MediaId], owner: AccountId, urls: Urls
) -> dict[MediaId, MediaAttachment]:
    """Those of `media_ids` that are there and the owner's."""
    if not media_ids:
        return {}
    rows = await reader.rows(_BY_ID, media_ids=list(media_ids), owner=owner)
    return {row.id: render_media(row, urls) for row in rows}
