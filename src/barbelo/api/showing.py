"""Showing things to whoever asks: the renderers of `entities`, with what a request knows filled in."""

from collections.abc import Sequence
from uuid import UUID

from barbelo.db.database import Reader
from barbelo.entities.emoji import EmojiMap
from barbelo.entities.status import Status, render_status, render_statuses
from barbelo.http.context import Ctx
from barbelo.kernel.ids import StatusId


def emojis_of(ctx: Ctx) -> EmojiMap:
    """Our custom emoji, as the process keeps them."""
    emojis: EmojiMap = ctx.gateways.emojis.current
    return emojis


async def show_statuses(ctx: Ctx, reader: Reader, ids: Sequence[StatusId]) -> list[Status]:
    return await render_statuses(reader, ids, ctx.viewer, ctx.urls, emojis_of(ctx))


async def show_status(ctx: Ctx, reader: Reader, status_id: UUID) -> Status:
    return await render_status(reader, StatusId(status_id), ctx.viewer, ctx.urls, emojis_of(ctx))
