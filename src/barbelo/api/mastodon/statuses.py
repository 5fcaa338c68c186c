"""Writing, reading and deleting statuses. Source: docs.joinmastodon.org/methods/statuses, reference/pleroma 3.2, 3.6."""

from collections.abc import Collection
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from barbelo.api.guests import check_public
from barbelo.api.showing import get_shown, show_status, show_statuses
from barbelo.config.settings import Settings
from barbelo.domain.statuses.compose import NO_PARENT, Limits, Wish, compose
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.polls import PollLimits, PollWish
from barbelo.domain.statuses.publish import NO_MEDIA, publish
from barbelo.domain.statuses.queries import context, get_own, get_visible, list_visible
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.idempotency import made_before, remember
from barbelo.http.routes import delete, get, post
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import MediaId, StatusId, encode, find_flake, get_flake, get_integer
from barbelo.kernel.visibility import Visibility
from barbelo.text.languages import is_language

Wished = Literal["public", "unlisted", "private", "direct", "local"]
"""Visibilities that a client may ask for. An empty one means the account's own."""


class NotYet(Struct, frozen=True, kw_only=True):
    """What a status cannot be given yet.

    Whoever asks for one of these is told so: a status that appears now and for ever is not what they wished for.
    """

    scheduled_at: str | None = None
    expires_in: int | None = None
    quote_id: str | None = None
    quoted_status_id: str | None = None
    in_reply_to_conversation_id: str | None = None
    preview: bool = False


class NewPoll(Struct, frozen=True, kw_only=True):
    """`expires_in` counts seconds."""

    options: list[str] = []
    expires_in: int | None = None
    multiple: bool = False
    hide_totals: bool = False

    def wish(self) -> PollWish | None:
        """None for the empty poll that some forms send along."""
        if not self.options:
            return None
        if self.expires_in is None:
            raise Invalid("Missing field: poll.expires_in.", field="poll.expires_in")
        return PollWish(
            options=self.options,
            expires_in_s=self.expires_in,
            multiple=self.multiple,
            hide_totals=self.hide_totals,
        )


class NewStatus(NotYet, frozen=True, kw_only=True):
    status: str = ""
    spoiler_text: str = ""
    content_type: str = "text/plain"
    media_ids: list[str] = []
    sensitive: bool | None = None
    visibility: Wished | None = None
    language: str | None = None
    in_reply_to_id: str | None = None
    poll: NewPoll | None = None
    to: list[str] | None = None


@post(
    "/api/v1/statuses", scope="write:statuses", params=NewStatus, limit="statuses_actions", tags=("statuses",)
)
async def post_status(ctx: Ctx, new: NewStatus) -> Status:
    """Publish a status. The same `Idempotency-Key` gives the same status again."""
    _refuse(new)
    wish = _wish(new, ctx.settings.instance.post_formats)
    limits = limits_of(ctx.settings)
    async with ctx.db.transaction() as tx:
        made = await made_before(tx, ctx)
        if made is None:
            draft = await compose(tx, ctx.user, wish, urls=ctx.urls, limits=limits)
            status_id = await publish(tx, draft)
            await remember(tx, ctx, "status", encode(status_id))
        else:
            status_id = StatusId(get_flake(made.made_id))
    async with ctx.db.reading() as reader:
        return await show_status(ctx, reader, status_id)


def limits_of(settings: Settings) -> Limits:
    allowed = settings.limits
    return Limits(
        characters=allowed.status_characters,
        media=allowed.media_attachments,
        poll=PollLimits(
            options=allowed.poll_options,
            characters=allowed.poll_option_characters,
            shortest_s=allowed.poll_min_expiration_s,
            longest_s=allowed.poll_max_expiration_s,
        ),
        safe_dm_mentions=settings.instance.safe_dm_mentions,
    )


def _refuse(new: NotYet) -> None:
    """Raises `Invalid` for what is not there yet."""
    for name in NotYet.__struct_fields__:
        if getattr(new, name):
            raise Invalid(f"{name} is not supported yet", field=name)


def _wish(new: NewStatus, formats: Collection[str]) -> Wish:
    parent = find_flake(new.in_reply_to_id) if new.in_reply_to_id else None
    if new.in_reply_to_id and parent is None:
        raise Invalid(NO_PARENT, field="in_reply_to_id")
    return Wish(
        text=new.status,
        content_type=new.content_type if new.content_type in formats else "text/plain",
        spoiler_text=new.spoiler_text,
        sensitive=new.sensitive,
        visibility=Visibility(new.visibility) if new.visibility else None,
        language=new.language if new.language and is_language(new.language) else None,
        in_reply_to_id=parent,
        media_ids=[_media_id(text) for text in new.media_ids],
        poll=new.poll.wish() if new.poll else None,
        to=new.to,
    )


def _media_id(text: str) -> MediaId:
    try:
        return MediaId(get_integer(text))
    except NotFound:
        raise Invalid(NO_MEDIA, field="media_ids") from None


MOST_AT_ONCE = 100


class SomeStatuses(Struct, frozen=True, kw_only=True):
    id: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = field(default_factory=list)
    ids: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = field(default_factory=list)


@get("/api/v1/statuses", auth="optional", scope="read:statuses", params=SomeStatuses, tags=("statuses",))
async def get_statuses(ctx: Ctx, some: SomeStatuses) -> list[Status]:
    """Several statuses at once; those that are not there, or not for you, are left out."""
    asked = [flake for text in (*some.id, *some.ids) if (flake := find_flake(text)) is not None]
    async with ctx.db.reading() as reader:
        return await show_statuses(ctx, reader, await list_visible(reader, asked, ctx.viewer))


@get("/api/v1/statuses/{status_id}", auth="optional", scope="read:statuses", tags=("statuses",))
async def get_status(ctx: Ctx, status_id: StatusId) -> Status:
    async with ctx.db.reading() as reader:
        status = await get_visible(reader, status_id, ctx.viewer)
        return await show_status(ctx, reader, status.id)


class StatusContext(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Context."""

    ancestors: list[Status]
    descendants: list[Status]


@get("/api/v1/statuses/{status_id}/context", auth="optional", scope="read:statuses", tags=("statuses",))
async def get_context(ctx: Ctx, status_id: StatusId) -> StatusContext:
    """What stands before and after a status in its thread."""
    check_public(ctx)
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        thread = await context(reader, status.id, ctx.viewer)
        shown = await show_statuses(ctx, reader, [*thread.ancestors, *thread.descendants])
    by_id = {status.id: status for status in shown}  # what was deleted meanwhile is missing

    def those(ids: list[StatusId]) -> list[Status]:
        return [by_id[name] for name in map(encode, ids) if name in by_id]

    return StatusContext(ancestors=those(thread.ancestors), descendants=those(thread.descendants))


class Deletion(Struct, frozen=True, kw_only=True):
    delete_media: bool = False


@delete(
    "/api/v1/statuses/{status_id}",
    scope="write:statuses",
    params=Deletion,
    limit="statuses_actions",
    tags=("statuses",),
)
async def delete_own_status(ctx: Ctx, how: Deletion, status_id: StatusId) -> Status:
    """Delete one's own status. The answer carries its source in `text`, for writing it anew."""
    async with ctx.db.transaction() as tx:
        status = await get_own(tx, status_id, ctx.user)
        shown = await show_status(ctx, tx, status.id)
        source = await delete_status(tx, status, with_media=how.delete_media)
    return msgspec.structs.replace(shown, text=source or "")
