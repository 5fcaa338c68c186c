"""Editing statuses, and what they were before. Source: docs.joinmastodon.org/methods/statuses, reference/mastodon 4."""

from msgspec import Struct, field
from msgspec.structs import replace

from barbelo.api.mastodon.media import focus_of
from barbelo.api.showing import emojis_of, get_shown, show_people, show_status
from barbelo.api.wishes import Words, limits_of, media_id_of
from barbelo.domain.drafts import MediaChange
from barbelo.domain.statuses.compose import compose_edit
from barbelo.domain.statuses.edit import edit
from barbelo.domain.statuses.history import history, source
from barbelo.domain.statuses.queries import get_visible
from barbelo.entities.status import Status
from barbelo.entities.versions import StatusEdit, StatusSource, render_history, render_source
from barbelo.http.context import Ctx
from barbelo.http.routes import get, put
from barbelo.kernel.errors import Invalid, NotAllowed
from barbelo.kernel.ids import StatusId

TAGS = ("statuses",)


class MediaAttributes(Struct, frozen=True, kw_only=True):
    """`focus` is `x,y`, each from -1 to 1."""

    id: str
    description: str | None = None
    focus: str = ""

    def change(self, longest: int) -> MediaChange:
        if self.description is not None and len(self.description) > longest:
            words = f"Description is too long (maximum is {longest} characters)"
            raise Invalid(words, field="media_attributes")
        return MediaChange(
            id=media_id_of(self.id),
            description=self.description,
            focus=focus_of(self.focus) if self.focus else None,
        )


class NewVersion(Words, frozen=True, kw_only=True):
    """What is left out is taken away: media, poll, subject. The visibility stays."""

    media_attributes: list[MediaAttributes] = field(default_factory=list)


@put(
    "/api/v1/statuses/{status_id}",
    scope="write:statuses",
    params=NewVersion,
    limit="statuses_actions",
    tags=TAGS,
)
async def edit_status(ctx: Ctx, new: NewVersion, status_id: StatusId) -> Status:
    """Change one's own status. The version before is kept."""
    longest = ctx.settings.limits.description_characters
    changes = [attributes.change(longest) for attributes in new.media_attributes]
    wish = replace(new.wish(ctx.settings), media_changes=changes)
    async with ctx.db.transaction() as tx:
        status = await get_visible(tx, status_id, ctx.user)
        if status.account_id != ctx.user.id or status.boost_of_id is not None:
            raise NotAllowed("Access denied")
        draft = await compose_edit(tx, ctx.user, status, wish, urls=ctx.urls, limits=limits_of(ctx.settings))
        await edit(tx, draft)
        return await show_status(ctx, tx, status.id)


@get("/api/v1/statuses/{status_id}/source", scope="read:statuses", tags=TAGS)
async def get_source(ctx: Ctx, status_id: StatusId) -> StatusSource:
    """What was typed, for changing it."""
    async with ctx.db.reading() as reader:
        status = await get_visible(reader, status_id, ctx.user)
        if status.account_id != ctx.user.id:
            raise NotAllowed("Access denied")
        return render_source(await source(reader, status.id))


@get("/api/v1/statuses/{status_id}/history", auth="optional", scope="read:statuses", tags=TAGS)
async def get_history(ctx: Ctx, status_id: StatusId) -> list[StatusEdit]:
    """All versions, the oldest first and the present one last."""
    async with ctx.db.reading() as reader:
        status = await get_shown(ctx, reader, status_id)
        versions = await history(reader, status.id)
        author = (await show_people(ctx, reader, [status.account_id]))[0]
    return render_history(versions, author, ctx.urls, emojis_of(ctx))
