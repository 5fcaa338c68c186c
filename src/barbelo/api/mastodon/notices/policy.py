"""Who may notify, and who waits behind that. Source: docs.joinmastodon.org/methods/notifications, reference/mastodon 10."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from barbelo.api.showing import emojis_of
from barbelo.db.database import Reader
from barbelo.domain.notifications import policy as rules
from barbelo.domain.notifications.policy import PolicyChanges, RequestRow, Word
from barbelo.entities.notification_request import (
    NotificationPolicy,
    NotificationRequest,
    OldNotificationPolicy,
    render_old_policy,
    render_policy,
    render_requests,
)
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get, patch, post, put
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import get_integer

TAGS = ("notifications",)
READ, WRITE = "read:notifications", "write:notifications"


class PolicyWish(Struct, frozen=True, kw_only=True):
    """What is left out stays."""

    for_not_following: Literal["accept", "filter", "drop"] | None = None
    for_not_followers: Literal["accept", "filter", "drop"] | None = None
    for_new_accounts: Literal["accept", "filter", "drop"] | None = None
    for_private_mentions: Literal["accept", "filter", "drop"] | None = None
    for_limited_accounts: Literal["accept", "filter", "drop"] | None = None


@get("/api/v2/notifications/policy", scope=READ, tags=TAGS)
async def show_policy(ctx: Ctx) -> NotificationPolicy:
    async with ctx.db.reading() as reader:
        return await _policy(ctx, reader)


@patch("/api/v2/notifications/policy", scope=WRITE, params=PolicyWish, tags=TAGS)
async def change_policy(ctx: Ctx, wish: PolicyWish) -> NotificationPolicy:
    """Say what becomes of notifications from now on: shown, kept back as requests, or dropped."""
    changes = PolicyChanges(
        for_not_following=wish.for_not_following or UNSET,
        for_not_followers=wish.for_not_followers or UNSET,
        for_new_accounts=wish.for_new_accounts or UNSET,
        for_private_mentions=wish.for_private_mentions or UNSET,
        for_limited_accounts=wish.for_limited_accounts or UNSET,
    )
    async with ctx.db.transaction() as tx:
        await rules.set_policy(tx, ctx.user.id, changes)
        return await _policy(ctx, tx)


async def _policy(ctx: Ctx, reader: Reader) -> NotificationPolicy:
    policy = await rules.get_policy(reader, ctx.user.id)
    return render_policy(policy, await rules.count_waiting(reader, ctx.user.id))


class OldPolicyWish(Struct, frozen=True, kw_only=True):
    """What is left out stays."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


@get("/api/v1/notifications/policy", scope=READ, tags=TAGS)
async def show_old_policy(ctx: Ctx) -> OldNotificationPolicy:
    async with ctx.db.reading() as reader:
        return await _old_policy(ctx, reader)


@patch("/api/v1/notifications/policy", scope=WRITE, params=OldPolicyWish, tags=TAGS)
async def patch_old_policy(ctx: Ctx, wish: OldPolicyWish) -> OldNotificationPolicy:
    """The first form of the policy: kept back or not."""
    return await _change_old(ctx, wish)


@put("/api/v1/notifications/policy", scope=WRITE, params=OldPolicyWish, tags=TAGS)
async def put_old_policy(ctx: Ctx, wish: OldPolicyWish) -> OldNotificationPolicy:
    """As `PATCH`: the first apps said it so."""
    return await _change_old(ctx, wish)


async def _change_old(ctx: Ctx, wish: OldPolicyWish) -> OldNotificationPolicy:
    changes = PolicyChanges(
        for_not_following=_word(wish.filter_not_following),
        for_not_followers=_word(wish.filter_not_followers),
        for_new_accounts=_word(wish.filter_new_accounts),
        for_private_mentions=_word(wish.filter_private_mentions),
    )
    async with ctx.db.transaction() as tx:
        await rules.set_policy(tx, ctx.user.id, changes)
        return await _old_policy(ctx, tx)


def _word(filtered: bool | None) -> Word | UnsetType:
    if filtered is None:
        return UNSET
    return "filter" if filtered else "accept"


async def _old_policy(ctx: Ctx, reader: Reader) -> OldNotificationPolicy:
    policy = await rules.get_policy(reader, ctx.user.id)
    return render_old_policy(policy, await rules.count_waiting(reader, ctx.user.id))


@get("/api/v1/notifications/requests", scope=READ, params=PageParams, tags=TAGS)
async def list_requests(ctx: Ctx, page: PageParams) -> list[NotificationRequest]:
    """Who waits behind one's policy, the latest first."""
    async with ctx.db.reading() as reader:
        rows = await reader.page(rules.REQUESTS, page.integers(40, 80), account=ctx.user.id)
        if rows:
            ctx.link(str(rows[0].id), str(rows[-1].id))
        return await _shown(ctx, reader, rows)


@get("/api/v1/notifications/requests/merged", scope=READ, tags=TAGS)
async def are_merged(ctx: Ctx) -> dict[str, bool]:  # noqa: ARG001 -- the answer is the same for everybody
    """Whether accepted requests are in the list by now: here that is part of accepting."""
    return {"merged": True}


class Requests(Struct, frozen=True, kw_only=True):
    id: list[str] = field(default_factory=list)

    def ids(self) -> list[int]:
        """Those that are ids at all."""
        found = []
        for text in self.id:
            try:
                found.append(get_integer(text))
            except NotFound:
                continue
        return found


@post("/api/v1/notifications/requests/accept", scope=WRITE, params=Requests, tags=TAGS)
async def accept_several(ctx: Ctx, some: Requests) -> None:
    """Let several people notify; those who do not wait are passed over."""
    async with ctx.db.transaction() as tx:
        await rules.accept_requests(tx, ctx.user.id, some.ids())


@post("/api/v1/notifications/requests/dismiss", scope=WRITE, params=Requests, tags=TAGS)
async def dismiss_several(ctx: Ctx, some: Requests) -> None:
    """Drop what several people had to tell."""
    async with ctx.db.transaction() as tx:
        await rules.dismiss_requests(tx, ctx.user.id, some.ids())


@get("/api/v1/notifications/requests/{request_id}", scope=READ, tags=TAGS)
async def show_request(ctx: Ctx, request_id: int) -> NotificationRequest:
    async with ctx.db.reading() as reader:
        shown = await _shown(ctx, reader, [await rules.get_request(reader, ctx.user.id, request_id)])
    if not shown:
        raise NotFound
    return shown[0]


@post("/api/v1/notifications/requests/{request_id}/accept", scope=WRITE, tags=TAGS)
async def accept_request(ctx: Ctx, request_id: int) -> None:
    """Let somebody notify, now and later."""
    async with ctx.db.transaction() as tx:
        await rules.accept_request(tx, ctx.user.id, request_id)


@post("/api/v1/notifications/requests/{request_id}/dismiss", scope=WRITE, tags=TAGS)
async def dismiss_request(ctx: Ctx, request_id: int) -> None:
    """Drop what somebody had to tell."""
    async with ctx.db.transaction() as tx:
        await rules.dismiss_request(tx, ctx.user.id, request_id)


async def _shown(ctx: Ctx, reader: Reader, rows: list[RequestRow]) -> list[NotificationRequest]:
    return await render_requests(reader, rows, ctx.user, ctx.urls, emojis_of(ctx))
