"""Filters as clients see them, and what they say of a status. Source: docs.joinmastodon.org/entities/Filter, V1_Filter."""

from collections.abc import Iterable

from msgspec import UNSET, Struct, UnsetType

from barbelo.domain.timelines.filtering import Match
from barbelo.domain.timelines.filters import FilteredStatus, FilterRow, KeywordRow
from barbelo.entities.times import iso_or_none
from barbelo.kernel.ids import StatusId, encode


class FilterKeyword(Struct, frozen=True, kw_only=True):
    id: str
    keyword: str
    whole_word: bool


class FilterStatus(Struct, frozen=True, kw_only=True):
    """`id` is that of the entry."""

    id: str
    status_id: str


class Filter(Struct, frozen=True, kw_only=True):
    """`keywords` and `statuses` are left out where it is told of a status."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeyword] | UnsetType = UNSET
    statuses: list[FilterStatus] | UnsetType = UNSET


class FilterResult(Struct, frozen=True, kw_only=True):
    """That a status fell into a filter. A list is None where nothing of that kind did it."""

    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class V1Filter(Struct, frozen=True, kw_only=True):
    """One keyword, which has the `id`; everything else is its filter's. `irreversible`: the server hides."""

    id: str
    phrase: str
    context: list[str]
    expires_at: str | None
    irreversible: bool
    whole_word: bool


def render_keyword(row: KeywordRow) -> FilterKeyword:
    return FilterKeyword(id=str(row.id), keyword=row.keyword, whole_word=row.whole_word)


def render_filter_status(row: FilteredStatus) -> FilterStatus:
    return FilterStatus(id=str(row.id), status_id=encode(row.status_id))


def render_filter(row: FilterRow) -> Filter:
    return Filter(
        id=str(row.id),
        title=row.title,
        context=list(row.contexts),
        expires_at=iso_or_none(row.expires_at),
        filter_action=row.action,
        keywords=[render_keyword(one) for one in row.keywords],
        statuses=[render_filter_status(one) for one in row.statuses],
    )


def render_v1_filter(row: FilterRow, keyword: KeywordRow) -> V1Filter:
    return V1Filter(
        id=str(keyword.id),
        phrase=keyword.keyword,
        context=list(row.contexts),
        expires_at=iso_or_none(row.expires_at),
        irreversible=row.action == "hide",
        whole_word=keyword.whole_word,
    )


def render_matches(matches: Iterable[Match], status_id: StatusId) -> list[FilterResult]:
    """What `Status.filtered` says, for all contexts: the client knows where it shows the status."""
    return [
        FilterResult(
            filter=Filter(
                id=str(match.filter.id),
                title=match.filter.title,
                context=list(match.filter.contexts),
                expires_at=iso_or_none(match.filter.expires_at),
                filter_action=match.filter.action,
            ),
            keyword_matches=match.keywords or None,
            status_matches=[encode(status_id)] if match.named else None,
        )
        for match in matches
    ]


def hidden(filtered: Iterable[FilterResult], context: str) -> bool:
    """Whether the server itself is to leave the status out there."""
    return any(one.filter.filter_action == "hide" and context in one.filter.context for one in filtered)
