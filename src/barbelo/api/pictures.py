"""Pictures of a profile as clients send them: a file, or an empty text to remove one."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from barbelo.domain.accounts.profile import NO_PICTURE, Picture, ProfileLimits
from barbelo.http.context import Ctx
from barbelo.http.uploads import FileOrText
from barbelo.intake.profile_media import Darkroom, PictureLimits
from barbelo.kernel.errors import Invalid


def darkroom_of(ctx: Ctx) -> Darkroom:
    limits = ctx.settings.limits
    return Darkroom(
        ctx.gateways.images,
        ctx.gateways.storage,
        PictureLimits(
            avatar_bytes=limits.avatar_bytes,
            header_bytes=limits.banner_bytes,
            background_bytes=limits.background_bytes,
        ),
    )


async def developed(name: str, given: FileOrText, make: Callable[[Path], Awaitable[Picture]]) -> Picture:
    """What was sent as `name`, kept in the store; nothing is written to the database. Raises `Invalid`, `TooLarge`."""
    if given.upload is not None:
        return await make(given.upload.path)
    if given.text:
        raise Invalid(f"{name} - Invalid file. Got: string.", field=name)
    return NO_PICTURE


def profile_limits(ctx: Ctx) -> ProfileLimits:
    limits = ctx.settings.limits
    return ProfileLimits(
        name=limits.name_characters,
        bio=limits.bio_characters,
        fields=limits.fields,
        field_name=limits.field_name_characters,
        field_value=limits.field_value_characters,
        description=limits.description_characters,
    )
