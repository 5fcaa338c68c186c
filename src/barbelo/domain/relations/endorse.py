"""Endorsing: to show people whom one follows on one's profile. Source: reference/pleroma 3.3."""

from typing import ClassVar

from sqlalchemy import Uuid, bindparam, delete, func, select

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.featured import endorsements
from barbelo.domain.events import AccountEndorsed, AccountUnendorsed
from barbelo.domain.relations.pairs import hold
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId

MOST = 20
"""Endorsements of one account."""

_ACCOUNT = bindparam("account", type_=Uuid())
_ADD = statement(
    adding(endorsements, "account_id target_id created_at")
    .on_conflict_do_nothing()
    .returning(endorsements.c.id)
)
_COUNT = statement(
    select(func.count()).select_from(endorsements).where(endorsements.c.account_id == _ACCOUNT)
)
_DROP = statement(
    delete(endorsements).where(
        endorsements.c.account_id == _ACCOUNT, endorsements.c.target_id == bindparam("target", type_=Uuid())
    )
)


class NotEndorsed(Invalid):
    """One shows only people whom one follows, and not too many. Doors answer 400, as Pleroma does."""

    code: ClassVar[str] = "not_endorsed"


async def endorse(tx: Tx, account_id: AccountId, target_id: AccountId) -> None:
    """Twice is once. Raises `NotEndorsed`, `NotFound`."""
    pair = await hold(tx, account_id, target_id)
    if not pair.ties.accepted:
        raise NotEndorsed(f"Could not endorse: You are not following {pair.other.acct}")
    made = await tx.value(_ADD, account_id=account_id, target_id=target_id, created_at=tx.now())
    if made is None:
        return
    if await tx.value(_COUNT, account=account_id) > MOST:  # held: nobody adds beside us
        raise NotEndorsed("You have already pinned the maximum number of users")
    await tx.emit(AccountEndorsed(account_id=account_id, target_id=target_id))


async def unendorse(tx: Tx, account_id: AccountId, target_id: AccountId) -> None:
    """Raises `NotFound` for an account that is not there."""
    await hold(tx, account_id, target_id, gone=True)
    await withdraw(tx, account_id, target_id)


async def withdraw(tx: Tx, account_id: AccountId, target_id: AccountId) -> None:
    """Both are held."""
    if await tx.execute(_DROP, account=account_id, target=target_id):
        await tx.emit(AccountUnendorsed(account_id=account_id, target_id=target_id))
