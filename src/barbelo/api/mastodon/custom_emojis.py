"""Our custom emoji. Source: docs.joinmastodon.org/methods/custom_emojis, reference/pleroma 2.9."""

from barbelo.api.showing import emojis_of
from barbelo.entities.emoji import CustomEmoji
from barbelo.http.context import Ctx
from barbelo.http.routes import get


@get("/api/v1/custom_emojis", auth="optional", tags=("emoji",))
async def custom_emojis(ctx: Ctx) -> list[CustomEmoji]:
    """All of ours, by name; those that are not meant for the picker say so."""
    return list(emojis_of(ctx).values())
