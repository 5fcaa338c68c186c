"""Filters: what they hold, whose they are, what is told of their changes, and how a process keeps them."""

from datetime import timedelta

import pytest
from msgspec import UNSET

from barbelo.db.bus import LiveEvent
from barbelo.domain.events import FiltersChanged
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.domain.timelines import filters
from barbelo.domain.timelines.filter_cache import FilterCache
from barbelo.domain.timelines.filters import FilterWish, KeywordWish
from barbelo.kernel.errors import Invalid, NotFound
from posts import published


def wish(*keywords, **more):
    words = [KeywordWish(keyword=keyword) for keyword in keywords]
    return FilterWish(**{"title": "t", "contexts": ["home"], "keywords": words} | more)


def words_of(row):
    return [(one.keyword, one.whole_word) for one in row.keywords]


async def test_a_filter_is_made_changed_and_deleted(tx, alice):
    row = await filters.create_filter(tx, alice.id, wish("cats", contexts=["home", "home", "public"]))
    assert (row.title, row.contexts, row.action, row.expires_at) == ("t", ["home", "public"], "warn", None)
    assert words_of(row) == [("cats", True)]
    changed = await filters.change_filter(
        tx,
        alice.id,
        row.id,
        FilterWish(
            action="hide",
            expires_in_s=60,
            keywords=[
                KeywordWish(id=row.keywords[0].id, whole_word=False),
                KeywordWish(keyword=" dogs "),
                KeywordWish(keyword="gone", destroy=True),
            ],
        ),
    )
    assert (changed.title, changed.contexts, changed.action) == ("t", ["home", "public"], "hide")
    assert timedelta(seconds=50) < changed.expires_at - tx.now() <= timedelta(seconds=60)
    assert words_of(changed) == [("cats", False), ("dogs", True)]
    gone = [KeywordWish(id=row.keywords[0].id, destroy=True)]
    rest = await filters.change_filter(tx, alice.id, row.id, FilterWish(keywords=gone))
    assert words_of(rest) == [("dogs", True)]
    assert rest.expires_at == changed.expires_at
    assert (
        await filters.change_filter(tx, alice.id, row.id, FilterWish(expires_in_s=None))
    ).expires_at is None
    await filters.delete_filter(tx, alice.id, row.id)
    assert await filters.list_filters(tx, alice.id) == []


async def test_every_change_is_told(tx, alice):
    status = await published(tx, alice)
    row = await filters.create_filter(tx, alice.id, wish())
    keyword = await filters.add_keyword(tx, alice.id, row.id, KeywordWish(keyword="cats"))
    await filters.change_keyword(tx, alice.id, KeywordWish(id=keyword.id, keyword="dogs"))
    entry = await filters.add_status(tx, alice.id, row.id, status)
    await filters.remove_status(tx, alice.id, entry.id)
    await filters.delete_keyword(tx, alice.id, keyword.id)
    await filters.change_filter(tx, alice.id, row.id, FilterWish(title="other"))
    await filters.delete_filter(tx, alice.id, row.id)
    assert [event for event in tx.live if isinstance(event, FiltersChanged)] == [
        FiltersChanged(account_id=alice.id)
    ] * 8


async def test_a_status_is_named_once_and_goes_with_the_status(tx, alice, bob):
    status = await published(tx, bob)
    row = await filters.create_filter(tx, alice.id, wish())
    entry = await filters.add_status(tx, alice.id, row.id, status)
    assert await filters.add_status(tx, alice.id, row.id, status) == entry
    assert (await filters.filter_with_status(tx, alice.id, entry.id)).statuses == [entry]
    await delete_status(tx, await get_unchecked(tx, status))
    assert (await filters.get_filter(tx, alice.id, row.id)).statuses == []


async def test_nobody_touches_the_filter_of_somebody_else(tx, alice, bob):
    row = await filters.create_filter(tx, alice.id, wish("cats"))
    entry = await filters.add_status(tx, alice.id, row.id, await published(tx, alice))
    row = await filters.get_filter(tx, alice.id, row.id)
    keyword = row.keywords[0].id
    for deed in (
        filters.get_filter(tx, bob.id, row.id),
        filters.filter_with_keyword(tx, bob.id, keyword),
        filters.filter_with_status(tx, bob.id, entry.id),
        filters.change_filter(tx, bob.id, row.id, FilterWish(title="x")),
        filters.add_keyword(tx, bob.id, row.id, KeywordWish(keyword="x")),
        filters.change_keyword(tx, bob.id, KeywordWish(id=keyword, keyword="x")),
        filters.delete_keyword(tx, bob.id, keyword),
        filters.add_status(tx, bob.id, row.id, entry.status_id),
        filters.remove_status(tx, bob.id, entry.id),
        filters.delete_filter(tx, bob.id, row.id),
    ):
        with pytest.raises(NotFound):
            await deed
    assert await filters.list_filters(tx, alice.id) == [row]


async def test_a_keyword_is_changed_through_its_own_filter_only(tx, alice):
    one = await filters.create_filter(tx, alice.id, wish("cats"))
    other = await filters.create_filter(tx, alice.id, wish("dogs"))
    stolen = [KeywordWish(id=one.keywords[0].id, keyword="x")]
    with pytest.raises(NotFound):
        await filters.change_filter(tx, alice.id, other.id, FilterWish(keywords=stolen))
    with pytest.raises(NotFound):
        await filters.create_filter(tx, alice.id, FilterWish(title="t", contexts=["home"], keywords=stolen))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 257},
        {"contexts": []},
        {"expires_in_s": -1},
        {"expires_in_s": 10**12},
        {"keywords": [KeywordWish(keyword=" ")]},
        {"keywords": [KeywordWish()]},
        {"keywords": [KeywordWish(keyword="x" * 513)]},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(tx, alice, wrong):
    with pytest.raises(Invalid):
        await filters.create_filter(tx, alice.id, wish(**wrong))


async def test_there_is_an_end_to_filters_keywords_and_statuses(tx, alice, monkeypatch):
    monkeypatch.setattr(filters, "MOST_FILTERS", 2)
    monkeypatch.setattr(filters, "MOST_KEYWORDS", 1)
    row = await filters.create_filter(tx, alice.id, wish("cats"))
    other = await filters.create_filter(tx, alice.id, wish())
    await filters.add_status(tx, alice.id, row.id, await published(tx, alice))
    for deed in (
        filters.create_filter(tx, alice.id, wish()),
        filters.add_keyword(tx, alice.id, other.id, KeywordWish(keyword="x")),
        filters.add_status(tx, alice.id, other.id, await published(tx, alice)),
    ):
        with pytest.raises(Invalid):
            await deed


async def test_a_process_keeps_filters_until_they_change(tx, alice, bob):
    cache = FilterCache()
    assert not await cache.of(tx, alice.id)
    await filters.create_filter(tx, alice.id, wish("cats", expires_in_s=UNSET))
    assert not await cache.of(tx, alice.id)
    cache.heard([LiveEvent("FiltersChanged", {"account_id": str(bob.id)}), LiveEvent("Other", {})])
    assert not await cache.of(tx, alice.id)
    cache.heard([LiveEvent("FiltersChanged", {"account_id": str(alice.id)})])
    assert await cache.of(tx, alice.id)
    assert await cache.of(tx, alice.id) is await cache.of(tx, alice.id)
    assert not await cache.of(tx, bob.id)


async def test_what_was_read_before_a_change_is_not_kept(tx, alice, monkeypatch):
    cache = FilterCache()
    read = filters.list_filters

    async def slowly(reader, account_id):
        rows = await read(reader, account_id)
        await filters.create_filter(tx, alice.id, wish("cats"))
        cache.forget(account_id)
        return rows

    monkeypatch.setattr("barbelo.domain.timelines.filter_cache.list_filters", slowly)
    assert not await cache.of(tx, alice.id)
    monkeypatch.undo()
    assert await cache.of(tx, alice.id)


async def test_a_process_forgets_whoever_has_not_read_for_longest(tx, alice, bob, carol, monkeypatch):
    monkeypatch.setattr("barbelo.domain.timelines.filter_cache.MOST_ACCOUNTS", 2)
    cache = FilterCache()
    for who in (alice, bob, alice, carol):
        await cache.of(tx, who.id)
    assert set(cache._kept) == {alice.id, carol.id}
