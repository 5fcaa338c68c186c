"""What somebody sets on a status for themselves: a bookmark, a pin, silence for its thread."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Uuid, bindparam, delete, func, select, update

from barbelo.db.database import Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.bookmarks import bookmark_folders
from barbelo.db.tables.statuses import bookmarks, statuses, thread_mutes
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.events import StatusPinned, StatusUnpinned
from barbelo.domain.statuses.queries import StatusRow
from barbelo.kernel.errors import Invalid, NotAllowed
from barbelo.kernel.ids import AccountId, StatusId, ThreadId
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import OPEN, Visibility

_PINNABLE = OPEN | {Visibility.PRIVATE, Visibility.LOCAL}

_own_folder = (
    select(bookmark_folders.c.id)
    .where(
        bookmark_folders.c.id == bindparam("folder", type_=Uuid()),
        bookmark_folders.c.account_id == bindparam("account_id", type_=Uuid()),
    )
    .scalar_subquery()
)
_set_bookmark = adding(bookmarks, "account_id status_id created_at").values(folder_id=_own_folder)
_SET_BOOKMARK = statement(
    _set_bookmark.on_conflict_do_update(
        index_elements=["status_id", "account_id"], set_={"folder_id": _set_bookmark.excluded.folder_id}
    )
)
_DROP_BOOKMARK = statement(
    delete(bookmarks).where(
        bookmarks.c.account_id == bindparam("account_id", type_=Uuid()),
        bookmarks.c.status_id == bindparam("status_id", type_=Uuid()),
    )
)


class Marked(Struct, frozen=True):
    """A row of a list that is ordered by when it was marked: `cursor` is for the `Link` header."""

    cursor: int
    status_id: StatusId


_BOOKMARKED = (
    select(bookmarks.c.id.label("cursor"), bookmarks.c.status_id)
    .join(statuses, statuses.c.id == bookmarks.c.status_id)
    .where(
        bookmarks.c.account_id == bindparam("viewer", type_=Uuid()),
        may_see(bindparam("viewer", type_=Uuid())),
    )
)
BOOKMARKED: Paged[Marked] = Paged(_BOOKMARKED, bookmarks.c.id, Marked)
"""A viewer's bookmarks, by when they were set. What can no longer be seen is not listed."""

BOOKMARKED_IN: Paged[Marked] = Paged(
    _BOOKMARKED.where(bookmarks.c.folder_id == bindparam("folder", type_=Uuid())), bookmarks.c.id, Marked
)
"""Those of them that are in a folder."""


async def bookmark(
    tx: Tx, account_id: AccountId, status: StatusRow, *, folder_id: UUID | None = None
) -> None:
    """Set a bookmark, or move it: without a folder it is in none. Somebody else's folder counts as none."""
    await tx.execute(
        _SET_BOOKMARK, account_id=account_id, status_id=status.id, folder=folder_id, created_at=tx.now()
    )


async def unbookmark(tx: Tx, account_id: AccountId, status: StatusRow) -> None:
    await tx.execute(_DROP_BOOKMARK, account_id=account_id, status_id=status.id)


_ACCOUNT = bindparam("account", type_=Uuid())
_LOCK_ACCOUNT = statement(select(accounts.c.id).where(accounts.c.id == _ACCOUNT).with_for_update())
_COUNT_PINS = statement(
    select(func.count()).where(
        statuses.c.account_id == _ACCOUNT,
        statuses.c.pinned_at.is_not(None),
        statuses.c.id != bindparam("status", type_=Uuid()),
    )
)
_SET_PIN = statement(
    update(statuses)
    .where(statuses.c.id == bindparam("status", type_=Uuid()))
    .values(pinned_at=func.coalesce(statuses.c.pinned_at, bindparam("at", type_=statuses.c.pinned_at.type)))
)
_DROP_PIN = statement(
    update(statuses)
    .where(statuses.c.id == bindparam("status", type_=Uuid()), statuses.c.pinned_at.is_not(None))
    .values(pinned_at=None)
)


async def pin(tx: Tx, viewer: Viewer, status: StatusRow, *, most: int) -> None:
    """Pin to one's profile; twice is once. Raises `Invalid`, also when `most` others are pinned already."""
    if status.account_id != viewer.id or status.boost_of_id is not None:
        raise Invalid("Someone else's status cannot be pinned")
    if status.visibility not in _PINNABLE:
        raise Invalid("Non-public status cannot be pinned")
    # Two pins at once must not both find room for the last one.
    await tx.value(_LOCK_ACCOUNT, account=viewer.id)
    if await tx.value(_COUNT_PINS, account=viewer.id, status=status.id) >= most:
        raise Invalid("You have already pinned the maximum number of statuses", limit=most)
    await tx.execute(_SET_PIN, status=status.id, at=tx.now())
    await tx.emit(StatusPinned(status_id=status.id, account_id=viewer.id))


async def unpin(tx: Tx, viewer: Viewer, status: StatusRow) -> None:
    if status.account_id != viewer.id:
        raise NotAllowed("Someone else's status cannot be unpinned")
    if await tx.execute(_DROP_PIN, status=status.id):
        await tx.emit(StatusUnpinned(status_id=status.id, account_id=viewer.id))


_ADD_MUTE = statement(
    adding(thread_mutes, "account_id thread_id expires_at created_at").on_conflict_do_update(
        index_elements=["account_id", "thread_id"], set_={"expires_at": bindparam("expires_at")}
    )
)
_DROP_MUTE = statement(
    delete(thread_mutes).where(
        thread_mutes.c.account_id == _ACCOUNT,
        thread_mutes.c.thread_id == bindparam("thread", type_=BigInteger()),
    )
)


async def mute_thread(
    tx: Tx, account_id: AccountId, thread_id: ThreadId, *, until: datetime | None = None
) -> None:
    """Hear no more of a thread; `until` None is for ever. Muting again sets the time anew."""
    await tx.execute(
        _ADD_MUTE, account_id=account_id, thread_id=thread_id, expires_at=until, created_at=tx.now()
    )


async def unmute_thread(tx: Tx, account_id: AccountId, thread_id: ThreadId) -> None:
    await tx.execute(_DROP_MUTE, account=account_id, thread=thread_id)
