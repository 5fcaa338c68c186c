"""Hashtags as clients see them. Source: docs.joinmastodon.org/entities/Tag."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from barbelo.db.database import Reader
from barbelo.domain.timelines.tags import Use, days_before, featured_among, followed_among, uses_of
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer


class TagHistory(Struct, frozen=True, kw_only=True):
    """A day, by the second at which it begins. All are texts."""

    day: str
    uses: str
    accounts: str


class Tag(Struct, frozen=True, kw_only=True):
    """`following` and `featuring` are left out for guests."""

    id: str
    name: str
    url: str
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET  # on one's own profile


async def render_tags(reader: Reader, names: Sequence[str], viewer: Viewer | None, urls: Urls) -> list[Tag]:
    """In the order of `names`, which are keys; at most three queries, however many."""
    if not names:
        return []
    uses: dict[str, dict[int, Use]] = {}
    for use in await uses_of(reader, names):
        uses.setdefault(use.tag, {})[use.day] = use
    followed = await followed_among(reader, viewer.id, names) if viewer else set()
    featured = await featured_among(reader, viewer.id, names) if viewer else set()
    days = days_before(reader.now())
    return [
        Tag(
            id=name,
            name=name,
            url=urls.tag(name),
            history=[_history(day, uses.get(name, {}).get(day)) for day in days],
            following=name in followed if viewer else UNSET,
            featuring=name in featured if viewer else UNSET,
        )
        for name in names
    ]


def _history(day: int, use: Use | None) -> TagHistory:
    return TagHistory(
        day=str(day * 86400),
        uses=str(use.uses if use else 0),
        accounts=str(use.accounts if use else 0),
    )
