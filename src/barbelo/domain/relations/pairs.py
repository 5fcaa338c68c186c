"""Two accounts and what ties them, held still while a deed changes it.

Every deed of this slice locks both accounts first, in the order of their ids. So two deeds about the same pair
come one after the other, whatever they are, and two people who follow each other at once do not wait in a circle.
"""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.rows import some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import blocks, follows
from barbelo.domain.accounts.queries import shown
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId


class OnOneself(Invalid):
    """Nobody follows, blocks or mutes themselves. Doors answer 400, as Pleroma does."""

    code: ClassVar[str] = "on_oneself"


class Party(Struct, frozen=True, kw_only=True):
    """One of the two. `host` is None for one of ours."""

    id: AccountId
    username: str
    host: str | None
    locked: bool
    suspended_at: datetime | None
    shown: bool  # others may know of it: not suspended, and let in

    @property
    def acct(self) -> str:
        return self.username if self.host is None else f"{self.username}@{self.host}"

    @property
    def stands(self) -> bool:
        return self.suspended_at is None


class Ties(Struct, frozen=True, kw_only=True):
    """From the one who acts (`accepted`, `blocks`) and back. `accepted` None: no follow at all."""

    accepted: bool | None
    accepted_back: bool | None
    blocks: bool
    blocked: bool


class Pair(Struct, frozen=True, kw_only=True):
    """`one` acts, `other` is acted upon."""

    one: Party
    other: Party
    ties: Ties


_HOLD = statement(
    select(
        *(accounts.c[name] for name in Party.__struct_fields__ if name in accounts.c), shown().label("shown")
    )
    .where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True),
    Party,
)
_ONE, _OTHER = bindparam("one", type_=Uuid()), bindparam("other", type_=Uuid())
_back, _theirs = follows.alias(), blocks.alias()
_TIES = statement(
    select(
        select(follows.c.accepted)
        .where(follows.c.follower_id == _ONE, follows.c.followed_id == _OTHER)
        .scalar_subquery()
        .label("accepted"),
        select(_back.c.accepted)
        .where(_back.c.follower_id == _OTHER, _back.c.followed_id == _ONE)
        .scalar_subquery()
        .label("accepted_back"),
        some(blocks, blocks.c.blocker_id == _ONE, blocks.c.blocked_id == _OTHER).label("blocks"),
        some(_theirs, _theirs.c.blocker_id == _OTHER, _theirs.c.blocked_id == _ONE).label("blocked"),
    ),
    Ties,
)


async def hold(tx: Tx, one: AccountId, other: AccountId, *, gone: bool = False) -> Pair:
    """Lock both until the end of the transaction, and read what ties them.

    `gone`: the other may be hidden by now, for undoing what was done before. Raises `NotFound`.
    """
    found = {party.id: party for party in await tx.rows(_HOLD, ids=[one, other])}
    if len(found) < 2 or not (gone or found[other].shown):
        raise NotFound
    # A statement of its own: one that waited for the lock would still see what was before.
    ties = await tx.one(_TIES, one=one, other=other)
    return Pair(one=found[one], other=found[other], ties=ties)
