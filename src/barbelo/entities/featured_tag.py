"""Hashtags on profiles. Source: docs.joinmastodon.org/entities/FeaturedTag."""

from msgspec import Struct

from barbelo.domain.accounts.featured_tags import FeaturedRow
from barbelo.entities.times import day_or_none
from barbelo.kernel.urls import Urls


class FeaturedTag(Struct, frozen=True, kw_only=True):
    """`statuses_count` is a number in a string; `last_status_at` is a day."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


def render_featured(row: FeaturedRow, urls: Urls) -> FeaturedTag:
    return FeaturedTag(
        id=str(row.id),
        name=row.name,
        url=urls.tag(row.tag),
        statuses_count=str(row.statuses_count),
        last_status_at=day_or_none(row.last_status_at),
    )
