"""Reading one's notifications, and being done with them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Text, Uuid, any_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import found
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.reactions import reactions
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.timelines import notifications
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import avoids, mutes_notifications, mutes_thread
from barbelo.kernel.ids import AccountId, NotificationId, StatusId
from barbelo.kernel.paging import Page

KINDS = (
    "mention",
    "follow",
    "follow_request",
    "favourite",
    "reblog",
    "poll",
    "update",
    "status",
    "pleroma:emoji_reaction",
)
"""What there is to be told of, by the names of the client API."""

MOST_UNREAD = 1000
"""Nobody counts further than this."""


class NotificationRow(Struct, frozen=True, kw_only=True):
    id: NotificationId
    from_account_id: AccountId
    kind: str
    status_id: StatusId | None
    emoji: str | None  # of a reaction
    emoji_url: str | None  # of one with a custom emoji
    group_key: str | None  # the same for what is shown as one line; None: stands alone
    read_at: datetime | None
    created_at: datetime
    muted: bool


class Which(Struct, frozen=True, kw_only=True):
    """`kinds` None: all there are. `hidden` visibilities are left out. `from_id`: only from this account.

    `with_filtered`: also what the viewer's own policy keeps back.
    """

    kinds: Collection[str] | None = None
    hidden: Collection[str] = ()
    from_id: AccountId | None = None
    with_muted: bool = False
    with_filtered: bool = False

    @property
    def params(self) -> dict[str, Any]:
        return {
            "with_muted": self.with_muted,
            "with_filtered": self.with_filtered,
            "kinds": list(KINDS if self.kinds is None else self.kinds),
            "hidden": list(self.hidden),
            "from_id": self.from_id,
        }


VIEWER = bindparam("viewer", type_=Uuid())
_WITH_MUTED = bindparam("with_muted", type_=Boolean())
_FROM_ID = bindparam("from_id", type_=Uuid())
_sender = accounts.alias("sender")

_MUTED = or_(
    mutes_notifications(VIEWER, notifications.c.from_account_id),
    found(
        statuses,
        statuses.c.id == notifications.c.status_id,
        mutes_thread(VIEWER, statuses.c.thread_id),
    ),
)
# What its sender or its status has become unfit to be shown for is not there, as little as what is somebody else's.
THERE = (
    notifications.c.account_id == VIEWER,
    found(_sender, _sender.c.id == notifications.c.from_account_id, _sender.c.suspended_at.is_(None)),
    ~avoids(VIEWER, notifications.c.from_account_id),
    or_(
        notifications.c.status_id.is_(None),
        found(statuses, statuses.c.id == notifications.c.status_id, may_see(VIEWER)),
    ),
)
# One look at the status for all that is asked of it.
ASKED_FOR = (
    or_(bindparam("with_filtered", type_=Boolean()), ~notifications.c.filtered),
    or_(_WITH_MUTED, ~mutes_notifications(VIEWER, notifications.c.from_account_id)),
    notifications.c.kind == any_(bindparam("kinds", type_=ARRAY(Text()))),
    or_(_FROM_ID.is_(None), notifications.c.from_account_id == _FROM_ID),
    or_(
        notifications.c.status_id.is_(None),
        found(
            statuses,
            statuses.c.id == notifications.c.status_id,
            or_(_WITH_MUTED, ~mutes_thread(VIEWER, statuses.c.thread_id)),
            ~(statuses.c.visibility == any_(bindparam("hidden", type_=ARRAY(Text())))),
        ),
    ),
)
_EMOJI_URL = (
    select(reactions.c.url)
    .where(
        reactions.c.status_id == notifications.c.status_id,
        reactions.c.account_id == notifications.c.from_account_id,
        reactions.c.emoji == notifications.c.emoji,
    )
    .scalar_subquery()
)
_OWN = select(
    *(notifications.c[name] for name in NotificationRow.__struct_fields__ if name in notifications.c),
    _EMOJI_URL.label("emoji_url"),
    _MUTED.label("muted"),
).where(*THERE)
_LIST: Paged[NotificationRow] = Paged(_OWN.where(*ASKED_FOR), notifications.c.id, NotificationRow)
_ID = bindparam("id", type_=BigInteger())
_ONE = statement(_OWN.where(notifications.c.id == _ID), NotificationRow)


async def list_notifications(
    reader: Reader, viewer: AccountId, which: Which, page: Page[Any]
) -> list[NotificationRow]:
    """Newest first."""
    return await reader.page(_LIST, page, viewer=viewer, **which.params)


async def get_notification(reader: Reader, viewer: AccountId, notification_id: int) -> NotificationRow:
    """Raises `NotFound`, for somebody else's too."""
    return await reader.one(_ONE, viewer=viewer, id=notification_id)


_MINE = notifications.c.account_id == VIEWER
_CLEAR = statement(delete(notifications).where(_MINE))
_DISMISS = statement(
    delete(notifications).where(
        _MINE, notifications.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger())))
    )
)
_READ_UP_TO = statement(
    update(notifications)
    .where(_MINE, notifications.c.id <= _ID, notifications.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
    .returning(notifications.c.id)
)
_READ_ONE = statement(
    update(notifications)
    .where(_MINE, notifications.c.id == _ID, notifications.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)
_SOME = statement(
    _OWN.where(notifications.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger()))))
    .order_by(notifications.c.id.desc())
    .limit(bindparam("most", type_=BigInteger())),
    NotificationRow,
)
_unread = (
    select(notifications.c.id)
    .where(*THERE, *ASKED_FOR, notifications.c.read_at.is_(None))
    .limit(bindparam("most", type_=BigInteger()))
    .subquery()
)
_COUNT_UNREAD = statement(select(func.count()).select_from(_unread))


async def clear(tx: Tx, viewer: AccountId) -> None:
    await tx.execute(_CLEAR, viewer=viewer)


async def dismiss(tx: Tx, viewer: AccountId, ids: Collection[int]) -> int:
    """Drop these of the viewer's; how many there were."""
    return await tx.execute(_DISMISS, viewer=viewer, ids=list(ids))


async def read_up_to(tx: Tx, viewer: AccountId, notification_id: int) -> list[NotificationId]:
    """Mark this one and all below as read. Gives those that were not."""
    return await tx.column(_READ_UP_TO, viewer=viewer, id=notification_id, now=tx.now())


async def read_one(tx: Tx, viewer: AccountId, notification_id: int) -> NotificationRow:
    """Raises `NotFound`."""
    await tx.execute(_READ_ONE, viewer=viewer, id=notification_id, now=tx.now())
    return await get_notification(tx, viewer, notification_id)


async def some_notifications(
    reader: Reader, viewer: AccountId, ids: Collection[int], *, most: int
) -> list[NotificationRow]:
    """Those of `ids` that are the viewer's, newest first, at most so many."""
    return await reader.rows(_SOME, viewer=viewer, ids=list(ids), most=most)


EVERYTHING = Which()


async def count_unread(
    reader: Reader, viewer: AccountId, which: Which = EVERYTHING, *, most: int = MOST_UNREAD
) -> int:
    """How many of those that would be listed are unread; never more than `most`."""
    count: int = await reader.value(_COUNT_UNREAD, viewer=viewer, most=most, **which.params)
    return count
