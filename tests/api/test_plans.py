"""What is read most looks at few pages, whoever asks: one plan serves all. docs/decisions/004 says why that matters."""

import asyncio
from pathlib import Path

import pytest

from barbelo.db.database import Database

BENCH = Path(__file__).resolve().parents[2] / "bench"
SIZES = {"accounts": 1_000, "statuses": 20_000, "follows": 10_000, "likes": 20_000}
PAGES = 1_000
MORE = {"below": 8_000, "search": 8_000, "list of": 16_000, "by a letter": 8_000, "words, rare": 12_000}
"""Below the feed each of 500 who are followed is looked at, and so is each member of a list; a search looks at 500
candidates, and at ten uses of each of fifty hashtags. For a rare word PostgreSQL 15 may walk through 10,000 statuses."""


@pytest.fixture
async def large(database: Database) -> Database:
    """A database with a year in it."""
    sql = await asyncio.to_thread((BENCH / "large.sql").read_text, encoding="utf-8")
    async with database.connection() as connection:
        for name, size in SIZES.items():
            await connection.execute(f"set bench.{name} = {size}")
        await connection.execute(sql, timeout=120)
        await connection.execute("analyze", timeout=120)
    return database


async def test_no_reading_looks_at_more_pages_than_it_may(large, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import plans  # noqa: PLC0415  # the tool that shows them
    from readings import readings  # noqa: PLC0415

    dear = []
    async with plans.looking(large) as looked, large.connection() as connection:
        for name, reading in (await readings(connection)).items():
            most = next((pages for word, pages in MORE.items() if word in name), PAGES)
            compared = await looked.compare(reading)
            assert compared
            dear += [
                f"{name}: {one.for_all} {one.sql[:200]}" for one in compared if one.for_all.buffers > most
            ]
    assert dear == []
