"""Cursors as clients send them. Source: reference/pleroma 11.2, reference/mastodon 7."""

from uuid import UUID

from msgspec import Struct

from barbelo.http.shapes import NOTHING
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import find_flake
from barbelo.kernel.paging import Page

_BIGINT = 2**63


class PageParams(Struct, frozen=True, kw_only=True):
    """The parameters of every paged list; a list with more of its own inherits from this."""

    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None
    limit: int | None = None
    offset: int | None = None

    def flakes(self, default: int = 20, most: int = 40) -> Page[UUID]:
        """For lists ordered by a flake. Raises `Invalid` for a cursor that is none."""
        return Page(
            limit=self.rows(default, most),
            max_id=_flake(self.max_id, "max_id"),
            since_id=_flake(self.since_id, "since_id"),
            min_id=_flake(self.min_id, "min_id"),
            skip=self.skipped(),
        )

    def integers(self, default: int = 20, most: int = 40) -> Page[int]:
        """For lists ordered by a number of their own. Raises `Invalid` for a cursor that is none."""
        return Page(
            limit=self.rows(default, most),
            max_id=_integer(self.max_id, "max_id"),
            since_id=_integer(self.since_id, "since_id"),
            min_id=_integer(self.min_id, "min_id"),
            skip=self.skipped(),
        )

    def rows(self, default: int = 20, most: int = 40) -> int:
        """How many rows: what was asked for, between 1 and `most`."""
        return default if self.limit is None else min(max(self.limit, 1), most)

    def skipped(self, most: int = 10_000) -> int:
        """Rows to leave out first, for lists that page by `offset`."""
        return min(max(self.offset or 0, 0), most)


def _flake(text: str | None, name: str) -> UUID | None:
    if text is None or text in NOTHING:
        return None
    found = find_flake(text)
    if found is None:
        raise _bad(name)
    return found


def _integer(text: str | None, name: str) -> int | None:
    if text is None or text in NOTHING:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) >= _BIGINT:
        raise _bad(name)
    return int(text)


def _bad(name: str) -> Invalid:
    return Invalid(f"{name} - Invalid id.", field=name)
