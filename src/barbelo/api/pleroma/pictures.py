"""One's pictures, set and removed one by one. Source: reference/pleroma 4.9."""

from msgspec import Struct

from barbelo.api.pictures import darkroom_of, developed, profile_limits
from barbelo.domain.accounts.profile import Picture, ProfileChanges, edit_profile
from barbelo.http.context import Ctx
from barbelo.http.routes import patch
from barbelo.http.uploads import FileOrText

TAGS = ("accounts",)


class Img(Struct, frozen=True, kw_only=True):
    """An empty text removes the picture."""

    img: FileOrText


class Banner(Struct, frozen=True, kw_only=True):
    """An empty text removes the picture."""

    banner: FileOrText


class PictureUrl(Struct, frozen=True, kw_only=True):
    url: str | None


@patch("/api/v1/pleroma/accounts/update_avatar", scope="write:accounts", params=Img, tags=TAGS)
async def update_avatar(ctx: Ctx, new: Img) -> PictureUrl:
    picture = await developed("img", new.img, darkroom_of(ctx).avatar)
    return await _kept(ctx, picture, ProfileChanges(avatar=picture))


@patch("/api/v1/pleroma/accounts/update_banner", scope="write:accounts", params=Banner, tags=TAGS)
async def update_banner(ctx: Ctx, new: Banner) -> PictureUrl:
    picture = await developed("banner", new.banner, darkroom_of(ctx).header)
    return await _kept(ctx, picture, ProfileChanges(header=picture))


@patch("/api/v1/pleroma/accounts/update_background", scope="write:accounts", params=Img, tags=TAGS)
async def update_background(ctx: Ctx, new: Img) -> PictureUrl:
    picture = await developed("img", new.img, darkroom_of(ctx).background)
    return await _kept(ctx, picture, ProfileChanges(background=picture))


async def _kept(ctx: Ctx, picture: Picture, changes: ProfileChanges) -> PictureUrl:
    async with ctx.db.transaction() as tx:
        await edit_profile(tx, ctx.user.id, changes, limits=profile_limits(ctx), urls=ctx.urls)
    return PictureUrl(url=ctx.urls.media(picture.path) if picture.path else None)
