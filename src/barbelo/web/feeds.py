"""Atom and RSS: what somebody says in public, for feed readers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from msgspec import Struct

from barbelo.domain.timelines import account as profile
from barbelo.domain.timelines.public import Tags, tagged
from barbelo.entities.status import Status
from barbelo.entities.times import iso
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply
from barbelo.kernel.errors import NotFound
from barbelo.kernel.paging import Page
from barbelo.text.plain import to_plain
from barbelo.web.render import feed
from barbelo.web.showing import LOCALS, get_resident, show
from barbelo.web.start import nowhere

ROWS = 20
TITLE_CHARACTERS = 80
TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}


class Entry(Struct, frozen=True):
    """A status in a feed. `published` and `updated` are ISO 8601, `dated` is RFC 2822."""

    uri: str
    url: str
    title: str
    html: str
    author: str
    published: str
    updated: str
    dated: str
    pictures: list[tuple[str, str]]  # address and media type
    tags: list[str]


async def feed_of_account(ctx: Ctx, name: str, form: str) -> Reply:
    async with ctx.db.reading() as reader:
        try:
            row, account = await get_resident(ctx, reader, name)
        except NotFound:
            return await nowhere(ctx, name)
        asked = profile.Profile(account_id=row.id, which=profile.Which(exclude_reblogs=True))
        statuses = await show(ctx, reader, await profile.statuses_of(reader, asked, None, Page(limit=ROWS)))
    path = f"/users/{account.username}/feed.{form}"
    return _feed(ctx, form, statuses, title=f"@{account.fqn}", link=account.url, path=path)


async def feed_of_tag(ctx: Ctx, tag: str, form: str) -> Reply:
    if ctx.settings.instance.restricts("timelines_local"):
        return await nowhere(ctx, tag)
    async with ctx.db.reading() as reader:
        ids = await tagged(reader, LOCALS, Tags(any=[tag]), Page(limit=ROWS))
        statuses = await show(ctx, reader, ids)
    return _feed(ctx, form, statuses, title=f"#{tag}", link=ctx.urls.tag(tag), path=f"/tags/{tag}.{form}")


def _feed(ctx: Ctx, form: str, statuses: Sequence[Status], *, title: str, link: str, path: str) -> Reply:
    entries = [_entry(status) for status in statuses]
    updated = max((entry.updated for entry in entries), default=iso(datetime(2020, 1, 1, tzinfo=UTC)))
    facts = {"title": title, "link": link, "address": ctx.urls.base + path, "updated": updated}
    text = feed(ctx, f"feed.{form}.xml", entries=entries, **facts)
    return Reply(Bytes(text.encode(), TYPES[form]), 200, {"cache-control": "public, max-age=60"})


def _entry(status: Status) -> Entry:
    words = status.spoiler_text or to_plain(status.content)
    title = " ".join(words.split())
    return Entry(
        uri=status.uri,
        url=status.url or status.uri,
        title=title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…",
        html=status.content,
        author=status.account.display_name or status.account.username,
        published=status.created_at,
        updated=status.edited_at or status.created_at,
        dated=format_datetime(datetime.fromisoformat(status.created_at)),
        pictures=[(one.url, one.pleroma.mime_type) for one in status.media_attachments if one.url],
        tags=[tag.name for tag in status.tags],
    )
