"""Notifications, version 1. Source: docs.joinmastodon.org/methods/notifications, reference/pleroma 3.4."""

from msgspec import UNSET, Struct, field

from barbelo.api.filling import filled
from barbelo.api.showing import emojis_of, filters_of
from barbelo.db.database import Reader
from barbelo.domain.accounts import queries as accounts
from barbelo.domain.notifications import inbox
from barbelo.domain.notifications.inbox import KINDS, MOST_UNREAD, NotificationRow, Which
from barbelo.entities.filter import hidden
from barbelo.entities.notification import Notification, render_notifications
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import delete, get, post
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, NotificationId, find_flake, get_integer
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility

TAGS = ("notifications",)


class NotificationsQuery(PageParams, frozen=True, kw_only=True):
    """`types` and Pleroma's `include_types` are the same. Kinds that we do not know are never found."""

    types: list[str] = field(default_factory=list)
    include_types: list[str] = field(default_factory=list)
    exclude_types: list[str] = field(default_factory=list)
    exclude_visibilities: list[Visibility] = field(default_factory=list)
    account_id: str | None = None
    with_muted: bool = False
    include_filtered: bool = False

    async def which(self, reader: Reader) -> Which:
        """Raises `NotFound` when `account_id` is nobody's."""
        asked = {*self.types, *self.include_types}
        kinds = [kind for kind in KINDS if (not asked or kind in asked) and kind not in self.exclude_types]
        return Which(
            kinds=kinds,
            hidden=self.exclude_visibilities,
            from_id=await _sender(reader, self.account_id) if self.account_id else None,
            with_muted=self.with_muted,
            with_filtered=self.include_filtered,
        )


async def _sender(reader: Reader, text: str) -> AccountId:
    flake = find_flake(text)
    found = await accounts.find(reader, AccountId(flake)) if flake is not None else None
    if found is None:
        raise NotFound("Account is not found")
    return found.id


@get("/api/v1/notifications", scope="read:notifications", params=NotificationsQuery, tags=TAGS)
async def list_notifications(ctx: Ctx, query: NotificationsQuery) -> list[Notification]:
    async with ctx.db.reading() as reader:
        page = query.integers(default=20, most=80)
        which = await query.which(reader)

        async def read(rest: Page[int]) -> list[NotificationRow]:
            return await inbox.list_notifications(reader, ctx.user.id, which, rest)

        async def show(rows: list[NotificationRow]) -> list[Notification]:
            """Without those about statuses that one's filters hide: others take their place."""
            return [one for one in await _shown(ctx, reader, rows) if not _hidden(one)]

        shown, rows = await filled(page, read, show, cursor=lambda row: row.id)
        if rows:
            ctx.link(str(rows[0].id), str(rows[-1].id))
        return shown


@get("/api/v1/notifications/unread_count", scope="read:notifications", params=NotificationsQuery, tags=TAGS)
async def unread_count(ctx: Ctx, query: NotificationsQuery) -> dict[str, int]:
    """How many of those that would be listed are unread; nobody counts further than `limit`."""
    async with ctx.db.reading() as reader:
        which = await query.which(reader)
        most = query.rows(default=100, most=MOST_UNREAD)
        return {"count": await inbox.count_unread(reader, ctx.user.id, which, most=most)}


@get("/api/v1/notifications/{notification_id}", scope="read:notifications", tags=TAGS)
async def get_notification(ctx: Ctx, notification_id: NotificationId) -> Notification:
    async with ctx.db.reading() as reader:
        row = await inbox.get_notification(reader, ctx.user.id, notification_id)
        shown = await _shown(ctx, reader, [row])
    if not shown:
        raise NotFound
    return shown[0]


@post("/api/v1/notifications/clear", scope="write:notifications", tags=TAGS)
async def clear_notifications(ctx: Ctx) -> None:
    """Be done with all of them."""
    async with ctx.db.transaction() as tx:
        await inbox.clear(tx, ctx.user.id)


@post("/api/v1/notifications/{notification_id}/dismiss", scope="write:notifications", tags=TAGS)
async def dismiss_notification(ctx: Ctx, notification_id: NotificationId) -> None:
    async with ctx.db.transaction() as tx:
        if not await inbox.dismiss(tx, ctx.user.id, [notification_id]):
            raise NotFound


class One(Struct, frozen=True, kw_only=True):
    id: str


@post("/api/v1/notifications/dismiss", scope="write:notifications", params=One, tags=TAGS)
async def dismiss_one(ctx: Ctx, one: One) -> None:
    """The old way to dismiss, which apps still use."""
    async with ctx.db.transaction() as tx:
        if not await inbox.dismiss(tx, ctx.user.id, [get_integer(one.id)]):
            raise NotFound


class Several(Struct, frozen=True, kw_only=True):
    ids: list[str]


@delete("/api/v1/notifications/destroy_multiple", scope="write:notifications", params=Several, tags=TAGS)
async def dismiss_several(ctx: Ctx, several: Several) -> None:
    """Be done with several; those that are not there are done with already."""
    async with ctx.db.transaction() as tx:
        await inbox.dismiss(tx, ctx.user.id, [int(one) for one in several.ids if _is_number(one)])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


async def _shown(ctx: Ctx, reader: Reader, rows: list[NotificationRow]) -> list[Notification]:
    filters = await filters_of(ctx, reader)
    return await render_notifications(reader, rows, ctx.user, ctx.urls, emojis_of(ctx), filters)


def _hidden(notification: Notification) -> bool:
    status = notification.status
    return status is not UNSET and hidden(status.filtered, "notifications")
