"""Direct messages, by thread and one by one.

Source: docs.joinmastodon.org/methods/conversations, reference/mastodon 7, reference/pleroma 3.1, 3.5.
"""

from collections.abc import Sequence

from barbelo.api.showing import emojis_of, filters_of, show_page
from barbelo.db.database import Reader
from barbelo.domain.conversations import keep, queries
from barbelo.domain.conversations.queries import Conversation as Row
from barbelo.entities.conversation import Conversation, render_conversations
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get, post
from barbelo.kernel.ids import AccountId, ConversationId, encode, find_flake

TAGS = ("conversations",)


class ConversationsQuery(PageParams, frozen=True, kw_only=True):
    """`recipients` are ids of accounts: only conversations with exactly these, besides the reader."""

    recipients: list[str] | None = None


@get("/api/v1/conversations", scope="read:statuses", params=ConversationsQuery, tags=TAGS)
async def list_conversations(ctx: Ctx, query: ConversationsQuery) -> list[Conversation]:
    """One's direct threads, by their last message."""
    wanted = [find_flake(text) for text in query.recipients or ()]
    known = [AccountId(one) for one in wanted if one is not None]
    if len(known) != len(wanted):
        return []  # with somebody who cannot be there
    async with ctx.db.reading() as reader:
        rows = await queries.list_conversations(
            reader, ctx.user.id, query.flakes(), recipients=known if query.recipients else None
        )
        cursors = [row.cursor for row in rows if row.cursor is not None]
        if cursors:
            ctx.link(encode(cursors[0]), encode(cursors[-1]))
        return await show_conversations(ctx, reader, rows)


async def show_conversations(ctx: Ctx, reader: Reader, rows: Sequence[Row]) -> list[Conversation]:
    filters = await filters_of(ctx, reader)
    return await render_conversations(reader, rows, ctx.user, ctx.urls, emojis_of(ctx), filters)


async def show_conversation(ctx: Ctx, reader: Reader, conversation_id: ConversationId) -> Conversation:
    """Raises `NotFound`."""
    row = await queries.get_conversation(reader, ctx.user.id, conversation_id)
    return (await show_conversations(ctx, reader, [row]))[0]


@post("/api/v1/conversations/{conversation_id}/read", scope="write:conversations", tags=TAGS)
async def read_conversation(ctx: Ctx, conversation_id: ConversationId) -> Conversation:
    async with ctx.db.transaction() as tx:
        await keep.read_conversation(tx, ctx.user.id, conversation_id)
        return await show_conversation(ctx, tx, conversation_id)


@delete("/api/v1/conversations/{conversation_id}", scope="write:conversations", tags=TAGS)
async def drop_conversation(ctx: Ctx, conversation_id: ConversationId) -> None:
    """Put a conversation away. Its messages stay; with the next one it begins anew."""
    async with ctx.db.transaction() as tx:
        await keep.drop_conversation(tx, ctx.user.id, conversation_id)


class DirectQuery(PageParams, frozen=True, kw_only=True):
    with_muted: bool = False


@get(
    "/api/v1/timelines/direct",
    scope="read:statuses",
    params=DirectQuery,
    limit="timeline:direct",
    tags=("timelines",),
)
async def direct_timeline(ctx: Ctx, query: DirectQuery) -> list[Status]:
    """All direct messages from and to oneself."""
    async with ctx.db.reading() as reader:
        ids = await queries.direct(reader, ctx.user.id, query.flakes(), with_muted=query.with_muted)
        return await show_page(ctx, reader, ids)
