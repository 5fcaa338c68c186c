"""Hashtags on profiles. Source: docs.joinmastodon.org/entities/FeaturedTag, /entities/Tag."""

from msgspec import Struct

from barbelo.domain.accounts.featured_tags import FeaturedRow, TagTies
from barbelo.entities.times import day_or_none
from barbelo.kernel.urls import Urls
from barbelo.text.scan import tag_key


class FeaturedTag(Struct, frozen=True, kw_only=True):
    """`statuses_count` is a number in a string; `last_status_at` is a day."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class OwnTag(Struct, frozen=True, kw_only=True):
    """A hashtag, and what it is to the viewer. How often it is used is not counted, so the history is empty."""

    id: str
    name: str
    url: str
    history: list[dict[str, str]] = []
    following: bool
    featuring: bool


def render_featured(row: FeaturedRow, urls: Urls) -> FeaturedTag:
    return FeaturedTag(
        id=str(row.id),
        name=row.name,
        url=urls.tag(row.tag),
        statuses_count=str(row.statuses_count),
        last_status_at=day_or_none(row.last_status_at),
    )


def render_own_tag(name: str, ties: TagTies, urls: Urls) -> OwnTag:
    tag = tag_key(name)
    return OwnTag(id=tag, name=tag, url=urls.tag(tag), following=ties.following, featuring=ties.featuring)
