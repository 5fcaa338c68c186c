"""Short ways to say what the tests say often: somebody publishes, somebody follows, is it seen?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID, uuid4

from sqlalchemy import Uuid, bindparam, select

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import blocks, domain_blocks, follows, mutes
from barbelo.db.tables.statuses import statuses
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import wants
from barbelo.domain.drafts import BoostDraft, Parent, StatusDraft
from barbelo.domain.media.attachments import MediaDraft, attach
from barbelo.domain.statuses.boost import boost
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.ids import AccountId, MediaId, StatusId
from barbelo.kernel.origin import Origin
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility
from people import HERE

Person = Viewer | AccountId


def id_of(person: Person) -> AccountId:
    return person.id if isinstance(person, Viewer) else person


class _UndoneError(Exception):
    """Ends a savepoint without keeping what was written."""


@asynccontextmanager
async def tried(tx: Tx) -> AsyncIterator[None]:
    """What is written inside is gone afterwards: for many examples within one test."""
    with suppress(_UndoneError):
        async with tx.savepoint():
            yield
            raise _UndoneError


class Facts(TypedDict, total=False):
    """What may be said of a status beyond its text."""

    visibility: Visibility
    mentions: tuple[Person, ...]
    reply_to: StatusId
    tags: tuple[str, ...]
    media_ids: tuple[MediaId, ...]
    at: datetime


async def published(tx: Tx, who: Person, text: str = "hello", **facts: Unpack[Facts]) -> StatusId:
    """A status by somebody, from here or elsewhere, by the same deed that the doors use."""
    by = await get_author(tx, id_of(who))
    return await publish(
        tx,
        StatusDraft(
            author=by,
            origin=Origin.LOCAL if by.host is None else Origin.REMOTE,
            uri=HERE.object(uuid4()),
            url=None,
            visibility=facts.get("visibility", Visibility.PUBLIC),
            content=f"<p>{text}</p>",
            source=text,
            content_type="text/plain",
            published_at=facts.get("at") or tx.now(),
            parent=await _parent(tx, facts["reply_to"]) if "reply_to" in facts else None,
            thread_uri=HERE.thread(uuid4()),
            mentions=[id_of(person) for person in facts.get("mentions", ())],
            tags=list(facts.get("tags", ())),
            media_ids=list(facts.get("media_ids", ())),
        ),
    )


async def _parent(tx: Tx, status_id: StatusId) -> Parent:
    row = await get_unchecked(tx, status_id)
    return Parent(id=row.id, account_id=row.account_id, thread_id=row.thread_id, visibility=row.visibility)


async def picture(tx: Tx, who: Person) -> MediaId:
    """An upload that waits for a status; there is no file behind it."""
    draft = MediaDraft(
        account_id=id_of(who),
        kind="image",
        mime="image/png",
        path="ab/cd/x.png",
        preview_path=None,
        name="x.png",
        description="",
        blurhash=None,
        meta={},
        size_bytes=1,
    )
    return (await attach(tx, draft)).id


async def boosted(
    tx: Tx, who: Person, status_id: StatusId, visibility: Visibility = Visibility.PUBLIC
) -> StatusId:
    by = await get_author(tx, id_of(who))
    return await boost(
        tx,
        BoostDraft(
            author=by,
            origin=Origin.LOCAL if by.host is None else Origin.REMOTE,
            uri=HERE.activity(uuid4()),
            visibility=visibility,
            status_id=status_id,
            published_at=tx.now(),
        ),
    )


_FOLLOW = statement(adding(follows, "follower_id followed_id accepted show_boosts created_at"))
_BLOCK = statement(adding(blocks, "blocker_id blocked_id created_at"))
_MUTE = statement(adding(mutes, "muter_id muted_id expires_at created_at"))
_BLOCK_HOST = statement(adding(domain_blocks, "account_id host created_at"))


async def follows_row(
    tx: Tx, follower: Person, followed: Person, *, accepted: bool = True, show_boosts: bool = True
) -> None:
    """Only the row: for tests of the rules that read it."""
    await tx.execute(
        _FOLLOW,
        follower_id=id_of(follower),
        followed_id=id_of(followed),
        accepted=accepted,
        show_boosts=show_boosts,
        created_at=tx.now(),
    )


async def blocks_row(tx: Tx, blocker: Person, blocked: Person) -> None:
    await tx.execute(_BLOCK, blocker_id=id_of(blocker), blocked_id=id_of(blocked), created_at=tx.now())


async def mutes_row(tx: Tx, muter: Person, muted: Person, expires_at: datetime | None = None) -> None:
    await tx.execute(
        _MUTE, muter_id=id_of(muter), muted_id=id_of(muted), expires_at=expires_at, created_at=tx.now()
    )


async def blocks_host_row(tx: Tx, person: Person, host: str) -> None:
    await tx.execute(_BLOCK_HOST, account_id=id_of(person), host=host, created_at=tx.now())


_STATUS = bindparam("status", type_=Uuid())
_VIEWER = bindparam("viewer", type_=Uuid())
_ONE: Any = select(statuses.c.id).where(statuses.c.id == _STATUS)
_LOCAL = select(accounts.c.host.is_(None)).where(accounts.c.id == _VIEWER).scalar_subquery()
_SEEN = statement(_ONE.where(may_see(_VIEWER, local=_LOCAL)))
_SEEN_BY_ALL = statement(_ONE.where(anybody_may_see()))
_WANTED = statement(_ONE.where(wants(_VIEWER)))


async def seen_by(tx: Tx, person: Person | None, status_id: UUID) -> bool:
    """Whether somebody may see a status; None is somebody who is not signed in."""
    if person is None:
        return await tx.value(_SEEN_BY_ALL, status=status_id) is not None
    return await tx.value(_SEEN, status=status_id, viewer=id_of(person)) is not None


async def wanted_by(tx: Tx, person: Person, status_id: UUID) -> bool:
    return await tx.value(_WANTED, status=status_id, viewer=id_of(person)) is not None
