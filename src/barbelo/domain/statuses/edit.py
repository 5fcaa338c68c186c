"""Editing: the old version is kept, the new one takes its place, and those concerned are told."""

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins
from sqlalchemy import BigInteger, Text, Uuid, any_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.polls import polls
from barbelo.db.tables.statuses import media, mentions, status_tags, statuses
from barbelo.db.tables.versions import status_edits
from barbelo.domain.drafts import EditDraft, MediaChange, PollDraft
from barbelo.domain.events import StatusEdited
from barbelo.domain.media.attachments import describe, get_own
from barbelo.domain.statuses.history import Current, locked_version
from barbelo.domain.statuses.polls import add_poll
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, MediaId, StatusId

_KEEP = statement(
    adding(status_edits, "status_id content spoiler_text sensitive emojis media poll_titles created_at")
)
_VERSION = "content source content_type spoiler_text sensitive language tags emojis edited_at"
_SET = statement(
    update(statuses)
    .where(statuses.c.id == bindparam("status", type_=Uuid()))
    .values(
        {name: bindparam(f"new_{name}") for name in _VERSION.split()}
        | {
            "media_count": bindparam("new_media_count"),
            "has_poll": bindparam("new_has_poll"),
            "mentions_count": statuses.c.mentions_count + bindparam("more_mentions"),
        }
    )
)
_STATUS = bindparam("status", type_=Uuid())
_NAME = statement(
    upsert(mentions)
    .from_select(
        ["status_id", "account_id"],
        select(_STATUS, func.unnest(bindparam("account_ids", type_=ARRAY(Uuid())))),
    )
    .on_conflict_do_nothing()
    .returning(mentions.c.account_id)
)
_UNTAG = statement(delete(status_tags).where(status_tags.c.status_id == _STATUS))
_TAG = statement(
    insert(status_tags).from_select(
        ["tag", "status_id"], select(func.unnest(bindparam("tags", type_=ARRAY(Text()))), _STATUS)
    )
)
_MEDIA_IDS: Any = bindparam("media_ids", type_=ARRAY(BigInteger()))
_DETACH = statement(
    update(media)
    .where(media.c.status_id == _STATUS, ~(media.c.id == any_(_MEDIA_IDS)))
    .values(status_id=None)
)
_ATTACH = statement(
    update(media)
    .where(
        media.c.id == any_(_MEDIA_IDS),
        media.c.account_id == bindparam("owner", type_=Uuid()),
        (media.c.status_id.is_(None)) | (media.c.status_id == bindparam("on", type_=Uuid())),
    )
    .values(
        status_id=bindparam("claimed_by", type_=Uuid()),
        position=func.array_position(_MEDIA_IDS, media.c.id),
    )
)
_DROP_POLL = statement(delete(polls).where(polls.c.status_id == _STATUS))


async def edit(tx: Tx, draft: EditDraft) -> bool:
    """Replace a status by a new version. Gives whether anything was different; if not, nothing has happened.

    Somebody who was named stays able to see it; somebody newly named can see it now. A poll whose options
    change begins anew. Raises `NotFound`, `Invalid`.
    """
    before = await locked_version(tx, draft.status_id)
    if not _differs(draft, before):
        return False
    await tx.execute(_KEEP, **_kept(draft.status_id, before))
    named = await _write(tx, draft, before)
    await tx.emit(
        StatusEdited(
            status_id=draft.status_id, account_id=draft.author.id, mentioned=named, origin=draft.origin
        )
    )
    return True


def _kept(status_id: StatusId, version: Current) -> dict[str, object]:
    return {
        "status_id": status_id,
        "content": version.content,
        "spoiler_text": version.spoiler_text,
        "sensitive": version.sensitive,
        "emojis": version.emojis,
        "media": [to_builtins(row) for row in version.media],
        "poll_titles": version.poll_titles,
        "created_at": version.edited_at or version.created_at,
    }


def _differs(draft: EditDraft, before: Current) -> bool:
    same = (
        draft.content == before.content
        and draft.source == before.source
        and draft.spoiler_text == before.spoiler_text
        and draft.sensitive == before.sensitive
        and draft.language == before.language
        and draft.media_ids == [row.id for row in before.media]
        and not _new_poll(draft.poll, before)
        and not any(_says_more(change, before) for change in draft.media_changes)
    )
    return not same


def _says_more(change: MediaChange, before: Current) -> bool:
    row = next((row for row in before.media if row.id == change.id), None)
    if row is None:
        return False
    focus = None if change.focus is None else {"x": change.focus[0], "y": change.focus[1]}
    described = change.description is not None and change.description != row.description
    return described or (focus is not None and focus != row.meta.get("focus"))


def _new_poll(poll: PollDraft | None, before: Current) -> bool:
    if poll is None:
        return before.poll_titles is not None
    return poll.titles != before.poll_titles or poll.multiple != before.poll_multiple


async def _write(tx: Tx, draft: EditDraft, before: Current) -> list[AccountId]:
    """Gives those who are named now and were not before."""
    named = await tx.column(_NAME, status=draft.status_id, account_ids=draft.mentions)
    await tx.execute(_UNTAG, status=draft.status_id)
    if draft.tags:
        await tx.execute(_TAG, status=draft.status_id, tags=draft.tags)
    await _set_media(tx, draft.status_id, draft.author.id, draft.media_ids)
    for change in draft.media_changes:
        if change.id in draft.media_ids:
            row = await get_own(tx, change.id, draft.author.id)
            await describe(tx, row, description=change.description, focus=change.focus)
    if _new_poll(draft.poll, before):
        await tx.execute(_DROP_POLL, status=draft.status_id)
        if draft.poll is not None:
            await add_poll(tx, draft.status_id, draft.poll, draft.origin)
    await tx.execute(
        _SET,
        status=draft.status_id,
        **{f"new_{name}": getattr(draft, name) for name in _VERSION.split()},
        new_media_count=len(draft.media_ids),
        new_has_poll=draft.poll is not None,
        more_mentions=len(named),
    )
    return named


async def _set_media(tx: Tx, status_id: StatusId, owner: AccountId, media_ids: Sequence[MediaId]) -> None:
    """Exactly these, in this order. What is taken off stays unattached for a day."""
    await tx.execute(_DETACH, status=status_id, media_ids=media_ids)
    if media_ids:
        claimed = await tx.execute(
            _ATTACH, media_ids=media_ids, owner=owner, on=status_id, claimed_by=status_id
        )
        if claimed != len(media_ids):
            raise Invalid("Media not found, or attached to another post", field="media_ids")
