"""Keyset paging, as the client API has it. No page is ever counted from the start."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Cursor = TypeVar("Cursor")
T = TypeVar("T")


class Page(Struct, Generic[Cursor], frozen=True, kw_only=True):
    """A window on a list that is ordered by a falling cursor (a flake or an integer).

    `max_id`: only older than this. `since_id`: only newer, newest first, so a gap may stay.
    `min_id`: the page directly above this one. All are exclusive; `limit` counts rows, `skip` leaves out the
    first ones (Pleroma's `offset`).
    """

    limit: int
    max_id: Cursor | None = None
    since_id: Cursor | None = None
    min_id: Cursor | None = None
    skip: int = 0

    @property
    def upwards(self) -> bool:
        """Read oldest first and turn round afterwards, so that no row is skipped."""
        return self.min_id is not None

    def in_order(self, rows: Sequence[T]) -> list[T]:
        """Newest first, whichever way they were read."""
        return list(reversed(rows)) if self.upwards else list(rows)
