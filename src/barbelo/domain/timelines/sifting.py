"""Timelines without an index of their own: candidates from many sources, a window at a time, then the rules.

To ask the rules of every source's rows costs as much as there are sources; to merge first and ask afterwards costs
the same few rows whoever reads. A page is exact all the same: windows are read until it is full, or nothing is left.
"""

from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, and_, bindparam, select

from barbelo.db.database import Reader
from barbelo.db.rows import some
from barbelo.db.statement import Statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import statuses
from barbelo.domain.timelines.sources import Which, narrowing
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page

AT_ONCE = 20
"""Candidates that are looked at together, or twice the page; twice as many each time that they were not enough."""
MOST_AT_ONCE = 1280
BOTTOM = UUID(int=0)
TOP = UUID(int=(1 << 128) - 1)

Params = dict[str, Any]

MOST = bindparam("most", type_=BigInteger())


def in_window(status_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(
        status_id < bindparam("older_than", type_=Uuid()), status_id > bindparam("newer_than", type_=Uuid())
    )


def cut(query: Select[Any], status_id: ColumnElement[Any], *, upwards: bool) -> Select[Any]:
    """The first of a window, from above or from below."""
    return query.order_by(status_id.asc() if upwards else status_id.desc()).limit(MOST)


def written_by(author: ColumnElement[Any], which: Which, *, upwards: bool) -> Select[Any]:
    """What one author wrote in the window: a walk along the index on (account, id), no further than `:most` rows."""
    query = select(statuses.c.id).where(statuses.c.account_id == author, in_window(statuses.c.id))
    return cut(query.where(*narrowing(which)), statuses.c.id, upwards=upwards)


def lives_there(author: ColumnElement[Any], which: Which) -> list[ColumnElement[bool]]:
    """Whether an author has statuses of that place at all: whoever has none is not walked along in vain."""
    if not (which.local or which.remote):
        return []
    place = accounts.c.host.is_(None) if which.local else accounts.c.host.is_not(None)
    return [some(accounts, accounts.c.id == author, place)]


class Sieve(Struct, frozen=True, kw_only=True):
    """`down` and `up` give candidates between `:older_than` and `:newer_than` (exclusive), at most `:most`, by id.

    `sift` gives those of `:ids` that may and are wanted to be seen.
    """

    down: Statement[Any]
    up: Statement[Any]
    sift: Statement[Any]


class Sifting(Struct, frozen=True, kw_only=True):
    """A sieve in use: `rules` are the parameters of its rules; of `sources` its candidates take those that they need."""

    sieve: Sieve
    sources: Params
    rules: Params

    async def page(self, reader: Reader, page: Page[UUID]) -> list[StatusId]:
        """Newest first, exact in both directions."""
        if page.skip:
            found = await self.page(reader, replace(page, limit=page.limit + page.skip, skip=0))
            return found[: page.limit] if page.upwards else found[page.skip :]
        return await (self._upwards if page.upwards else self._downwards)(reader, page)

    async def _downwards(self, reader: Reader, page: Page[UUID]) -> list[StatusId]:
        found: list[StatusId] = []
        older, newer, most = page.max_id or TOP, page.since_id or BOTTOM, _first(page)
        while len(found) < page.limit:
            window = {"older_than": older, "newer_than": newer, "most": most}
            ids = await self._candidates(reader, self.sieve.down, window)
            found += await self._sifted(reader, ids)
            if len(ids) < most:
                break
            older, most = ids[-1], min(2 * most, MOST_AT_ONCE)
        return found[: page.limit]

    async def _upwards(self, reader: Reader, page: Page[UUID]) -> list[StatusId]:
        found: list[StatusId] = []
        older, newer, most = page.max_id or TOP, page.min_id or BOTTOM, _first(page)
        while len(found) < page.limit:
            window = {"older_than": older, "newer_than": newer, "most": most}
            ids = await self._candidates(reader, self.sieve.up, window)
            found += await self._sifted(reader, ids)
            if len(ids) < most:
                break
            newer, most = ids[-1], min(2 * most, MOST_AT_ONCE)
        return found[: page.limit][::-1]

    async def _candidates(self, reader: Reader, query: Statement[Any], window: Params) -> list[StatusId]:
        given = {name: value for name, value in self.sources.items() if name in query.needed}
        return await reader.column(query, **given, **window)

    async def _sifted(self, reader: Reader, ids: list[StatusId]) -> list[StatusId]:
        """Those of `ids` that may and are wanted to be seen, in the same order."""
        seen = set(await reader.column(self.sieve.sift, ids=ids, **self.rules)) if ids else set()
        return [status_id for status_id in ids if status_id in seen]


def _first(page: Page[UUID]) -> int:
    return max(2 * page.limit, AT_ONCE)
