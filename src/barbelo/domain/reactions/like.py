"""Likes: favourites, as the client API calls them."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, delete, func, select, update

from barbelo.db.database import Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import likes, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import avoids
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.events import StatusLiked, StatusUnliked
from barbelo.domain.statuses.marks import Marked
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.origin import Origin

_ADD = statement(
    adding(likes, "account_id status_id created_at").on_conflict_do_nothing().returning(likes.c.id)
)
_DROP = statement(
    delete(likes)
    .where(
        likes.c.account_id == bindparam("account", type_=Uuid()),
        likes.c.status_id == bindparam("status", type_=Uuid()),
    )
    .returning(likes.c.id)
)
_STATUS = bindparam("status", type_=Uuid())
_COUNT = statement(
    update(statuses).where(statuses.c.id == _STATUS).values(likes_count=statuses.c.likes_count + 1)
)
_UNCOUNT = statement(
    update(statuses)
    .where(statuses.c.id == _STATUS)
    .values(likes_count=func.greatest(statuses.c.likes_count - 1, 0))
)


async def like(tx: Tx, draft: LikeDraft) -> None:
    """Like a status; doing it twice is doing it once."""
    made = await tx.value(_ADD, account_id=draft.author.id, status_id=draft.status_id, created_at=tx.now())
    if made is None:
        return
    await tx.execute(_COUNT, status=draft.status_id)
    await tx.emit(StatusLiked(status_id=draft.status_id, account_id=draft.author.id, origin=draft.origin))


async def unlike(tx: Tx, account_id: AccountId, status_id: UUID, origin: Origin) -> None:
    if await tx.value(_DROP, account=account_id, status=status_id) is None:
        return
    await tx.execute(_UNCOUNT, status=status_id)
    await tx.emit(StatusUnliked(status_id=StatusId(status_id), account_id=account_id, origin=origin))


_VIEWER = bindparam("viewer", type_=Uuid())

LIKED: Paged[Marked] = Paged(
    select(likes.c.id.label("cursor"), likes.c.status_id)
    .join(statuses, statuses.c.id == likes.c.status_id)
    .where(likes.c.account_id == _VIEWER, may_see(_VIEWER)),
    likes.c.id,
    Marked,
)
"""What a viewer has liked, by when."""

_LIKED_BY = (
    select(likes.c.id.label("cursor"), likes.c.status_id)
    .join(statuses, statuses.c.id == likes.c.status_id)
    .where(likes.c.account_id == bindparam("account", type_=Uuid()))
)
LIKED_BY: Paged[Marked] = Paged(_LIKED_BY.where(anybody_may_see()), likes.c.id, Marked)
"""What an account has liked, for those who are not signed in."""

LIKED_BY_FOR: Paged[Marked] = Paged(
    _LIKED_BY.where(may_see(_VIEWER), ~avoids(_VIEWER, statuses.c.account_id)), likes.c.id, Marked
)
"""What an account has liked, as far as the viewer may see it, without those whom the viewer has blocked."""


class Liker(Struct, frozen=True):
    cursor: int
    account_id: AccountId


LIKERS: Paged[Liker] = Paged(
    select(likes.c.id.label("cursor"), likes.c.account_id).where(likes.c.status_id == _STATUS),
    likes.c.id,
    Liker,
)
"""Who likes a status, for those who are not signed in."""

LIKERS_FOR: Paged[Liker] = Paged(
    select(likes.c.id.label("cursor"), likes.c.account_id).where(
        likes.c.status_id == _STATUS, ~avoids(_VIEWER, likes.c.account_id)
    ),
    likes.c.id,
    Liker,
)
"""Who likes a status, without those whom the viewer has blocked."""
