"""What is read most looks at few pages, whoever asks: one plan serves all. docs/decisions/004 says why that matters."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from barbelo.db.database import Database

BENCH = Path(__file__).resolve().parents[2] / "bench"
SIZES = {"accounts": 1_000, "statuses": 20_000, "follows": 10_000, "likes": 20_000}
PAGES = 1_000
MORE = {"below": 8_000, "search": 8_000}
"""Below the feed each of 500 who are followed is looked at; a search looks at 500 candidates."""


@pytest.fixture
async def large(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A database with a year in it."""
    sql = await asyncio.to_thread((BENCH / "large.sql").read_text, encoding="utf-8")
    async with database.connection() as connection:
        for name, size in SIZES.items():
            await connection.execute(f"set bench.{name} = {size}")
        await connection.execute(sql, timeout=120)
        await connection.execute("analyze", timeout=120)
        yield connection


async def test_no_reading_looks_at_more_pages_than_it_may(large, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import plans  # noqa: PLC0415  # the tool that shows them
    from readings import readings  # noqa: PLC0415

    dear = []
    for name, read in (await readings(large)).items():
        most = next((pages for word, pages in MORE.items() if word in name), PAGES)
        recorder = plans.Recorder(large)
        await read(recorder)
        assert recorder.asked
        for asked in recorder.asked:
            cost = (await plans.compare(large, asked)).for_all
            if cost.buffers > most:
                dear.append(f"{name}: {cost.buffers} pages: {asked.sql[:200]}")
    assert dear == []
