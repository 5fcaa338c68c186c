"""`Page` in SQL: a list that falls by one column, read downwards or upwards.

An order cannot be a parameter, so a paged list is a pair of statements: `Paged(select(...), by)`
builds both at import, and `reader.page(PAIR, page)` runs the one that fits.
"""

from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, bindparam, literal_column, select

from barbelo.db.statement import Statement, statement
from barbelo.kernel.paging import Page

Row = TypeVar("Row")

_ENDS: dict[type[Any], tuple[object, object]] = {
    Uuid: (UUID(int=0), UUID(int=(1 << 128) - 1)),
    BigInteger: (0, (1 << 63) - 1),
}


_USUAL = (20, 40, 80)
"""How long pages are, rounded up to what clients ask for."""


class Paged(Generic[Row]):
    """`query` has neither order nor limit; `by` is one of its columns, a `Uuid` or `BigInteger`.

    An open end is the end of the world rather than `or is null`, which would keep PostgreSQL
    from using the comparison as a bound of the index scan.

    The length of a page is written into the statement, rounded up, as well as bound: a plan that is made once for
    all takes a bound limit for a tenth of everything there is, and a bound offset for another tenth.
    """

    __slots__ = ("_bottom", "_by", "_query", "_statements", "_top", "row")

    def __init__(self, query: Select[Any], by: ColumnElement[Any], row: type[Row] | Any = None) -> None:
        self._bottom, self._top = _ENDS[type(by.type)]
        self._query = query.where(
            by < bindparam("older_than", type_=by.type), by > bindparam("newer_than", type_=by.type)
        )
        self._by: Any = by
        self._statements: dict[tuple[bool, int], Statement[Row]] = {}
        self.row = row
        self._statement(upwards=False, most=_USUAL[0])  # what cannot be compiled is told at import

    def of(self, page: Page[Any]) -> tuple[Statement[Row], dict[str, object]]:
        """The statement for this page, and its bounds."""
        newer = page.min_id if page.upwards else page.since_id
        bounds: dict[str, object] = {
            "older_than": self._top if page.max_id is None else page.max_id,
            "newer_than": self._bottom if newer is None else newer,
            "page_limit": page.limit,
        }
        most = 0 if page.skip else next((most for most in _USUAL if page.limit <= most), 0)
        if not most:
            bounds["page_skip"] = page.skip
        return self._statement(upwards=page.upwards, most=most), bounds

    def _statement(self, *, upwards: bool, most: int) -> Statement[Row]:
        """For pages of up to `most` rows; 0 is for any length, and rows left out before it."""
        found = self._statements.get((upwards, most))
        if found is None:
            found = statement(self._window(upwards=upwards, most=most), self.row)
            self._statements[upwards, most] = found
        return found

    def _window(self, *, upwards: bool, most: int) -> Select[Any]:
        limit = bindparam("page_limit", type_=BigInteger())
        ordered = self._query.order_by(self._by.asc() if upwards else self._by.desc())
        if not most:
            return ordered.limit(limit).offset(bindparam("page_skip", type_=BigInteger()))
        rows = ordered.limit(literal_column(str(most))).subquery("page_rows")
        by: Any = rows.corresponding_column(self._by)
        return select(rows).order_by(by.asc() if upwards else by.desc()).limit(limit)
