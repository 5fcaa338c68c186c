"""Reading the home timeline: the feed as far as it reaches, and everybody who is followed below that."""

from functools import cache
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Uuid, any_, bindparam, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import hides_boosts_of, keeps_from_home, wants
from barbelo.domain.timelines.feed import NOTHING_YET, Feed, candidates
from barbelo.domain.timelines.sifting import BOTTOM, Sieve, Sifting
from barbelo.domain.timelines.sources import VIEWER, WITH_MUTED, Asked, Which, narrowing
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page


async def home(reader: Reader, asked: Asked, feed: Feed, page: Page[UUID]) -> list[StatusId]:
    """Newest first, exact in both directions, however far down and whatever the state of the feed."""
    if page.skip:
        found = await home(reader, asked, feed, replace(page, limit=page.limit + page.skip, skip=0))
        return found[: page.limit] if page.upwards else found[page.skip :]
    kept = _kept(asked.kept)
    below = Sifting(sieve=_sieve(asked.kept), sources=asked.sources, rules=asked.params)
    floor = NOTHING_YET if feed.built_at is None else feed.floor
    if floor is None:
        return await reader.page(kept, page, **asked.params)
    if page.upwards:
        reaches = page.min_id is not None and page.min_id >= floor
        return await (reader.page(kept, page, **asked.params) if reaches else below.page(reader, page))
    above = replace(page, since_id=max(page.since_id or BOTTOM, _just_below(floor)))
    found = [] if floor == NOTHING_YET else await reader.page(kept, above, **asked.params)
    rest = replace(page, max_id=min(floor, page.max_id or floor), limit=page.limit - len(found))
    return found + await below.page(reader, rest)


def _just_below(floor: UUID) -> UUID:
    """Bounds are exclusive, and the floor itself belongs to the feed."""
    return UUID(int=floor.int - 1)


def _seen(which: Which) -> list[ColumnElement[bool]]:
    return [
        *narrowing(which),
        may_see(VIEWER),
        wants(VIEWER, with_muted=WITH_MUTED),
        or_(statuses.c.boost_of_id.is_(None), not_(hides_boosts_of(VIEWER, statuses.c.account_id))),
        not_(keeps_from_home(VIEWER, statuses.c.account_id)),
    ]


@cache
def _kept(which: Which) -> Paged[StatusId]:
    return Paged(
        select(home_feed.c.status_id)
        .join(statuses, statuses.c.id == home_feed.c.status_id)
        .where(home_feed.c.account_id == VIEWER, *_seen(which)),
        home_feed.c.status_id,
    )


@cache
def _sieve(which: Which) -> Sieve:
    rules = select(statuses.c.id).where(statuses.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    return Sieve(
        down=statement(candidates(which, upwards=False)),
        up=statement(candidates(which, upwards=True)),
        sift=statement(rules.where(*_seen(which))),
    )
