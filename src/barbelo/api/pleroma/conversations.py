"""Pleroma's conversations. Source: the seed's chapter "Pleroma Conversations", reference/pleroma 4.11."""

from msgspec import Struct

from barbelo.api.mastodon.conversations import show_conversation, show_conversations
from barbelo.api.showing import show_page
from barbelo.domain.conversations import keep, queries
from barbelo.entities.conversation import Conversation
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get, patch, post
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, ConversationId, find_flake, get_integer

TAGS = ("conversations",)
MOST_SHOWN = 200
"""Of the conversations that were just marked as read; all are marked."""


@get("/api/v1/pleroma/conversations/{conversation_id}", scope="read:statuses", tags=TAGS)
async def one_conversation(ctx: Ctx, conversation_id: str) -> Conversation:
    async with ctx.db.reading() as reader:
        return await show_conversation(ctx, reader, _id(conversation_id))


@get(
    "/api/v1/pleroma/conversations/{conversation_id}/statuses",
    scope="read:statuses",
    params=PageParams,
    tags=TAGS,
)
async def conversation_statuses(ctx: Ctx, page: PageParams, conversation_id: str) -> list[Status]:
    """What was said in a conversation, the newest first."""
    async with ctx.db.reading() as reader:
        row = await queries.get_conversation(reader, ctx.user.id, _id(conversation_id))
        ids = await queries.said_in(reader, ctx.user.id, row.thread_id, page.flakes())
        return await show_page(ctx, reader, ids)


class Recipients(Struct, frozen=True, kw_only=True):
    """Ids of accounts: the whole new list."""

    recipients: list[str]


@patch(
    "/api/v1/pleroma/conversations/{conversation_id}",
    scope="write:conversations",
    params=Recipients,
    tags=TAGS,
)
async def change_recipients(ctx: Ctx, new: Recipients, conversation_id: str) -> Conversation:
    """Choose who receives the answers. Oneself always does; unknown ids are left out."""
    name = _id(conversation_id)
    people = [AccountId(one) for text in new.recipients if (one := find_flake(text)) is not None]
    async with ctx.db.transaction() as tx:
        await keep.set_recipients(tx, ctx.user.id, name, people)
        return await show_conversation(ctx, tx, name)


@post("/api/v1/pleroma/conversations/read", scope="write:conversations", tags=TAGS)
async def read_conversations(ctx: Ctx) -> list[Conversation]:
    """Mark all conversations as read. Gives those that were not."""
    async with ctx.db.transaction() as tx:
        ids = await keep.read_all(tx, ctx.user.id)
        rows = await queries.some_conversations(tx, ctx.user.id, ids, most=MOST_SHOWN)
        return await show_conversations(ctx, tx, rows)


def _id(text: str) -> ConversationId:
    """Raises `NotFound` in the words for a conversation that is not there."""
    try:
        return ConversationId(get_integer(text))
    except NotFound:
        raise NotFound(queries.UNKNOWN) from None
