"""Showing things to whoever asks: the renderers of `entities`, with what a request knows filled in.

Every status that leaves by a door for clients passes here, so what is kept from guests is kept here.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from barbelo.api.filling import filled
from barbelo.api.guests import guests_of
from barbelo.db.database import Reader
from barbelo.domain.audience.guests import Guests
from barbelo.domain.statuses.queries import StatusRow, get_original
from barbelo.domain.timelines.filtering import NO_FILTERS, Filters
from barbelo.entities.account import Account, render_accounts
from barbelo.entities.emoji import EmojiMap
from barbelo.entities.filter import hidden
from barbelo.entities.status import Status, render_statuses
from barbelo.http.context import Ctx
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, StatusId, encode
from barbelo.kernel.paging import Page


def emojis_of(ctx: Ctx) -> EmojiMap:
    """Our custom emoji, as the process keeps them."""
    emojis: EmojiMap = ctx.gateways.emojis.current
    return emojis


async def filters_of(ctx: Ctx, reader: Reader) -> Filters:
    """What the asker does not want to read, as the process keeps it."""
    if ctx.viewer is None:
        return NO_FILTERS
    filters: Filters = await ctx.gateways.filters.of(reader, ctx.viewer.id)
    return filters


async def show_statuses(ctx: Ctx, reader: Reader, ids: Sequence[StatusId]) -> list[Status]:
    """In the order of `ids`, without what was deleted meanwhile."""
    filters = await filters_of(ctx, reader)
    shown = await render_statuses(reader, ids, ctx.viewer, ctx.urls, emojis_of(ctx), filters)
    if ctx.viewer is not None:
        return shown
    guests = guests_of(ctx.settings)
    return [status for status in shown if _is_for_guests(guests, status)]


def _is_for_guests(guests: Guests, status: Status) -> bool:
    """A boost shows what it boosts: both must be fit for guests."""
    inner = status.reblog
    return guests.may_see_status(None, local=status.pleroma.local) and (
        inner is None or _is_for_guests(guests, inner)
    )


async def get_shown(ctx: Ctx, reader: Reader, status_id: UUID) -> StatusRow:
    """The status that is meant, not its boost, when the asker is shown it. Raises `NotFound`."""
    status = await get_original(reader, status_id, ctx.viewer)
    if not guests_of(ctx.settings).may_see_status(ctx.viewer, local=status.local):
        raise NotFound
    return status


async def show_status(ctx: Ctx, reader: Reader, status_id: UUID) -> Status:
    """Raises `NotFound` for what was deleted meanwhile, and for what is kept from guests."""
    shown = await show_statuses(ctx, reader, [StatusId(status_id)])
    if not shown:
        raise NotFound
    return shown[0]


async def show_page(ctx: Ctx, reader: Reader, ids: Sequence[StatusId]) -> list[Status]:
    """A page of a timeline, with its `Link` header."""
    if ids:
        ctx.link(encode(ids[0]), encode(ids[-1]))
    return await show_statuses(ctx, reader, ids)


async def show_home(
    ctx: Ctx, reader: Reader, page: Page[UUID], read: Callable[[Page[UUID]], Awaitable[list[StatusId]]]
) -> list[Status]:
    """Like `show_page`, without what the asker's filters hide at home: other statuses take their place."""

    async def show(ids: list[StatusId]) -> list[Status]:
        return [one for one in await show_statuses(ctx, reader, ids) if not hidden(one.filtered, "home")]

    shown, ids = await filled(page, read, show, cursor=lambda status_id: status_id)
    if ids:
        ctx.link(encode(ids[0]), encode(ids[-1]))
    return shown


async def show_people(
    ctx: Ctx, reader: Reader, ids: Sequence[AccountId], *, with_relationships: bool = False
) -> list[Account]:
    """In the order of `ids`; whoever has just left is missing."""
    found = await render_accounts(
        reader, ids, ctx.viewer, ctx.urls, emojis_of(ctx), with_relationships=with_relationships
    )
    return [found[account_id] for account_id in ids if account_id in found]
