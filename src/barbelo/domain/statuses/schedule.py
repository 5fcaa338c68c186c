"""Statuses for later: kept as wishes, published once when their time has come.

A wish is judged twice: when it is made, so that mistakes are told at once, and when it is due, for the world
may have changed. What cannot be published then stays in the list, where its author finds it.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import BigInteger, Uuid, bindparam, delete, func, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.versions import scheduled_statuses
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.events import StatusDue
from barbelo.domain.statuses.compose import Limits, Wish, compose
from barbelo.domain.statuses.publish import publish
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, AppId, StatusId
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

AT_LEAST_AHEAD = timedelta(minutes=5)
MOST_A_DAY = 25
MOST = 300

_UNLIMITED = Limits(characters=1_000_000, media=1_000, mentions=10_000)
"""What was allowed when it was wished for is allowed when it is due."""


class Scheduled(Struct, frozen=True, kw_only=True):
    id: int
    account_id: AccountId
    app_id: AppId | None
    wish: Wish
    base: str
    scheduled_at: datetime


_COLUMNS = [scheduled_statuses.c[name] for name in Scheduled.__struct_fields__]
_OWNER = scheduled_statuses.c.account_id == bindparam("owner", type_=Uuid())
_ID = scheduled_statuses.c.id == bindparam("id", type_=BigInteger())

LIST: Paged[Scheduled] = Paged(select(*_COLUMNS).where(_OWNER), scheduled_statuses.c.id, Scheduled)
"""Somebody's scheduled statuses, the latest made first."""

_GET = statement(select(*_COLUMNS).where(_OWNER, _ID), Scheduled)
_DUE = statement(
    delete(scheduled_statuses)
    .where(_ID, scheduled_statuses.c.scheduled_at <= bindparam("now"))
    .returning(*_COLUMNS),
    Scheduled,
)
_ADD = statement(
    adding(scheduled_statuses, "account_id app_id wish base scheduled_at created_at").returning(*_COLUMNS),
    Scheduled,
)
_MOVE = statement(
    update(scheduled_statuses).where(_OWNER, _ID).values(scheduled_at=bindparam("at")).returning(*_COLUMNS),
    Scheduled,
)
_CANCEL = statement(delete(scheduled_statuses).where(_OWNER, _ID).returning(*_COLUMNS), Scheduled)
_LOCK = statement(
    select(accounts.c.id).where(accounts.c.id == bindparam("owner", type_=Uuid())).with_for_update()
)


class _Counts(Struct, frozen=True):
    all: int
    that_day: int


_AT = bindparam("at", type_=scheduled_statuses.c.scheduled_at.type)
_COUNTS = statement(
    select(
        func.count().label("all"),
        func.count()
        .filter(func.date_trunc("day", scheduled_statuses.c.scheduled_at) == func.date_trunc("day", _AT))
        .label("that_day"),
    ).where(_OWNER),
    _Counts,
)


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether there is anything to wait for; what is nearer is published at once."""
    return at >= now + AT_LEAST_AHEAD


async def schedule(
    tx: Tx, viewer: Viewer, wish: Wish, *, at: datetime, urls: Urls, limits: Limits
) -> Scheduled:
    """Keep a wish for later. Raises as `compose` does, and `Invalid` beyond 25 a day or 300 in all."""
    await compose(tx, viewer, wish, urls=urls, limits=limits)  # only to be told of mistakes now
    await _check_room(tx, viewer, at)
    row = await tx.one(
        _ADD,
        account_id=viewer.id,
        app_id=viewer.app_id,
        wish=wish,
        base=urls.base,
        scheduled_at=at,
        created_at=tx.now(),
    )
    await tx.emit(StatusDue(scheduled_id=row.id), at=at)
    return row


async def _check_room(tx: Tx, viewer: Viewer, at: datetime) -> None:
    await tx.value(_LOCK, owner=viewer.id)  # two at once must not both find the last place
    counts = (await tx.rows(_COUNTS, owner=viewer.id, at=at))[0]
    if counts.all >= MOST:
        raise Invalid("total limit exceeded", field="scheduled_at")
    if counts.that_day >= MOST_A_DAY:
        raise Invalid("daily limit exceeded", field="scheduled_at")


async def get_scheduled(reader: Reader, owner: AccountId, scheduled_id: int) -> Scheduled:
    """Raises `NotFound`."""
    return await reader.one(_GET, owner=owner, id=scheduled_id)


async def move(tx: Tx, owner: AccountId, scheduled_id: int, at: datetime) -> Scheduled:
    """Another time. Raises `NotFound`, and `Invalid` when it is not five minutes ahead."""
    if not is_ahead(at, tx.now()):
        raise Invalid("must be at least 5 minutes from now", field="scheduled_at")
    row = await tx.one(_MOVE, owner=owner, id=scheduled_id, at=at)
    await tx.emit(StatusDue(scheduled_id=row.id), at=at)
    return row


async def cancel(tx: Tx, owner: AccountId, scheduled_id: int) -> None:
    """Raises `NotFound`."""
    await tx.one(_CANCEL, owner=owner, id=scheduled_id)


async def publish_due(tx: Tx, event: StatusDue) -> StatusId | None:
    """A consequence: publish, unless it was moved or cancelled. The row and the status change places at once."""
    row = await tx.one_or_none(_DUE, id=event.scheduled_id, now=tx.now())
    if row is None:
        return None
    who = await get_author(tx, row.account_id)
    viewer = Viewer(id=who.id, username=who.username, scopes=frozenset(), app_id=row.app_id)
    draft = await compose(tx, viewer, row.wish, urls=Urls(row.base), limits=_UNLIMITED)
    return await publish(tx, draft)
