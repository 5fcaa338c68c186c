"""Statuses that are deleted by themselves. Source: reference/pleroma 3.2 (`expires_in`)."""

from datetime import datetime, timedelta

from sqlalchemy import Uuid, bindparam, select

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import statuses
from barbelo.domain.events import StatusExpired
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.queries import StatusRow
from barbelo.kernel.errors import Invalid

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(days=3660)

_OVER = statement(
    select(*(statuses.c[name] for name in StatusRow.__struct_fields__)).where(
        statuses.c.id == bindparam("id", type_=Uuid()), statuses.c.expires_at <= bindparam("now")
    ),
    StatusRow,
)


def expires_at(expires_in_s: int, now: datetime) -> datetime:
    """Raises `Invalid` for a life that is too short to be worth telling anybody of, or absurdly long."""
    if expires_in_s < SHORTEST.total_seconds():
        raise Invalid("Expiry date is too soon", field="expires_in")
    if expires_in_s > LONGEST.total_seconds():
        raise Invalid("Expiry date is too far in the future", field="expires_in")
    return now + timedelta(seconds=expires_in_s)


async def delete_expired(tx: Tx, event: StatusExpired) -> None:
    """A consequence: delete it, unless it was given more time, or is gone already."""
    row = await tx.one_or_none(_OVER, id=event.status_id, now=tx.now())
    if row is not None:
        await delete_status(tx, row, with_media=True)
