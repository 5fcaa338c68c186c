import asyncio

import pytest

from api.shapes import check_all
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import emojis
from barbelo.domain.events import EmojisChanged
from calls import opened_api

_ADD = statement(adding(emojis, "shortcode host path category tags visible_in_picker"))


async def add(tx, shortcode, *, host=None, category=None, tags=(), visible=True):
    await tx.execute(
        _ADD,
        shortcode=shortcode,
        host=host,
        path=f"cats/{shortcode} 1.png",
        category=category,
        tags=list(tags),
        visible_in_picker=visible,
    )


@pytest.fixture
async def cats(settings, database):
    """The application with emoji that were there before it started."""
    async with database.transaction() as tx:
        await add(tx, "purr", category="Cats", tags=["pack:cats"])
        await add(tx, "hiss", visible=False)
        await add(tx, "woof", host="remote.test")
    async with opened_api(settings, database) as api:
        yield api


async def test_a_server_without_emoji_has_an_empty_list(api):
    assert await api.get("/api/v1/custom_emojis") == []


async def test_ours_are_listed_by_name_and_those_of_others_are_not(cats):
    found = await cats.get("/api/v1/custom_emojis")
    check_all(found, "CustomEmoji")
    assert [one["shortcode"] for one in found] == ["hiss", "purr"]
    assert found[1] == {
        "shortcode": "purr",
        "url": "https://barbelo.test/emoji/cats/purr%201.png",
        "static_url": "https://barbelo.test/emoji/cats/purr%201.png",
        "visible_in_picker": True,
        "category": "Cats",
        "tags": ["pack:cats"],
    }
    assert (found[0]["visible_in_picker"], found[0]["category"]) == (False, None)


async def test_guests_may_ask_and_so_may_everybody_else(cats):
    alice = await cats.person("alice")
    assert await cats.get("/api/v1/custom_emojis", as_=alice) == await cats.get("/api/v1/custom_emojis")


async def test_what_is_added_while_the_server_runs_is_listed_soon(api):
    async with api.database.transaction() as tx:
        await add(tx, "purr")
        await tx.emit(EmojisChanged())
    async with asyncio.timeout(10):
        while not await api.get("/api/v1/custom_emojis"):  # noqa: ASYNC110 - a client can only ask again
            await asyncio.sleep(0.02)
