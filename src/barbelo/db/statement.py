"""SQLAlchemy Core builds the SQL once, at import; asyncpg runs it.

Building a statement per call costs five times the CPU. So statements stand at module level,
take bound parameters, and name the struct that their rows become.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, overload

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement

Row = TypeVar("Row")

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Statement(Generic[Row]):
    """SQL text, the order of its parameters, and the type of its rows."""

    __slots__ = ("given", "names", "needed", "row", "sql")

    def __init__(self, element: ClauseElement, row: Any) -> None:
        compiled: Any = element.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        if "POSTCOMPILE" in self.sql:
            raise TypeError("in_() grows with its list: use = any(:array)")
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())  # each name once: $1, $2, ...
        self.given = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self.needed = frozenset(self.names) - self.given.keys()
        self.row = row

    def args(self, params: Mapping[str, object]) -> list[object]:
        """The values in order. Raises TypeError when one is missing or unknown: a bug, not a wish."""
        if params.keys() != self.needed:
            raise TypeError(f"parameters: want {sorted(self.needed)}, got {sorted(params)}")
        return [params[name] if name in params else self.given[name] for name in self.names]


@overload
def statement(element: ClauseElement, row: type[Row]) -> Statement[Row]: ...
@overload
def statement(element: ClauseElement) -> Statement[Any]: ...
def statement(element: ClauseElement, row: Any = None) -> Statement[Any]:
    """Compile `element`, once.

    With `row` (a msgspec struct) its rows are read with `rows` and `one`; without, with `column`,
    `value` and `execute`.
    """
    return Statement(element, row)
