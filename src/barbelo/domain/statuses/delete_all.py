"""Deleting everything that somebody has written, in portions that one transaction can bear."""

from contextlib import suppress

from sqlalchemy import BigInteger, Uuid, bindparam, select

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import statuses
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId

_SOME = statement(
    select(statuses.c.id)
    .where(statuses.c.account_id == bindparam("account_id", type_=Uuid()))
    .order_by(statuses.c.id.desc())
    .limit(bindparam("most", type_=BigInteger()))
)


async def delete_some_of(tx: Tx, account_id: AccountId, most: int = 50) -> int:
    """The newest statuses and boosts of an account, with their media. Gives how many went; 0: there are none."""
    ids = await tx.column(_SOME, account_id=account_id, most=most)
    for status_id in ids:
        with suppress(NotFound):  # a boost of one's own went with its original
            await delete_status(tx, await get_unchecked(tx, status_id), with_media=True)
    return len(ids)
