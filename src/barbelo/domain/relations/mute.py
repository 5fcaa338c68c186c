"""Muting: not to hear from somebody, without their noticing, for a time or for ever."""

from datetime import timedelta

from sqlalchemy import BigInteger, Uuid, bindparam, delete, or_, select

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.metadata import Time
from barbelo.db.tables.relations import mutes
from barbelo.domain.events import AccountMuted, AccountUnmuted
from barbelo.domain.relations.pairs import OnOneself, hold
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId

LONGEST_S = 3_153_600_000
"""A hundred years."""

_new = adding(mutes, "muter_id muted_id notifications expires_at created_at")
_SET = statement(
    _new.on_conflict_do_update(
        index_elements=[mutes.c.muter_id, mutes.c.muted_id],
        set_={
            "notifications": _new.excluded.notifications,
            "expires_at": _new.excluded.expires_at,
            "created_at": _new.excluded.created_at,
        },
        where=or_(
            mutes.c.notifications != _new.excluded.notifications,
            mutes.c.expires_at.is_distinct_from(_new.excluded.expires_at),
        ),
    ).returning(mutes.c.id)
)
_DROP = statement(
    delete(mutes).where(
        mutes.c.muter_id == bindparam("muter", type_=Uuid()),
        mutes.c.muted_id == bindparam("muted", type_=Uuid()),
    )
)
_expired = (
    select(mutes.c.id)
    .where(mutes.c.expires_at <= bindparam("now", type_=Time))
    .order_by(mutes.c.expires_at)
    .limit(bindparam("most", type_=BigInteger()))
)
_DROP_EXPIRED = statement(delete(mutes).where(mutes.c.id.in_(_expired.scalar_subquery())))


async def mute(
    tx: Tx, muter_id: AccountId, muted_id: AccountId, *, notifications: bool = True, duration_s: int = 0
) -> None:
    """Doing it again changes how long and how much. `duration_s` 0 is for ever.

    Raises `OnOneself`, `NotFound`, `Invalid`.
    """
    if muter_id == muted_id:
        raise OnOneself("Can not mute yourself")
    if not 0 <= duration_s <= LONGEST_S:
        raise Invalid("duration - Expected seconds, or 0 for ever.", field="duration")
    await hold(tx, muter_id, muted_id)
    now = tx.now()
    changed = await tx.value(
        _SET,
        muter_id=muter_id,
        muted_id=muted_id,
        notifications=notifications,
        expires_at=now + timedelta(seconds=duration_s) if duration_s else None,
        created_at=now,
    )
    if changed is not None:
        await tx.emit(AccountMuted(muter_id=muter_id, muted_id=muted_id))


async def unmute(tx: Tx, muter_id: AccountId, muted_id: AccountId) -> None:
    """Raises `NotFound` for an account that is not there."""
    await hold(tx, muter_id, muted_id, gone=True)
    if await tx.execute(_DROP, muter=muter_id, muted=muted_id):
        await tx.emit(AccountUnmuted(muter_id=muter_id, muted_id=muted_id))


async def drop_expired(tx: Tx, most: int = 1000) -> int:
    """Mutes whose time is over: nobody asks for them any more, they only take room. Gives how many went."""
    return await tx.execute(_DROP_EXPIRED, now=tx.now(), most=most)
