"""How often the database is asked: doors answer with a fixed number of queries, however long the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from barbelo.db.statement import Statement


@contextmanager
def queries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The SQL of every statement of ours that is run inside, in order."""
    asked: list[str] = []
    args = Statement.args

    def noted(statement: Statement[Any], params: Any) -> list[object]:
        asked.append(statement.sql)
        return args(statement, params)

    with monkeypatch.context() as patch:
        patch.setattr(Statement, "args", noted)
        yield asked
