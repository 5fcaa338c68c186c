"""Reading conversations: the list of them, one of them, what was said in one, and all direct messages."""

from collections.abc import Collection
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ScalarSelect,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.statement import statement
from barbelo.db.tables.conversations import direct_feed, participations
from barbelo.db.tables.statuses import statuses, threads
from barbelo.domain.accounts.queries import keep_shown
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import avoids, mutes_account, wants
from barbelo.domain.drafts import Talk
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, ConversationId, StatusId, ThreadId
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility

UNKNOWN = "Unknown conversation id"

DIRECT: ColumnElement[Any] = literal_column(f"'{Visibility.DIRECT.value}'")
_VIEWER = bindparam("viewer", type_=Uuid())


class Conversation(Struct, frozen=True, kw_only=True):
    """A direct thread as one account keeps it. `last_status_id` is the last message that its owner is shown.

    `cursor` is for paging; `recipients` are all who get an answer, the owner too.
    """

    id: ConversationId
    thread_id: ThreadId
    cursor: StatusId | None
    last_status_id: StatusId | None
    unread: bool
    recipients: list[AccountId]


def latest_for(owner: ColumnElement[Any], thread: ColumnElement[Any]) -> Select[Any]:
    """The newest message of a thread that `owner` may see, from somebody whom they have not blocked."""
    return (
        select(statuses.c.id)
        .where(
            statuses.c.thread_id == thread,
            statuses.c.visibility == DIRECT,
            may_see(owner),
            ~avoids(owner, statuses.c.account_id),
        )
        .order_by(statuses.c.id.desc())
        .limit(1)
        .correlate(participations)
    )


_latest = latest_for(_VIEWER, participations.c.thread_id).lateral("latest")
_wanted = (
    latest_for(_VIEWER, participations.c.thread_id)
    .where(~mutes_account(_VIEWER, statuses.c.account_id))
    .lateral("latest")
)
_OWN = participations.c.account_id == _VIEWER
_WITH: Any = bindparam("recipients", type_=ARRAY(Uuid()))


def _row(last: ColumnElement[Any]) -> Select[Any]:
    return select(
        participations.c.id,
        participations.c.thread_id,
        participations.c.last_status_id.label("cursor"),
        last.label("last_status_id"),
        participations.c.unread,
        participations.c.recipients,
    ).where(_OWN)


_LIST: Paged[Conversation] = Paged(
    _row(_wanted.c.id)
    .select_from(participations.join(_wanted, true()))
    .where(
        or_(
            bindparam("any_recipients", type_=Boolean()),
            participations.c.recipients.contains(_WITH) & participations.c.recipients.contained_by(_WITH),
        )
    ),
    participations.c.last_status_id,
    Conversation,
)
_ONE = _row(_latest.c.id).select_from(participations.outerjoin(_latest, true()))
_GET = statement(_ONE.where(participations.c.id == bindparam("id", type_=BigInteger())), Conversation)
_SOME = statement(
    _ONE.where(participations.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger()))))
    .order_by(participations.c.last_status_id.desc())
    .limit(bindparam("most", type_=BigInteger())),
    Conversation,
)


async def list_conversations(
    reader: Reader, viewer: AccountId, page: Page[Any], *, recipients: Collection[AccountId] | None = None
) -> list[Conversation]:
    """By their last message, the newest first. With `recipients`: those with exactly these, and the viewer.

    Where only muted or blocked people have spoken there is nothing to list.
    """
    return await reader.page(
        _LIST,
        page,
        viewer=viewer,
        any_recipients=recipients is None,
        recipients=[] if recipients is None else list({viewer, *recipients}),
    )


async def get_conversation(
    reader: Reader, viewer: AccountId, conversation_id: ConversationId
) -> Conversation:
    """Raises `NotFound`, for somebody else's too."""
    found = await reader.one_or_none(_GET, viewer=viewer, id=conversation_id)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


async def some_conversations(
    reader: Reader, viewer: AccountId, ids: Collection[ConversationId], *, most: int
) -> list[Conversation]:
    """Those of `ids` that are the viewer's, the newest first."""
    return await reader.rows(_SOME, viewer=viewer, ids=list(ids), most=most)


_THREAD = statement(
    select(threads.c.uri)
    .join(participations, participations.c.thread_id == threads.c.id)
    .where(participations.c.id == bindparam("id", type_=BigInteger()), _OWN)
)


async def get_talk(reader: Reader, viewer: AccountId, conversation_id: ConversationId) -> Talk:
    """Where an answer goes, and to whom: whoever is suspended by now is not among them. Raises `NotFound`."""
    conversation = await get_conversation(reader, viewer, conversation_id)
    people = await keep_shown(reader, conversation.recipients)
    return Talk(
        thread_uri=await reader.value(_THREAD, id=conversation_id, viewer=viewer),
        people=[account_id for account_id in people if account_id != viewer],
    )


_SAID: Paged[StatusId] = Paged(
    select(statuses.c.id).where(
        statuses.c.thread_id == bindparam("thread", type_=BigInteger()),
        statuses.c.visibility == DIRECT,
        may_see(_VIEWER),
        ~avoids(_VIEWER, statuses.c.account_id),
    ),
    statuses.c.id,
)
_ALL_DIRECT: Paged[StatusId] = Paged(
    select(direct_feed.c.status_id)
    .join(statuses, statuses.c.id == direct_feed.c.status_id)
    .where(
        direct_feed.c.account_id == _VIEWER,
        may_see(_VIEWER),
        wants(_VIEWER, with_muted=bindparam("with_muted", type_=Boolean())),
    ),
    direct_feed.c.status_id,
)


async def said_in(reader: Reader, viewer: AccountId, thread: ThreadId, page: Page[Any]) -> list[StatusId]:
    """The direct messages of a thread. It is opened on purpose, so mutes do not count; blocks do."""
    return await reader.page(_SAID, page, viewer=viewer, thread=thread)


async def direct(
    reader: Reader, viewer: AccountId, page: Page[Any], *, with_muted: bool = False
) -> list[StatusId]:
    """All direct messages from and to the viewer."""
    return await reader.page(_ALL_DIRECT, page, viewer=viewer, with_muted=with_muted)


MOST_UNREAD = 1000
"""Nobody counts further than this."""


def unread_of(owner: ColumnElement[Any]) -> ScalarSelect[Any]:
    """How many conversations of `owner` (a column, or bound) are unread, as a part of another query."""
    unread = select(participations.c.id).where(participations.c.account_id == owner, participations.c.unread)
    counted = unread.correlate_except(participations).limit(literal_column(str(MOST_UNREAD))).subquery()
    return select(func.count()).select_from(counted).correlate_except(counted).scalar_subquery()
