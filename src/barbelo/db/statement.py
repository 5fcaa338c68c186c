"""SQLAlchemy Core builds the SQL once, at import; asyncpg runs it.

Building a statement per call costs five times the CPU. So statements stand at module level,
take bound parameters, and name the struct that their rows become.
"""

import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, overload
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement

Row = TypeVar("Row")

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


_PARAMETER = re.compile(r"\$(\d+)")
_LIST = re.compile(r"\bANY \((\$\d+)::([A-Z ]+\[\])\)")


class Statement(Generic[Row]):
    """SQL text, the order of its parameters, and the type of its rows.

    Values that are known already (`media_count > 0`) are written into the text: PostgreSQL uses a partial index
    only for what it sees, not for a parameter that happens to be 0. A list (`= any(:ids)`) is handed over behind a
    `select`, which hides how long it is: for one id PostgreSQL would plan anew each time, longer than it reads.
    """

    __slots__ = ("given", "names", "needed", "row", "sql")

    def __init__(self, element: ClauseElement, row: Any) -> None:
        compiled: Any = element.compile(dialect=_DIALECT)
        sql = str(compiled)
        if "POSTCOMPILE" in sql:
            raise TypeError("in_() grows with its list: use = any(:array)")
        names: tuple[str, ...] = tuple(compiled.positiontup or ())  # each name once: $1, $2, ...
        known = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        plain = {
            name: value for name, value in known.items() if not isinstance(compiled.binds[name].type, JSON)
        }
        written = {name: literal for name in names if name in plain and (literal := _literal(plain[name]))}
        self.names = tuple(name for name in names if name not in written)
        self.given = {name: value for name, value in known.items() if name not in written}
        places = {name: f"${number}" for number, name in enumerate(self.names, 1)} | written
        sql = _PARAMETER.sub(lambda found: places[names[int(found[1]) - 1]], sql)
        self.sql = _LIST.sub(r"ANY ((SELECT \1::\2)::\2)", sql)
        self.needed = frozenset(self.names) - self.given.keys()
        self.row = row

    def args(self, params: Mapping[str, object]) -> list[object]:
        """The values in order. Raises TypeError when one is missing or unknown: a bug, not a wish."""
        if params.keys() != self.needed:
            raise TypeError(f"parameters: want {sorted(self.needed)}, got {sorted(params)}")
        return [params[name] if name in params else self.given[name] for name in self.names]


def _literal(value: object) -> str:
    """The value in SQL; empty for what is better sent (lists, documents, times)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value >= 0 else f"({value})"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value}'" if isinstance(value, UUID) else ""


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
