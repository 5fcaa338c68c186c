"""Notifications, version 2: as lines. Source: docs.joinmastodon.org/methods/grouped_notifications, reference/mastodon 10."""

from typing import Literal

from msgspec import UNSET, field

from barbelo.api.mastodon.notifications import NotificationsQuery
from barbelo.api.showing import show_people, show_statuses
from barbelo.db.database import Reader
from barbelo.domain.notifications import groups
from barbelo.domain.notifications.groups import Line
from barbelo.domain.notifications.inbox import MOST_UNREAD
from barbelo.domain.notifications.judging import GROUPED
from barbelo.entities.account import Account
from barbelo.entities.filter import hidden
from barbelo.entities.notification_group import GroupedNotifications, in_full, render_group, render_partial
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get, post
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import encode

TAGS = ("notifications",)
READ, WRITE = "read:notifications", "write:notifications"


class GroupsQuery(NotificationsQuery, frozen=True, kw_only=True):
    """`grouped_types`: kinds that the client can show as one line; of all others each stands alone."""

    grouped_types: list[str] = field(default_factory=list)

    @property
    def grouped(self) -> list[str]:
        return [kind for kind in GROUPED if not self.grouped_types or kind in self.grouped_types]


class LinesQuery(GroupsQuery, frozen=True, kw_only=True):
    """`partial_avatars`: of most people the picture is enough."""

    expand_accounts: Literal["full", "partial_avatars"] = "full"


@get(
    "/api/v2/notifications",
    aliases=("/api/v2_alpha/notifications",),
    scope=READ,
    params=LinesQuery,
    tags=TAGS,
)
async def list_groups(ctx: Ctx, query: LinesQuery) -> GroupedNotifications:
    """Favourites and boosts of one status, and followers, each as one line for a day."""
    async with ctx.db.reading() as reader:
        which = await query.which(reader)
        page = await groups.list_lines(
            reader, ctx.user.id, which, query.integers(default=40, most=80), query.grouped
        )
        if page.first is not None:
            ctx.link(str(page.first), str(page.last))
        return await _shown(ctx, reader, page.lines, partial=query.expand_accounts == "partial_avatars")


@get(
    "/api/v2/notifications/unread_count",
    aliases=("/api/v2_alpha/notifications/unread_count",),
    scope=READ,
    params=GroupsQuery,
    tags=TAGS,
)
async def unread_groups(ctx: Ctx, query: GroupsQuery) -> dict[str, int]:
    """How many lines have something unread; nobody counts further than `limit`."""
    async with ctx.db.reading() as reader:
        which = await query.which(reader)
        most = query.rows(default=100, most=MOST_UNREAD)
        return {
            "count": await groups.count_unread_lines(reader, ctx.user.id, which, query.grouped, most=most)
        }


@get(
    "/api/v2/notifications/{group_key}",
    aliases=("/api/v2_alpha/notifications/{group_key}",),
    scope=READ,
    tags=TAGS,
)
async def show_group(ctx: Ctx, group_key: str) -> GroupedNotifications:
    async with ctx.db.reading() as reader:
        line = await groups.get_line(reader, ctx.user.id, group_key)
        shown = await _shown(ctx, reader, [line], paged=False)
    if not shown.notification_groups:
        raise NotFound
    return shown


@post(
    "/api/v2/notifications/{group_key}/dismiss",
    aliases=("/api/v2_alpha/notifications/{group_key}/dismiss",),
    scope=WRITE,
    tags=TAGS,
)
async def dismiss_group(ctx: Ctx, group_key: str) -> None:
    """Be done with all that is in a line."""
    async with ctx.db.transaction() as tx:
        await groups.dismiss_line(tx, ctx.user.id, group_key)


@get("/api/v2/notifications/{group_key}/accounts", scope=(READ, WRITE), params=PageParams, tags=TAGS)
async def group_accounts(ctx: Ctx, page: PageParams, group_key: str) -> list[Account]:
    """All who are in a line, the latest first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(
            groups.SENDERS, page.integers(40, 80), viewer=ctx.user.id, **groups.line_params(group_key)
        )
        if rows:
            ctx.link(str(rows[0].cursor), str(rows[-1].cursor))
        return await show_people(ctx, reader, list(dict.fromkeys(row.account_id for row in rows)))


async def _shown(
    ctx: Ctx, reader: Reader, lines: list[Line], *, partial: bool = False, paged: bool = True
) -> GroupedNotifications:
    """Without what has lost its people or its status meanwhile; on a page, without what one's filters hide."""
    about = list(dict.fromkeys(line.status_id for line in lines if line.status_id is not None))
    statuses = await show_statuses(ctx, reader, about)
    if paged:
        statuses = [status for status in statuses if not hidden(status.filtered, "notifications")]
    there = {status.id for status in statuses}
    lines = [line for line in lines if line.status_id is None or encode(line.status_id) in there]
    people = await show_people(
        ctx, reader, list(dict.fromkeys(one for line in lines for one in line.senders))
    )
    known = {account.id for account in people}
    shown = [render_group(line, known, paged=paged) for line in lines]
    shown = [group for group in shown if group.sample_account_ids]
    full = in_full(shown) if partial else known
    return GroupedNotifications(
        accounts=[one for one in people if one.id in full],
        partial_accounts=[render_partial(one) for one in people if one.id not in full] if partial else UNSET,
        statuses=statuses,
        notification_groups=shown,
    )
