"""How many statements a request costs the database, in whatever connections: `async with counted(api) as asked`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from barbelo.db.database import Database


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that any `Database` sends inside, the beginning and end of transactions too."""
    asked: list[str] = []
    plain = Database.connection

    def note(record: Any) -> None:
        asked.append(record.query)

    @asynccontextmanager
    async def watched(self: Database) -> AsyncIterator[Any]:
        async with plain(self) as connection:
            with connection.query_logger(note):
                yield connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "connection", watched)
        yield asked
