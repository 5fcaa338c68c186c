"""oEmbed: how another site may show one of our statuses. Source: oembed.com, docs.joinmastodon.org/methods/oembed."""

from html import escape

from msgspec import Struct

from barbelo.api.showing import show_status
from barbelo.domain.search.statuses import find_status
from barbelo.http.context import Ctx
from barbelo.http.routes import get
from barbelo.kernel.errors import Invalid, NotFound

NARROWEST, WIDEST, USUAL = 200, 1000, 400
A_DAY_S = 86_400


class EmbedQuery(Struct, frozen=True, kw_only=True):
    url: str
    maxwidth: int | None = None
    maxheight: int | None = None
    format: str = "json"


class OEmbed(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/OEmbed (type rich)."""

    type: str = "rich"
    version: str = "1.0"
    title: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int = A_DAY_S
    html: str
    width: int
    height: int | None


@get("/api/oembed", auth="none", params=EmbedQuery, tags=("pages",))
async def oembed(ctx: Ctx, query: EmbedQuery) -> OEmbed:
    """A quotation of a public status that was written here. No frame and no script: words, and a link."""
    if query.format != "json":
        raise Invalid("format - Only json is there.", field="format")
    async with ctx.db.reading() as reader:
        status_id = await find_status(reader, query.url, None, ctx.urls)
        if status_id is None:
            raise NotFound
        status = await show_status(ctx, reader, status_id)
    if not status.pleroma.local or status.reblog is not None:
        raise NotFound
    author = status.account.display_name or status.account.username
    link = f'<a href="{escape(status.url or "")}">{escape(author)} (@{escape(status.account.fqn)})</a>'
    words = f"<p>{escape(status.spoiler_text)}</p>" if status.spoiler_text else status.content
    return OEmbed(
        title=f"{author}: {status.spoiler_text}" if status.spoiler_text else author,
        author_name=author,
        author_url=status.account.url,
        provider_name=ctx.settings.instance.title,
        provider_url=ctx.urls.base,
        html=f'<blockquote class="barbelo-post" cite="{escape(status.url or "")}">{words}</blockquote>{link}',
        width=min(max(query.maxwidth or USUAL, NARROWEST), WIDEST),
        height=query.maxheight,
    )
