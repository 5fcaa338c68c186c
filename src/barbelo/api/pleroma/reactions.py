"""Emoji reactions. Source: the Pleroma API document (Emoji Reactions), reference/pleroma 4.13."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from barbelo.api.people import show_known
from barbelo.api.showing import emojis_of, get_shown, show_status
from barbelo.db.database import Reader
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import ReactionDraft
from barbelo.domain.reactions.react import Reactions, get_emoji, react, reactions_to, unreact
from barbelo.entities.account import Account
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.routes import delete, get, put
from barbelo.kernel.errors import BarbeloError, Invalid
from barbelo.kernel.ids import AccountId, StatusId, encode
from barbelo.kernel.origin import Origin
from barbelo.text.emoji import qualified_emoji

TAGS = ("reactions",)
PATH = "/api/v1/pleroma/statuses/{status_id}/reactions"
STATUSES: Mapping[type[BarbeloError], int] = MappingProxyType({Invalid: 400})


class EmojiReactions(Struct, frozen=True, kw_only=True):
    """One emoji, and who put it there. `name` of a custom one is without colons."""

    name: str
    count: int
    me: bool
    url: str | None
    accounts: list[Account]


class ReactionsQuery(Struct, frozen=True, kw_only=True):
    with_muted: bool = False


@put(
    PATH + "/{emoji}",
    aliases=("/api/v1/statuses/{status_id}/emoji_reactions/{emoji}",),
    scope="write:statuses",
    statuses=STATUSES,
    tags=TAGS,
)
async def add_reaction(ctx: Ctx, status_id: StatusId, emoji: str) -> Status:
    """React with one emoji: a character, a custom one, or one that somebody has put there already."""
    async with ctx.db.transaction() as tx:
        status = await get_shown(ctx, tx, status_id)
        ours = {name: one.url for name, one in emojis_of(ctx).items()}
        found = await get_emoji(tx, emoji, status.id, ours)
        who = await get_author(tx, ctx.user.id)
        await react(
            tx,
            ReactionDraft(
                author=who, origin=Origin.LOCAL, status_id=status.id, emoji=found.name, url=found.url
            ),
        )
        return await show_status(ctx, tx, status.id)


@delete(PATH + "/{emoji}", scope="write:statuses", statuses=STATUSES, tags=TAGS)
async def remove_reaction(ctx: Ctx, status_id: StatusId, emoji: str) -> Status:
    """Take one's reaction back."""
    async with ctx.db.transaction() as tx:
        status = await get_shown(ctx, tx, status_id)
        await unreact(tx, ctx.user.id, status.id, _name(emoji), Origin.LOCAL)
        return await show_status(ctx, tx, status.id)


@get(PATH, auth="optional", scope="read:statuses", params=ReactionsQuery, tags=TAGS)
async def list_reactions(ctx: Ctx, query: ReactionsQuery, status_id: StatusId) -> list[EmojiReactions]:
    """All reactions, the oldest emoji first."""
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        rows = await reactions_to(reader, [status.id], ctx.viewer, with_muted=query.with_muted)
        return await _shown(ctx, reader, rows)


@get(PATH + "/{emoji}", auth="optional", scope="read:statuses", params=ReactionsQuery, tags=TAGS)
async def list_reactions_with(
    ctx: Ctx, query: ReactionsQuery, status_id: StatusId, emoji: str
) -> list[EmojiReactions]:
    """The reactions with one emoji: a list of one, or of none."""
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        rows = await reactions_to(reader, [status.id], ctx.viewer, with_muted=query.with_muted)
        return await _shown(ctx, reader, [row for row in rows if row.name == _name(emoji)])


def _name(text: str) -> str:
    return qualified_emoji(text) or text.strip(":")


async def _shown(ctx: Ctx, reader: Reader, rows: Sequence[Reactions]) -> list[EmojiReactions]:
    ids: list[AccountId] = list(dict.fromkeys(one for row in rows for one in row.account_ids))
    people = {account.id: account for account in await show_known(ctx, reader, ids)}
    me = ctx.viewer.id if ctx.viewer else None
    return [
        EmojiReactions(
            name=row.name,
            count=len(row.account_ids),
            me=me in row.account_ids,
            url=row.url,
            accounts=[people[name] for name in map(encode, row.account_ids) if name in people],
        )
        for row in rows
    ]
