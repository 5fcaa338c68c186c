"""Marking notifications as read. Source: the seed, `/api/v1/pleroma/notifications/read`; reference/pleroma 4.6."""

from msgspec import Struct

from barbelo.api.showing import emojis_of
from barbelo.db.database import Tx
from barbelo.domain.notifications import inbox
from barbelo.domain.notifications.inbox import NotificationRow
from barbelo.entities.notification import Notification, render_notifications
from barbelo.http.context import Ctx
from barbelo.http.routes import post
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import get_integer

UNKNOWN = "Cannot get notification"
MOST_SHOWN = 80
"""Of those that were just read; all are marked."""


class HowFar(Struct, frozen=True, kw_only=True):
    """`id`: this one. `max_id`: this one and all that are older. One of them; `id` goes first."""

    id: str | None = None
    max_id: str | None = None


@post(
    "/api/v1/pleroma/notifications/read",
    scope="write:notifications",
    params=HowFar,
    tags=("notifications",),
)
async def read_notifications(ctx: Ctx, wish: HowFar) -> Notification | list[Notification]:
    """Gives the one that was read, or the first 80 of those that were unread."""
    async with ctx.db.transaction() as tx:
        if wish.id:
            shown = await _shown(ctx, tx, [await _read_one(ctx, tx, wish.id)])
            if not shown:
                raise Invalid(UNKNOWN)
            return shown[0]
        if not wish.max_id:
            raise Invalid("Missing field: id.", field="id")
        return await _read_up_to(ctx, tx, wish.max_id)


class Latest(Struct, frozen=True, kw_only=True):
    latest_id: str


@post(
    "/api/qvitter/statuses/notifications/read",
    scope="write:notifications",
    params=Latest,
    statuses={Invalid: 400},
    tags=("notifications",),
)
async def read_as_before(ctx: Ctx, wish: Latest) -> list[Notification]:
    """The oldest way to mark all up to one, which the first front ends of Pleroma use."""
    async with ctx.db.transaction() as tx:
        return await _read_up_to(ctx, tx, wish.latest_id)


async def _read_up_to(ctx: Ctx, tx: Tx, text: str) -> list[Notification]:
    ids = await inbox.read_up_to(tx, ctx.user.id, _number(text))
    return await _shown(ctx, tx, await inbox.some_notifications(tx, ctx.user.id, ids, most=MOST_SHOWN))


async def _read_one(ctx: Ctx, tx: Tx, text: str) -> NotificationRow:
    try:
        return await inbox.read_one(tx, ctx.user.id, _number(text))
    except NotFound:
        raise Invalid(UNKNOWN) from None


def _number(text: str) -> int:
    try:
        return get_integer(text)
    except NotFound:
        raise Invalid(UNKNOWN) from None


async def _shown(ctx: Ctx, tx: Tx, rows: list[NotificationRow]) -> list[Notification]:
    return await render_notifications(tx, rows, ctx.user, ctx.urls, emojis_of(ctx))
