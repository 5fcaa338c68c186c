"""Pages of people, statuses and hashtags, for those who follow a link. Plain, fast, without scripts.

The same paths are ActivityPub ids; a server that asks for that will be answered by `federation`.
Source: reference/federation 2 (URL map).
"""

from barbelo.domain.statuses.queries import find_uri, get_visible
from barbelo.domain.timelines import account as profile
from barbelo.domain.timelines.public import Tags, tagged
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.replies import Redirect, Reply
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import StatusId, encode
from barbelo.text.plain import to_plain
from barbelo.web.feeds import feed_of_account, feed_of_tag
from barbelo.web.render import public_page
from barbelo.web.showing import LOCALS, get_resident, show
from barbelo.web.start import nowhere

TAGS = ("pages",)
ROWS = 20
SUMMARY_CHARACTERS = 200


@get("/{name}", auth="none", params=PageParams, tags=TAGS)
async def profile_page(ctx: Ctx, page: PageParams, name: str) -> Reply:
    """The profile of one of ours, at `/@name`."""
    if not name.startswith("@"):
        return await nowhere(ctx, name)
    return await _profile(ctx, page, name.removeprefix("@"))


@get("/users/{name}", auth="none", params=PageParams, tags=TAGS)
async def actor_page(ctx: Ctx, page: PageParams, name: str) -> Reply:
    """The same at the address of the actor; with `.atom` or `.rss` its feed."""
    if ctx.request.format in {"atom", "rss"}:
        return await feed_of_account(ctx, name, ctx.request.format)
    return await _profile(ctx, page, name)


@get("/users/{name}/feed", auth="none", tags=TAGS)
async def actor_feed(ctx: Ctx, name: str) -> Reply:
    """The public statuses of somebody, as Atom or with `.rss` as RSS."""
    return await feed_of_account(ctx, name, "rss" if ctx.request.format == "rss" else "atom")


async def _profile(ctx: Ctx, page: PageParams, name: str) -> Reply:
    async with ctx.db.reading() as reader:
        try:
            row, account = await get_resident(ctx, reader, name)
        except NotFound:
            return await nowhere(ctx, name)
        asked = profile.Profile(account_id=row.id, which=profile.Which(exclude_replies=True))
        ids = await profile.statuses_of(reader, asked, None, page.flakes(default=ROWS, most=ROWS))
        pinned = [] if page.max_id else await profile.pinned_of(reader, row.id, None)
        statuses = await show(ctx, reader, [*pinned, *ids])
    return public_page(
        ctx,
        "profile.html",
        account=account,
        summary=to_plain(account.note)[:SUMMARY_CHARACTERS],
        statuses=statuses,
        pinned=len(pinned),
        older=_older(ids),
    )


@get("/notice/{status_id}", auth="none", tags=TAGS)
async def status_page(ctx: Ctx, status_id: StatusId) -> Reply | Redirect:
    """A status. One from elsewhere is shown where it was written."""
    async with ctx.db.reading() as reader:
        try:
            row = await get_visible(reader, status_id, None)
        except NotFound:
            return await nowhere(ctx, "")
        shown = await show(ctx, reader, [row.id])
    if not shown:
        return await nowhere(ctx, "")
    status = shown[0].reblog or shown[0]
    if not status.pleroma.local:
        return Redirect(status.url or status.uri)
    return public_page(ctx, "status.html", post=status, summary=_summary(status))


@get("/objects/{name}", auth="none", tags=TAGS)
async def object_page(ctx: Ctx, name: str) -> Reply | Redirect:
    """Where the ActivityPub id of a status leads a browser."""
    return await _by_uri(ctx, f"{ctx.urls.base}/objects/{name}")


@get("/activities/{name}", auth="none", tags=TAGS)
async def activity_page(ctx: Ctx, name: str) -> Reply | Redirect:
    return await _by_uri(ctx, f"{ctx.urls.base}/activities/{name}")


async def _by_uri(ctx: Ctx, uri: str) -> Reply | Redirect:
    status_id = await find_uri(ctx.db, uri)
    if status_id is None:
        return await nowhere(ctx, uri)
    return Redirect(ctx.urls.status(status_id))


@get("/tag/{tag}", aliases=("/tags/{tag}",), auth="none", params=PageParams, tags=TAGS)
async def tag_page(ctx: Ctx, page: PageParams, tag: str) -> Reply:
    """Public statuses with a hashtag; with `.atom` or `.rss` below `/tags/` its feed."""
    if ctx.request.format in {"atom", "rss"}:
        return await feed_of_tag(ctx, tag, ctx.request.format)
    if ctx.settings.instance.restricts("timelines_local"):
        return await nowhere(ctx, tag)
    async with ctx.db.reading() as reader:
        window = page.flakes(default=ROWS, most=ROWS)
        ids = await tagged(reader, LOCALS, Tags(any=[tag]), window)
        statuses = await show(ctx, reader, ids)
    return public_page(ctx, "tag.html", tag=tag, statuses=statuses, older=_older(ids))


def _older(ids: list[StatusId]) -> str:
    """The cursor of the next page; empty when this was the last."""
    return encode(ids[-1]) if len(ids) == ROWS else ""


def _summary(status: Status) -> str:
    """What a link to the status says in other places. Behind a content warning is only the warning."""
    if status.spoiler_text:
        return status.spoiler_text
    return to_plain(status.content)[:SUMMARY_CHARACTERS]
