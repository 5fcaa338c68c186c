"""Publishing: a draft becomes rows, counters move, and it is told. Ours and theirs alike."""

from typing import Any

from sqlalchemy import BigInteger, Text, Uuid, any_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import media, mentions, status_tags, statuses, threads
from barbelo.domain.audience.addressing import counts_as_reply, counts_for_author
from barbelo.domain.drafts import StatusDraft
from barbelo.domain.events import StatusExpired, StatusPublished
from barbelo.domain.statuses.polls import add_poll
from barbelo.kernel.errors import Conflict, Invalid
from barbelo.kernel.ids import StatusId, ThreadId
from barbelo.kernel.origin import Origin

_STATUS = """
    id account_id in_reply_to_id in_reply_to_account_id thread_id uri url local visibility content source
    content_type spoiler_text sensitive language app_id tags emojis media_count mentions_count has_poll expires_at created_at
"""
_ADD_STATUS = statement(
    adding(statuses, _STATUS).on_conflict_do_nothing(index_elements=["uri"]).returning(statuses.c.id)
)

_ADD_THREAD = statement(
    upsert(threads)
    .values(uri=bindparam("uri"), created_at=bindparam("now"))
    .on_conflict_do_update(index_elements=["uri"], set_={"uri": bindparam("uri")})
    .returning(threads.c.id)
)

_ACCOUNT_IDS = bindparam("account_ids", type_=ARRAY(Uuid()))
_ADD_MENTIONS = statement(
    upsert(mentions)
    .from_select(
        ["status_id", "account_id"],
        select(bindparam("status_id", type_=Uuid()), func.unnest(_ACCOUNT_IDS)),
    )
    .on_conflict_do_nothing()
)

_ADD_TAGS = statement(
    insert(status_tags).from_select(
        ["tag", "status_id"],
        select(func.unnest(bindparam("tags", type_=ARRAY(Text()))), bindparam("status_id", type_=Uuid())),
    )
)

_MEDIA_IDS: Any = bindparam("media_ids", type_=ARRAY(BigInteger()))
_CLAIM_MEDIA = statement(
    update(media)
    .where(
        media.c.id == any_(_MEDIA_IDS),
        media.c.account_id == bindparam("owner", type_=Uuid()),
        media.c.status_id.is_(None),
    )
    .values(
        status_id=bindparam("claimed_by", type_=Uuid()),
        position=func.array_position(_MEDIA_IDS, media.c.id),
    )
)

_COUNT_STATUS = statement(
    update(accounts)
    .where(accounts.c.id == bindparam("account", type_=Uuid()))
    .values(
        statuses_count=accounts.c.statuses_count + 1,
        last_status_at=func.greatest(
            accounts.c.last_status_at, bindparam("published_at", type_=accounts.c.created_at.type)
        ),
    )
)
_COUNT_REPLY = statement(
    update(statuses)
    .where(statuses.c.id == bindparam("parent", type_=Uuid()))
    .values(replies_count=statuses.c.replies_count + 1)
)


NO_MEDIA = "Media not found, or attached to another post"


async def publish(tx: Tx, draft: StatusDraft) -> StatusId:
    """Write the status down, count it, tell of it.

    Raises `Conflict` when its uri is known already (a second delivery), `Invalid` when a piece of media
    is not the author's or hangs on another status.
    """
    status_id = StatusId(tx.new_id() if draft.origin is Origin.LOCAL else tx.id_at(draft.published_at))
    thread_id = await _thread(tx, draft)
    row = {
        "id": status_id,
        "account_id": draft.author.id,
        "in_reply_to_id": draft.parent.id if draft.parent else None,
        "in_reply_to_account_id": draft.parent.account_id if draft.parent else None,
        "thread_id": thread_id,
        "local": draft.origin is Origin.LOCAL,
        "media_count": len(draft.media_ids),
        "mentions_count": len(draft.mentions),
        "has_poll": draft.poll is not None,
        "created_at": draft.published_at,
    }
    given = {name: getattr(draft, name) for name in _STATUS.split() if name not in row}
    if await tx.value(_ADD_STATUS, **row, **given) is None:
        raise Conflict("This status is known already")
    await _attach(tx, draft, status_id)
    await _count(tx, draft)
    if draft.expires_at is not None:
        await tx.emit(StatusExpired(status_id=status_id), at=draft.expires_at)
    await tx.emit(StatusPublished(status_id=status_id, account_id=draft.author.id, origin=draft.origin))
    return status_id


async def _thread(tx: Tx, draft: StatusDraft) -> ThreadId:
    if draft.parent is not None and draft.parent.thread_id is not None:
        return draft.parent.thread_id
    return ThreadId(await tx.value(_ADD_THREAD, uri=draft.thread_uri, now=tx.now()))


async def _attach(tx: Tx, draft: StatusDraft, status_id: StatusId) -> None:
    if draft.mentions:
        await tx.execute(_ADD_MENTIONS, status_id=status_id, account_ids=draft.mentions)
    if draft.tags:
        await tx.execute(_ADD_TAGS, status_id=status_id, tags=draft.tags)
    if draft.poll is not None:
        await add_poll(tx, status_id, draft.poll, draft.origin)
    if draft.media_ids:
        claimed = await tx.execute(
            _CLAIM_MEDIA, media_ids=draft.media_ids, owner=draft.author.id, claimed_by=status_id
        )
        if claimed != len(draft.media_ids):
            raise Invalid(NO_MEDIA, field="media_ids")


async def _count(tx: Tx, draft: StatusDraft) -> None:
    if counts_for_author(draft.visibility):
        await tx.execute(_COUNT_STATUS, account=draft.author.id, published_at=draft.published_at)
    if draft.parent is not None and counts_as_reply(draft.visibility, draft.parent.visibility):
        await tx.execute(_COUNT_REPLY, parent=draft.parent.id)
