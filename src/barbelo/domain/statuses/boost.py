"""Boosting: a row of its own that points to the original."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, select, update

from barbelo.db.database import Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.addressing import counts_for_author
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import avoids
from barbelo.domain.drafts import BoostDraft
from barbelo.domain.events import StatusPublished
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.queries import StatusRow
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.origin import Origin
from barbelo.kernel.visibility import OPEN

_ADD = statement(
    adding(statuses, "id account_id boost_of_id uri url local visibility created_at")
    .on_conflict_do_nothing()
    .returning(statuses.c.id)
)
_ID = bindparam("id", type_=Uuid())
_COUNT_BOOST = statement(
    update(statuses).where(statuses.c.id == _ID).values(boosts_count=statuses.c.boosts_count + 1)
)
_COUNT_STATUS = statement(
    update(accounts)
    .where(accounts.c.id == _ID)
    .values(statuses_count=accounts.c.statuses_count + 1, last_status_at=bindparam("now"))
)
_FIND = statement(
    select(*(statuses.c[name] for name in StatusRow.__struct_fields__)).where(
        statuses.c.boost_of_id == bindparam("status", type_=Uuid()),
        statuses.c.account_id == bindparam("account", type_=Uuid()),
    ),
    StatusRow,
)


async def boost(tx: Tx, draft: BoostDraft) -> StatusId:
    """Boost; doing it twice gives the first boost again."""
    boost_id = StatusId(tx.new_id() if draft.origin is Origin.LOCAL else tx.id_at(draft.published_at))
    made = await tx.value(
        _ADD,
        id=boost_id,
        account_id=draft.author.id,
        boost_of_id=draft.status_id,
        uri=draft.uri,
        url=None,
        local=draft.origin is Origin.LOCAL,
        visibility=draft.visibility,
        created_at=draft.published_at,
    )
    if made is None:
        return (await tx.one(_FIND, status=draft.status_id, account=draft.author.id)).id
    if draft.visibility in OPEN:
        await tx.execute(_COUNT_BOOST, id=draft.status_id)
    if counts_for_author(draft.visibility):
        await tx.execute(_COUNT_STATUS, id=draft.author.id, now=draft.published_at)
    await tx.emit(StatusPublished(status_id=boost_id, account_id=draft.author.id, origin=draft.origin))
    return boost_id


async def unboost(tx: Tx, account_id: AccountId, status_id: UUID) -> None:
    """Undo the boost of `status_id` (the original); without one nothing happens."""
    row = await tx.one_or_none(_FIND, status=status_id, account=account_id)
    if row is not None:
        await delete_status(tx, row)


class Booster(Struct, frozen=True):
    """Somebody who has boosted; `cursor` is the boost's id."""

    cursor: StatusId
    account_id: AccountId


_VIEWER = bindparam("viewer", type_=Uuid())
_BOOSTERS = select(statuses.c.id.label("cursor"), statuses.c.account_id).where(
    statuses.c.boost_of_id == bindparam("status", type_=Uuid())
)

BOOSTERS: Paged[Booster] = Paged(_BOOSTERS.where(anybody_may_see()), statuses.c.id, Booster)
"""Who has boosted a status, for those who are not signed in."""

BOOSTERS_FOR: Paged[Booster] = Paged(
    _BOOSTERS.where(may_see(_VIEWER), ~avoids(_VIEWER, statuses.c.account_id)), statuses.c.id, Booster
)
"""Who has boosted a status: the boosts that the viewer may see, without those whom they have blocked."""
