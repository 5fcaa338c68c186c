"""How far one has read. Source: docs.joinmastodon.org/methods/markers, reference/pleroma 2.7, 3.5."""

from msgspec import Struct

from barbelo.db.database import Reader
from barbelo.domain.notifications.inbox import count_unread, read_up_to
from barbelo.domain.timelines.markers import TIMELINES, MarkerRow, set_marker
from barbelo.domain.timelines.markers import list_markers as read_markers
from barbelo.entities.times import iso
from barbelo.http.context import Ctx
from barbelo.http.routes import get, post
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import find_flake

TAGS = ("timelines",)


class MarkerPleroma(Struct, frozen=True):
    unread_count: int


class Marker(Struct, frozen=True, kw_only=True):
    last_read_id: str
    version: int
    updated_at: str
    pleroma: MarkerPleroma


class MarkersQuery(Struct, frozen=True, kw_only=True):
    timeline: list[str] = []


@get("/api/v1/markers", scope="read:statuses", params=MarkersQuery, tags=TAGS)
async def list_markers(ctx: Ctx, query: MarkersQuery) -> dict[str, Marker]:
    """The markers of the timelines that are named; one that was never set is missing."""
    async with ctx.db.reading() as reader:
        rows = await read_markers(reader, ctx.user.id, query.timeline)
        return await _shown(ctx, reader, rows)


class Position(Struct, frozen=True, kw_only=True):
    last_read_id: str


class Positions(Struct, frozen=True, kw_only=True):
    home: Position | None = None
    notifications: Position | None = None


@post("/api/v1/markers", scope="write:statuses", params=Positions, tags=TAGS)
async def set_markers(ctx: Ctx, positions: Positions) -> dict[str, Marker]:
    """Say how far one has read. Notifications up to there are read then."""
    rows = []
    async with ctx.db.transaction() as tx:
        for timeline in TIMELINES:
            position: Position | None = getattr(positions, timeline)
            if position is not None:
                _check(timeline, position.last_read_id)
                rows.append(await set_marker(tx, ctx.user.id, timeline, position.last_read_id))
        if positions.notifications is not None:
            await read_up_to(tx, ctx.user.id, int(positions.notifications.last_read_id))
        return await _shown(ctx, tx, rows)


def _check(timeline: str, last_read_id: str) -> None:
    number = last_read_id.isascii() and last_read_id.isdigit() and len(last_read_id) < 19
    if not (number if timeline == "notifications" else find_flake(last_read_id)):
        raise Invalid(f"{timeline}[last_read_id] - Invalid id.", field=f"{timeline}.last_read_id")


async def _shown(ctx: Ctx, reader: Reader, rows: list[MarkerRow]) -> dict[str, Marker]:
    unread = await count_unread(reader, ctx.user.id) if rows else 0
    return {
        row.timeline: Marker(
            last_read_id=row.last_read_id,
            version=row.version,
            updated_at=iso(row.updated_at),
            pleroma=MarkerPleroma(unread if row.timeline == "notifications" else 0),
        )
        for row in rows
    }
