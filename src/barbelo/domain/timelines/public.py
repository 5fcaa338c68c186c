"""The public timelines: everybody's, this server's, and that of a hashtag. Boosts are not in them."""

from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import wants
from barbelo.domain.timelines.sources import IN_LOCAL, IN_PUBLIC, STATUS_IDS, VIEWER, WITH_MUTED
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page
from barbelo.kernel.viewer import Viewer
from barbelo.text.scan import tag_key


class Which(Struct, frozen=True, kw_only=True):
    """Which of the public statuses. Each combination is a statement of its own, compiled when first asked."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


async def public(
    reader: Reader, viewer: Viewer | None, which: Which, page: Page[Any], *, with_muted: bool = False
) -> list[StatusId]:
    """Everybody's public statuses that this server knows; signed-in people see local-only ones too."""
    query = _public(which, guest=viewer is None)
    if viewer is None:
        return await reader.page(query, page)
    return await reader.page(query, page, viewer=viewer.id, with_muted=with_muted)


async def tagged(  # who asks for what, and which page of it
    reader: Reader,
    viewer: Viewer | None,
    tag: str,
    which: Which,
    page: Page[Any],
    *,
    with_muted: bool = False,
) -> list[StatusId]:
    """Public statuses with a hashtag, in whatever way it is written."""
    query = _tagged(which, guest=viewer is None)
    given: dict[str, object] = {"tag": tag_key(tag)}
    if viewer is not None:
        given |= {"viewer": viewer.id, "with_muted": with_muted}
    return await reader.page(query, page, **given)


@cache
def _public(which: Which, *, guest: bool) -> Paged[StatusId]:
    return Paged(_for(_narrowed(STATUS_IDS, which), guest=guest), statuses.c.id)


@cache
def _tagged(which: Which, *, guest: bool) -> Paged[StatusId]:
    query = (
        select(status_tags.c.status_id)
        .join(statuses, statuses.c.id == status_tags.c.status_id)
        .where(status_tags.c.tag == bindparam("tag", type_=Name))
    )
    return Paged(_for(_narrowed(query, which), guest=guest), status_tags.c.status_id)


def _narrowed(query: Select[Any], which: Which) -> Select[Any]:
    query = query.where(IN_LOCAL if which.local else IN_PUBLIC)
    if which.remote:
        query = query.where(~statuses.c.local)
    if which.only_media:
        query = query.where(statuses.c.media_count > 0)
    return query


def _for(query: Select[Any], *, guest: bool) -> Select[Any]:
    if guest:
        return query.where(anybody_may_see())
    return query.where(may_see(VIEWER), wants(VIEWER, with_muted=WITH_MUTED))
