"""Filters, version 2, and version 1 over the same ones. Source: docs.joinmastodon.org/methods/filters, reference/mastodon 9."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from barbelo.api.showing import get_shown
from barbelo.db.database import Tx
from barbelo.domain.timelines import filters
from barbelo.domain.timelines.filters import Action, Context, Expiry, FilterRow, FilterWish, KeywordWish
from barbelo.entities.filter import (
    Filter,
    FilterKeyword,
    FilterStatus,
    V1Filter,
    render_filter,
    render_filter_status,
    render_keyword,
    render_v1_filter,
)
from barbelo.http.context import Ctx
from barbelo.http.routes import delete, get, post, put
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import get_flake, get_integer

TAGS = ("filters",)
SEVERAL = (
    "These parameters cannot be changed from this application because they apply to more than one filter "
    "keyword. Use a more recent application or the web interface."
)

Seconds = Literal[""] | int | None | UnsetType
"""Nothing at all, as a form says it, is a wish too: never."""


def _expiry(seconds: Seconds) -> Expiry:
    return seconds or None if isinstance(seconds, str) else seconds


@asynccontextmanager
async def _changing(ctx: Ctx) -> AsyncIterator[Tx]:
    """A transaction after which this process knows that the filters are others."""
    async with ctx.db.transaction() as tx:
        yield tx
    ctx.gateways.filters.forget(ctx.user.id)


class KeywordAttributes(Struct, frozen=True, kw_only=True):
    id: str | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = field(default=False, name="_destroy")

    def wish(self) -> KeywordWish:
        return KeywordWish(
            id=get_integer(self.id) if self.id else None,
            keyword=self.keyword,
            whole_word=self.whole_word,
            destroy=self.destroy,
        )


class NewFilter(Struct, frozen=True, kw_only=True):
    title: str
    context: list[Context]
    filter_action: Action | None = None
    expires_in: Seconds = UNSET
    keywords_attributes: list[KeywordAttributes] = field(default_factory=list)


class ChangedFilter(Struct, frozen=True, kw_only=True):
    """What is left out stays as it was."""

    title: str | None = None
    context: list[Context] | None = None
    filter_action: Action | None = None
    expires_in: Seconds = UNSET
    keywords_attributes: list[KeywordAttributes] = field(default_factory=list)


def _wish(given: NewFilter | ChangedFilter) -> FilterWish:
    return FilterWish(
        title=given.title,
        contexts=given.context,
        action=given.filter_action,
        expires_in_s=_expiry(given.expires_in),
        keywords=[one.wish() for one in given.keywords_attributes],
    )


@get("/api/v2/filters", scope="read:filters", tags=TAGS)
async def list_filters(ctx: Ctx) -> list[Filter]:
    return [render_filter(row) for row in await filters.list_filters(ctx.db, ctx.user.id)]


@post("/api/v2/filters", scope="write:filters", params=NewFilter, tags=TAGS)
async def create_filter(ctx: Ctx, new: NewFilter) -> Filter:
    async with _changing(ctx) as tx:
        return render_filter(await filters.create_filter(tx, ctx.user.id, _wish(new)))


@get("/api/v2/filters/{filter_id}", scope="read:filters", tags=TAGS)
async def get_filter(ctx: Ctx, filter_id: int) -> Filter:
    return render_filter(await filters.get_filter(ctx.db, ctx.user.id, filter_id))


@put("/api/v2/filters/{filter_id}", scope="write:filters", params=ChangedFilter, tags=TAGS)
async def change_filter(ctx: Ctx, changed: ChangedFilter, filter_id: int) -> Filter:
    """Keywords with an `id` are changed, or removed with `_destroy`; those without one are added."""
    async with _changing(ctx) as tx:
        return render_filter(await filters.change_filter(tx, ctx.user.id, filter_id, _wish(changed)))


@delete("/api/v2/filters/{filter_id}", scope="write:filters", tags=TAGS)
async def delete_filter(ctx: Ctx, filter_id: int) -> None:
    async with _changing(ctx) as tx:
        await filters.delete_filter(tx, ctx.user.id, filter_id)


class Keyword(Struct, frozen=True, kw_only=True):
    keyword: str
    whole_word: bool | None = None

    def wish(self, keyword_id: int | None = None) -> KeywordWish:
        return KeywordWish(id=keyword_id, keyword=self.keyword, whole_word=self.whole_word)


@get("/api/v2/filters/{filter_id}/keywords", scope="read:filters", tags=TAGS)
async def list_keywords(ctx: Ctx, filter_id: int) -> list[FilterKeyword]:
    row = await filters.get_filter(ctx.db, ctx.user.id, filter_id)
    return [render_keyword(one) for one in row.keywords]


@post("/api/v2/filters/{filter_id}/keywords", scope="write:filters", params=Keyword, tags=TAGS)
async def add_keyword(ctx: Ctx, new: Keyword, filter_id: int) -> FilterKeyword:
    async with _changing(ctx) as tx:
        return render_keyword(await filters.add_keyword(tx, ctx.user.id, filter_id, new.wish()))


@get("/api/v2/filters/keywords/{keyword_id}", scope="read:filters", tags=TAGS)
async def get_keyword(ctx: Ctx, keyword_id: int) -> FilterKeyword:
    row = await filters.filter_with_keyword(ctx.db, ctx.user.id, keyword_id)
    return render_keyword(row.keyword(keyword_id))


@put("/api/v2/filters/keywords/{keyword_id}", scope="write:filters", params=Keyword, tags=TAGS)
async def change_keyword(ctx: Ctx, changed: Keyword, keyword_id: int) -> FilterKeyword:
    async with _changing(ctx) as tx:
        return render_keyword(await filters.change_keyword(tx, ctx.user.id, changed.wish(keyword_id)))


@delete("/api/v2/filters/keywords/{keyword_id}", scope="write:filters", tags=TAGS)
async def delete_keyword(ctx: Ctx, keyword_id: int) -> None:
    async with _changing(ctx) as tx:
        await filters.delete_keyword(tx, ctx.user.id, keyword_id)


class Named(Struct, frozen=True, kw_only=True):
    status_id: str


@get("/api/v2/filters/{filter_id}/statuses", scope="read:filters", tags=TAGS)
async def list_filter_statuses(ctx: Ctx, filter_id: int) -> list[FilterStatus]:
    row = await filters.get_filter(ctx.db, ctx.user.id, filter_id)
    return [render_filter_status(one) for one in row.statuses]


@post("/api/v2/filters/{filter_id}/statuses", scope="write:filters", params=Named, tags=TAGS)
async def add_filter_status(ctx: Ctx, named: Named, filter_id: int) -> FilterStatus:
    """Filter one status; of a boost, what it boosts."""
    async with _changing(ctx) as tx:
        await filters.get_filter(tx, ctx.user.id, filter_id)
        status = await get_shown(ctx, tx, get_flake(named.status_id))
        return render_filter_status(await filters.add_status(tx, ctx.user.id, filter_id, status.id))


@get("/api/v2/filters/statuses/{entry_id}", scope="read:filters", tags=TAGS)
async def get_filter_status(ctx: Ctx, entry_id: int) -> FilterStatus:
    row = await filters.filter_with_status(ctx.db, ctx.user.id, entry_id)
    return render_filter_status(row.status(entry_id))


@delete("/api/v2/filters/statuses/{entry_id}", scope="write:filters", tags=TAGS)
async def remove_filter_status(ctx: Ctx, entry_id: int) -> None:
    async with _changing(ctx) as tx:
        await filters.remove_status(tx, ctx.user.id, entry_id)


class Phrase(Struct, frozen=True, kw_only=True):
    """Version 1: a filter with one keyword. `irreversible`: the server itself leaves out what matches."""

    phrase: str
    context: list[Context]
    irreversible: bool = False
    whole_word: bool = False
    expires_in: Seconds = UNSET

    @property
    def action(self) -> Action:
        return "hide" if self.irreversible else "warn"


@get("/api/v1/filters", scope="read:filters", tags=TAGS)
async def list_phrases(ctx: Ctx) -> list[V1Filter]:
    """Each keyword of all filters."""
    rows = await filters.list_filters(ctx.db, ctx.user.id)
    return [render_v1_filter(row, keyword) for row in rows for keyword in row.keywords]


@post("/api/v1/filters", scope="write:filters", params=Phrase, tags=TAGS)
async def create_phrase(ctx: Ctx, new: Phrase) -> V1Filter:
    wish = FilterWish(
        title=new.phrase[: filters.MOST_TITLE_CHARACTERS],
        contexts=new.context,
        action=new.action,
        expires_in_s=_expiry(new.expires_in),
        keywords=[KeywordWish(keyword=new.phrase, whole_word=new.whole_word)],
    )
    async with _changing(ctx) as tx:
        row = await filters.create_filter(tx, ctx.user.id, wish)
    return render_v1_filter(row, row.keywords[0])


@get("/api/v1/filters/{keyword_id}", scope="read:filters", tags=TAGS)
async def get_phrase(ctx: Ctx, keyword_id: int) -> V1Filter:
    row = await filters.filter_with_keyword(ctx.db, ctx.user.id, keyword_id)
    return render_v1_filter(row, row.keyword(keyword_id))


@put("/api/v1/filters/{keyword_id}", scope="write:filters", params=Phrase, tags=TAGS)
async def change_phrase(ctx: Ctx, changed: Phrase, keyword_id: int) -> V1Filter:
    """Of a keyword that shares its filter with others, only its own words can be changed (422)."""
    async with _changing(ctx) as tx:
        row = await filters.filter_with_keyword(tx, ctx.user.id, keyword_id)
        if len(row.keywords) > 1 and _touches_filter(row, changed):
            raise Invalid(SEVERAL)
        keyword = KeywordWish(id=keyword_id, keyword=changed.phrase, whole_word=changed.whole_word)
        was_named_so = row.title == row.keyword(keyword_id).keyword
        wish = FilterWish(
            title=changed.phrase[: filters.MOST_TITLE_CHARACTERS] if was_named_so else None,
            contexts=changed.context,
            action=_action(row, changed),
            expires_in_s=_expiry(changed.expires_in),
            keywords=[keyword],
        )
        row = await filters.change_filter(tx, ctx.user.id, row.id, wish)
    return render_v1_filter(row, row.keyword(keyword_id))


def _action(row: FilterRow, changed: Phrase) -> Action:
    """Version 1 knows no blur, and does not make a warning of it."""
    if changed.irreversible:
        return "hide"
    return "warn" if row.action == "hide" else row.action


def _touches_filter(row: FilterRow, changed: Phrase) -> bool:
    return (
        set(changed.context) != set(row.contexts)
        or _action(row, changed) != row.action
        or (changed.expires_in is not UNSET and (changed.expires_in or None) != row.expires_at)
    )


@delete("/api/v1/filters/{keyword_id}", scope="write:filters", tags=TAGS)
async def delete_phrase(ctx: Ctx, keyword_id: int) -> None:
    """A filter in which nothing is left goes with its last keyword."""
    async with _changing(ctx) as tx:
        rest = await filters.delete_keyword(tx, ctx.user.id, keyword_id)
        if not rest.keywords and not rest.statuses:
            await filters.delete_filter(tx, ctx.user.id, rest.id)
