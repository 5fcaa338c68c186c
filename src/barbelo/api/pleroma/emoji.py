"""Custom emoji in Pleroma's form. Source: the Pleroma API document, reference/pleroma 4.1."""

from msgspec import Struct

from barbelo.api.showing import emojis_of
from barbelo.http.context import Ctx
from barbelo.http.routes import get


class PleromaEmoji(Struct, frozen=True, kw_only=True):
    """`image_url` is a path on this server."""

    tags: list[str]
    image_url: str


@get("/api/pleroma/emoji", auth="none", tags=("emoji",))
async def pleroma_emoji(ctx: Ctx) -> dict[str, PleromaEmoji]:
    """The custom emoji of this server by their shortcodes: what `custom_emojis` lists, in another form."""
    return {
        shortcode: PleromaEmoji(tags=emoji.tags, image_url=emoji.url.removeprefix(ctx.urls.base))
        for shortcode, emoji in emojis_of(ctx).items()
    }
