"""Pieces of media that people upload: written down when they are ready, claimed when a status is published."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, bindparam, delete, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import media
from barbelo.kernel.errors import Invalid, NotAllowed
from barbelo.kernel.ids import AccountId, MediaId, StatusId

UNATTACHED_FOR = timedelta(days=1)
"""How long a file waits for a status, and survives one that was deleted to be written anew."""


class MediaDraft(Struct, frozen=True, kw_only=True):
    """A file that is in the store already. `meta` is `{original: {width, height, …}, small: {…}, focus: {x, y}}`."""

    account_id: AccountId
    kind: str
    mime: str
    path: str
    preview_path: str | None
    name: str
    description: str
    blurhash: str | None
    meta: dict[str, Any]
    size_bytes: int


class MediaRow(Struct, frozen=True, kw_only=True):
    id: MediaId
    account_id: AccountId
    status_id: StatusId | None
    kind: str
    mime: str
    path: str | None
    preview_path: str | None
    remote_url: str | None
    name: str
    description: str
    blurhash: str | None
    meta: dict[str, Any]


COLUMNS = tuple(media.c[name] for name in MediaRow.__struct_fields__)
_ID = bindparam("id", type_=BigInteger())

_ADD = statement(
    adding(media, " ".join((*MediaDraft.__struct_fields__, "created_at"))).returning(*COLUMNS), MediaRow
)
_GET = statement(select(*COLUMNS).where(media.c.id == _ID), MediaRow)
_DESCRIBE = statement(
    update(media)
    .where(media.c.id == _ID)
    .values(description=bindparam("its_description"), meta=bindparam("its_meta"))
    .returning(*COLUMNS),
    MediaRow,
)
_DELETE = statement(delete(media).where(media.c.id == _ID, media.c.status_id.is_(None)))
_unattached = (
    select(media.c.id)
    .where(media.c.status_id.is_(None), media.c.created_at < bindparam("before"))
    .order_by(media.c.created_at)
    .limit(bindparam("most", type_=BigInteger()))
)
_DROP_UNATTACHED = statement(
    delete(media).where(media.c.id.in_(_unattached.scalar_subquery()), media.c.status_id.is_(None))
)


async def attach(tx: Tx, draft: MediaDraft) -> MediaRow:
    """Write down a file that belongs to an account and waits for a status."""
    given = {name: getattr(draft, name) for name in MediaDraft.__struct_fields__}
    return await tx.one(_ADD, **given, created_at=tx.now())


async def get_own(reader: Reader, media_id: MediaId, account_id: UUID) -> MediaRow:
    """Raises `NotFound`, and `NotAllowed` for somebody else's (reference/pleroma 3.5)."""
    row = await reader.one(_GET, id=media_id)
    if row.account_id != account_id:
        raise NotAllowed("Access denied")
    return row


async def describe(
    tx: Tx, row: MediaRow, *, description: str | None, focus: tuple[float, float] | None
) -> MediaRow:
    """Change what is given. `focus` is x and y from -1 to 1."""
    meta = dict(row.meta)
    if focus is not None:
        meta["focus"] = {"x": focus[0], "y": focus[1]}
    words = row.description if description is None else description
    return await tx.one(_DESCRIBE, id=row.id, its_description=words, its_meta=meta)


async def remove(tx: Tx, row: MediaRow) -> None:
    """Delete what no status uses. Raises `Invalid` when one does; the file goes with the next sweep."""
    if row.status_id is not None or not await tx.execute(_DELETE, id=row.id):
        raise Invalid("Media attachment is currently used by a status", field="id")


async def drop_unattached(tx: Tx, *, most: int = 1000) -> int:
    """Forget what nobody attached within a day; how many."""
    return await tx.execute(_DROP_UNATTACHED, before=tx.now() - UNATTACHED_FOR, most=most)
