"""Reading the home timeline: the feed as far as it reaches, and everybody who is followed below that."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import hides_boosts_of, wants
from barbelo.domain.timelines.feed import NOTHING_YET, Feed, candidates
from barbelo.domain.timelines.sources import VIEWER, WITH_MUTED
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page
from barbelo.kernel.viewer import Viewer

_AT_ONCE = 80  # candidates that are looked at together when the feed does not reach
_BOTTOM = UUID(int=0)

_SEEN = (
    may_see(VIEWER),
    wants(VIEWER, with_muted=WITH_MUTED),
    or_(statuses.c.boost_of_id.is_(None), ~hides_boosts_of(VIEWER, statuses.c.account_id)),
)
_HOME: Paged[StatusId] = Paged(
    select(home_feed.c.status_id)
    .join(statuses, statuses.c.id == home_feed.c.status_id)
    .where(home_feed.c.account_id == VIEWER, *_SEEN),
    home_feed.c.status_id,
)
_DOWN: Statement[Any] = statement(candidates(upwards=False))
_UP: Statement[Any] = statement(candidates(upwards=True))
_SIFT: Statement[Any] = statement(
    select(statuses.c.id).where(statuses.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))), *_SEEN)
)


class Asked(msgspec.Struct, frozen=True):
    """Who reads, and whether what they have muted is to be shown."""

    viewer: Viewer
    with_muted: bool = False

    @property
    def params(self) -> dict[str, Any]:
        return {"viewer": self.viewer.id, "with_muted": self.with_muted}


async def home(reader: Reader, asked: Asked, feed: Feed, page: Page[UUID]) -> list[StatusId]:
    """Newest first, exact in both directions, however far down and whatever the state of the feed."""
    if page.skip:
        whole = msgspec.structs.replace(page, limit=page.limit + page.skip, skip=0)
        found = await home(reader, asked, feed, whole)
        return found[: page.limit] if page.upwards else found[page.skip :]
    floor = NOTHING_YET if feed.built_at is None else feed.floor
    if floor is None:
        return await reader.page(_HOME, page, **asked.params)
    if page.upwards:
        reaches = page.min_id is not None and page.min_id >= floor
        return await (
            reader.page(_HOME, page, **asked.params) if reaches else _sift_upwards(reader, asked, page)
        )
    above = msgspec.structs.replace(page, since_id=max(page.since_id or _BOTTOM, _just_below(floor)))
    found = [] if floor == NOTHING_YET else await reader.page(_HOME, above, **asked.params)
    return found + await _sift_downwards(reader, asked, page, floor, skipped=len(found))


def _just_below(floor: UUID) -> UUID:
    """Bounds are exclusive, and the floor itself belongs to the feed."""
    return UUID(int=floor.int - 1)


async def _sift_downwards(
    reader: Reader, asked: Asked, page: Page[UUID], floor: UUID, *, skipped: int
) -> list[StatusId]:
    found: list[StatusId] = []
    older = min(floor, page.max_id or floor)
    wanted = page.limit - skipped
    while len(found) < wanted:
        window = {"older_than": older, "newer_than": page.since_id or _BOTTOM, "most": _AT_ONCE}
        ids = await reader.column(_DOWN, viewer=asked.viewer.id, **window)
        found += await _sifted(reader, asked, ids)
        if len(ids) < _AT_ONCE:
            break
        older = ids[-1]
    return found[:wanted]


async def _sift_upwards(reader: Reader, asked: Asked, page: Page[UUID]) -> list[StatusId]:
    found: list[StatusId] = []
    newer = page.min_id or _BOTTOM
    while len(found) < page.limit:
        window = {"older_than": page.max_id or NOTHING_YET, "newer_than": newer, "most": _AT_ONCE}
        ids = await reader.column(_UP, viewer=asked.viewer.id, **window)
        found += await _sifted(reader, asked, ids)
        if len(ids) < _AT_ONCE:
            break
        newer = ids[-1]
    return found[: page.limit][::-1]


async def _sifted(reader: Reader, asked: Asked, ids: list[StatusId]) -> list[StatusId]:
    """Those of `ids` that may and are wanted to be seen, in the same order."""
    seen = set(await reader.column(_SIFT, ids=ids, **asked.params)) if ids else set()
    return [status_id for status_id in ids if status_id in seen]
