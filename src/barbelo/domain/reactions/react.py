"""Emoji reactions: somebody puts an emoji on a status, or takes it back. Source: reference/pleroma 4.13."""

from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean, Integer, Uuid, any_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding, some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.reactions import reactions
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.wants import avoids, mutes_account
from barbelo.domain.drafts import ReactionDraft
from barbelo.domain.events import ReactionAdded, ReactionRemoved
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.origin import Origin
from barbelo.kernel.viewer import Viewer
from barbelo.text.emoji import qualified_emoji

_ADD = statement(
    adding(reactions, "status_id account_id emoji url created_at")
    .on_conflict_do_nothing()
    .returning(reactions.c.emoji)
)
_STATUS = bindparam("status", type_=Uuid())
_EMOJI = bindparam("emoji", type_=Name)
_DROP = statement(
    delete(reactions)
    .where(
        reactions.c.status_id == _STATUS,
        reactions.c.account_id == bindparam("account", type_=Uuid()),
        reactions.c.emoji == _EMOJI,
    )
    .returning(reactions.c.emoji)
)
_COUNT = statement(
    update(statuses)
    .where(statuses.c.id == _STATUS)
    .values(reactions_count=func.greatest(statuses.c.reactions_count + bindparam("more", type_=Integer()), 0))
)


async def react(tx: Tx, draft: ReactionDraft) -> None:
    """Add one emoji reaction; doing it twice is doing it once."""
    row = {"status_id": draft.status_id, "account_id": draft.author.id, "emoji": draft.emoji}
    if await tx.value(_ADD, **row, url=draft.url, created_at=tx.now()) is None:
        return
    await tx.execute(_COUNT, status=draft.status_id, more=1)
    await tx.emit(
        ReactionAdded(
            status_id=draft.status_id, account_id=draft.author.id, emoji=draft.emoji, origin=draft.origin
        )
    )


async def unreact(tx: Tx, account_id: AccountId, status_id: UUID, emoji: str, origin: Origin) -> None:
    """Take it back; what is not there is taken back already."""
    if await tx.value(_DROP, status=status_id, account=account_id, emoji=emoji) is None:
        return
    await tx.execute(_COUNT, status=status_id, more=-1)
    await tx.emit(
        ReactionRemoved(status_id=StatusId(status_id), account_id=account_id, emoji=emoji, origin=origin)
    )


class Emoji(Struct, frozen=True):
    """What can be put on a status: `url` is None for a character."""

    name: str
    url: str | None


_USED = statement(
    select(reactions.c.emoji.label("name"), reactions.c.url)
    .where(reactions.c.status_id == _STATUS, reactions.c.emoji == _EMOJI)
    .limit(1),
    Emoji,
)


async def get_emoji(reader: Reader, text: str, status_id: UUID, ours: Mapping[str, str]) -> Emoji:
    """What `text` names: one emoji, one of `ours` (shortcode to picture), or one that is on the status already.

    Raises `Invalid` for anything else.
    """
    if (character := qualified_emoji(text)) is not None:
        return Emoji(character, None)
    name = text.strip(":")
    if name in ours:
        return Emoji(name, ours[name])
    used = await reader.one_or_none(_USED, status=status_id, emoji=name)
    if used is None:
        raise Invalid("Could not add reaction emoji", field="emoji")
    return used


class Reactions(Struct, frozen=True, kw_only=True):
    """One emoji on a status, and who put it there, the first first."""

    status_id: StatusId
    name: str
    url: str | None
    account_ids: list[AccountId]


_VIEWER = bindparam("viewer", type_=Uuid())
_WITH_MUTED = bindparam("with_muted", type_=Boolean())
_reactor = accounts.alias("reactor")
_BY_EMOJI = (
    select(
        reactions.c.status_id,
        reactions.c.emoji.label("name"),
        func.max(reactions.c.url).label("url"),
        func.array_agg(aggregate_order_by(reactions.c.account_id, reactions.c.id)).label("account_ids"),
    )
    .where(
        reactions.c.status_id == any_(bindparam("ids", type_=ARRAY(Uuid()))),
        some(_reactor, _reactor.c.id == reactions.c.account_id, _reactor.c.suspended_at.is_(None)),
    )
    .group_by(reactions.c.status_id, reactions.c.emoji)
    .order_by(func.min(reactions.c.id))
)
_FOR_GUESTS = statement(_BY_EMOJI, Reactions)
_FOR_VIEWER = statement(
    _BY_EMOJI.where(
        ~avoids(_VIEWER, reactions.c.account_id),
        or_(_WITH_MUTED, ~mutes_account(_VIEWER, reactions.c.account_id)),
    ),
    Reactions,
)


async def reactions_to(
    reader: Reader, status_ids: Collection[UUID], viewer: Viewer | None, *, with_muted: bool = False
) -> list[Reactions]:
    """All reactions to these statuses, the oldest emoji of each first, without those whom the viewer avoids."""
    if viewer is None:
        return await reader.rows(_FOR_GUESTS, ids=list(status_ids))
    return await reader.rows(_FOR_VIEWER, ids=list(status_ids), viewer=viewer.id, with_muted=with_muted)
