"""`Page` in SQL: a list that falls by one column, read downwards or upwards.

An order cannot be a parameter, so a paged list is a pair of statements: `Paged(select(...), by)`
builds both at import, and `reader.page(PAIR, page)` runs the one that fits.
"""

from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Uuid, bindparam

from barbelo.db.statement import Statement, statement
from barbelo.kernel.paging import Page

Row = TypeVar("Row")

_ENDS: dict[type[Any], tuple[object, object]] = {
    Uuid: (UUID(int=0), UUID(int=(1 << 128) - 1)),
    BigInteger: (0, (1 << 63) - 1),
}


class Paged(Generic[Row]):
    """`query` has neither order nor limit; `by` is a `Uuid` or `BigInteger` column of it.

    An open end is the end of the world rather than `or is null`, which would keep PostgreSQL
    from using the comparison as a bound of the index scan.
    """

    __slots__ = ("_bottom", "_down", "_top", "_up", "row")

    def __init__(self, query: Select[Any], by: ColumnElement[Any], row: type[Row] | Any = None) -> None:
        self._bottom, self._top = _ENDS[type(by.type)]
        window = query.where(
            by < bindparam("older_than", type_=by.type), by > bindparam("newer_than", type_=by.type)
        )
        window = window.limit(bindparam("page_limit", type_=BigInteger()))
        window = window.offset(bindparam("page_skip", type_=BigInteger()))
        self._down: Statement[Row] = statement(window.order_by(by.desc()), row)
        self._up: Statement[Row] = statement(window.order_by(by.asc()), row)
        self.row = row

    def of(self, page: Page[Any]) -> tuple[Statement[Row], dict[str, object]]:
        """The statement for this page, and its bounds."""
        newer = page.min_id if page.upwards else page.since_id
        return (self._up if page.upwards else self._down), {
            "older_than": self._top if page.max_id is None else page.max_id,
            "newer_than": self._bottom if newer is None else newer,
            "page_limit": page.limit,
            "page_skip": page.skip,
        }
