"""Uploading pictures and saying what is on them. Source: docs.joinmastodon.org/methods/media, reference/mastodon 5."""

from msgspec import Struct

from barbelo.domain.media.attachments import attach, describe, get_own, remove
from barbelo.entities.media import MediaAttachment, render_media
from barbelo.http.context import Ctx
from barbelo.http.idempotency import made_before, remember
from barbelo.http.routes import delete, get, post, put
from barbelo.http.uploads import Upload
from barbelo.intake.media import Incoming, take_in
from barbelo.kernel.errors import Invalid, TooLarge
from barbelo.kernel.ids import MediaId, get_integer


class NewMedia(Struct, frozen=True, kw_only=True):
    file: Upload
    description: str = ""
    focus: str = ""


@post(
    "/api/v1/media",
    aliases=("/api/v2/media",),
    scope="write:media",
    params=NewMedia,
    limit="media_upload",
    tags=("media",),
)
async def post_media(ctx: Ctx, new: NewMedia) -> MediaAttachment:
    """Upload a picture. It is ready when this answers: metadata gone, upright, with a preview and a blurhash."""
    _check_description(ctx, new.description)
    if new.file.size_bytes > ctx.settings.limits.image_bytes:  # nothing but pictures is taken in
        raise TooLarge("File is too large", field="file")
    incoming = Incoming(
        path=new.file.path,
        name=new.file.filename[:255],
        description=new.description,
        focus=focus_of(new.focus) if new.focus else None,
    )
    draft = await take_in(incoming, ctx.user.id, images=ctx.gateways.images, storage=ctx.gateways.storage)
    async with ctx.db.transaction() as tx:
        made = await made_before(tx, ctx)
        if made is None:
            row = await attach(tx, draft)
            await remember(tx, ctx, "media", str(row.id))
        else:
            row = await get_own(tx, MediaId(get_integer(made.made_id)), ctx.user.id)
    return render_media(row, ctx.urls)


@get("/api/v1/media/{media_id}", scope="read:media", tags=("media",))
async def get_media(ctx: Ctx, media_id: MediaId) -> MediaAttachment:
    """One's own upload."""
    return render_media(await get_own(ctx.db, media_id, ctx.user.id), ctx.urls)


class Description(Struct, frozen=True, kw_only=True):
    description: str | None = None
    focus: str = ""


@put("/api/v1/media/{media_id}", scope="write:media", params=Description, tags=("media",))
async def put_media(ctx: Ctx, new: Description, media_id: MediaId) -> MediaAttachment:
    """Say what is on a picture, or where its middle is."""
    _check_description(ctx, new.description or "")
    async with ctx.db.transaction() as tx:
        row = await get_own(tx, media_id, ctx.user.id)
        focus = focus_of(new.focus) if new.focus else None
        row = await describe(tx, row, description=new.description, focus=focus)
    return render_media(row, ctx.urls)


@delete("/api/v1/media/{media_id}", scope="write:media", tags=("media",))
async def delete_media(ctx: Ctx, media_id: MediaId) -> None:
    """Take back an upload that no status uses."""
    async with ctx.db.transaction() as tx:
        await remove(tx, await get_own(tx, media_id, ctx.user.id))


def _check_description(ctx: Ctx, description: str) -> None:
    most = ctx.settings.limits.description_characters
    if len(description) > most:
        raise Invalid(f"Description is too long (maximum is {most} characters)", field="description")


def focus_of(text: str) -> tuple[float, float]:
    """`x,y`, each from -1 to 1."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("focus - Expected two numbers with a comma between them.", field="focus") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Invalid("focus - Both numbers lie between -1 and 1.", field="focus")
    return x, y
