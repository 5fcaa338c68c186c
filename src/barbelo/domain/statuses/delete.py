"""Deleting for good: the row, and all that hangs on it, goes; what remains is a tombstone."""

from msgspec import Struct
from sqlalchemy import Text, Uuid, any_, bindparam, delete, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Time
from barbelo.db.tables.statuses import media, statuses, tombstones
from barbelo.domain.audience.addressing import counts_as_reply, counts_for_author
from barbelo.domain.events import StatusDeleted
from barbelo.domain.statuses.queries import StatusRow
from barbelo.kernel.ids import StatusId
from barbelo.kernel.origin import Origin
from barbelo.kernel.visibility import OPEN, Visibility


class Deleted(Struct, frozen=True):
    """What is left of a status that was deleted: its source, for writing it anew."""

    id: StatusId
    source: str | None


_DELETE = statement(
    delete(statuses).where(statuses.c.id == bindparam("id")).returning(statuses.c.id, statuses.c.source),
    Deleted,
)
_ATTACHED = media.c.status_id == bindparam("id", type_=Uuid())
_DROP_MEDIA = statement(delete(media).where(_ATTACHED))
# Their day without a status begins now, however long ago they came.
_RELEASE_MEDIA = statement(
    update(media).where(_ATTACHED).values(status_id=None, created_at=bindparam("now", type_=Time))
)
_BURY = statement(adding(tombstones, "uri deleted_at").on_conflict_do_nothing())
_UNCOUNT_STATUS = statement(
    update(accounts)
    .where(accounts.c.id == bindparam("account", type_=Uuid()))
    .values(statuses_count=func.greatest(accounts.c.statuses_count - 1, 0))
)
_PARENT = bindparam("parent", type_=Uuid())
# Whether a reply was counted follows from both visibilities: `addressing.counts_as_reply`.
_UNCOUNT_REPLY = statement(
    update(statuses)
    .where(statuses.c.id == _PARENT, statuses.c.visibility == any_(bindparam("parents", type_=ARRAY(Text()))))
    .values(replies_count=func.greatest(statuses.c.replies_count - 1, 0))
)
_UNCOUNT_BOOST = statement(
    update(statuses)
    .where(statuses.c.id == _PARENT)
    .values(boosts_count=func.greatest(statuses.c.boosts_count - 1, 0))
)
_echo = statuses.alias()
_UNCOUNT_BOOSTERS = statement(
    update(accounts)
    .where(accounts.c.id == _echo.c.account_id, _echo.c.boost_of_id == bindparam("id", type_=Uuid()))
    .values(statuses_count=func.greatest(accounts.c.statuses_count - 1, 0))
)


async def delete_status(tx: Tx, status: StatusRow, *, with_media: bool = False) -> str | None:
    """Delete a status or undo a boost, and give back its source. Doing it twice is doing it once.

    Its media stay for a day, unattached, so that the text can be written anew with them, unless `with_media`.
    """
    if with_media:
        await tx.execute(_DROP_MEDIA, id=status.id)
    elif status.boost_of_id is None:
        await tx.execute(_RELEASE_MEDIA, id=status.id, now=tx.now())
    await tx.execute(_UNCOUNT_BOOSTERS, id=status.id)  # their boosts go with the original
    deleted = await tx.one_or_none(_DELETE, id=status.id)
    if deleted is None:
        return None
    await tx.execute(_BURY, uri=status.uri, deleted_at=tx.now())
    await _uncount(tx, status)
    await tx.emit(
        StatusDeleted(
            status_id=StatusId(status.id),
            account_id=status.account_id,
            uri=status.uri,
            visibility=status.visibility,
            boost_of_id=status.boost_of_id,
            origin=Origin.LOCAL if status.local else Origin.REMOTE,
        )
    )
    return deleted.source


async def _uncount(tx: Tx, status: StatusRow) -> None:
    if counts_for_author(status.visibility):
        await tx.execute(_UNCOUNT_STATUS, account=status.account_id)
    if status.boost_of_id is not None and status.visibility in OPEN:
        await tx.execute(_UNCOUNT_BOOST, parent=status.boost_of_id)
    if status.in_reply_to_id is not None:
        parents = [parent for parent in Visibility if counts_as_reply(status.visibility, parent)]
        await tx.execute(_UNCOUNT_REPLY, parent=status.in_reply_to_id, parents=parents)
