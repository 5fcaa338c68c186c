"""Notifications as lines: what belongs together, how lines are paged, counted and dismissed."""

from datetime import timedelta

import pytest

from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.notifications.groups import (
    SENDERS,
    count_unread_lines,
    dismiss_line,
    get_line,
    line_params,
    list_lines,
)
from barbelo.domain.notifications.inbox import Which, read_up_to
from barbelo.domain.reactions.like import like
from barbelo.domain.relations.requests import authorize
from barbelo.kernel.errors import NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from counting import queries
from people import resident
from posts import blocks_row, boosted, id_of, published
from relatives import asked

EVERYTHING = Which()


async def likes(tx, who, *status_ids):
    by = await get_author(tx, id_of(who))
    for status_id in status_ids:
        await like(tx, LikeDraft(author=by, origin=Origin.LOCAL, status_id=status_id))


async def lines_of(tx, who, *, grouped=("favourite", "reblog", "follow"), **page):
    """Kind and how many, the newest first."""
    found = await list_lines(tx, who.id, EVERYTHING, Page(**{"limit": 40, **page}), grouped)
    return [(line.kind, line.count) for line in found.lines]


@pytest.fixture
async def crowd(tx):
    return [await resident(tx, f"fan{number}") for number in range(10)]


async def test_likes_and_boosts_of_one_status_and_follows_are_lines(tx, alice, carol, crowd):
    first, second = await published(tx, alice), await published(tx, alice)
    for fan in crowd:
        await likes(tx, fan, first)
        await asked(tx, fan, alice)
    await likes(tx, carol, second)
    await published(tx, carol, mentions=(alice,))
    await published(tx, carol, mentions=(alice,))
    for fan in crowd[:2]:
        await boosted(tx, fan, first)
    page = await list_lines(tx, alice.id, EVERYTHING, Page(limit=40))
    assert [(line.kind, line.count) for line in page.lines] == [
        ("reblog", 2),
        ("mention", 1),
        ("mention", 1),
        ("favourite", 1),
        ("follow", 10),
        ("favourite", 10),
    ]
    favourites = page.lines[-1]
    assert (favourites.status_id, page.lines[0].status_id, page.lines[4].status_id) == (first, first, None)
    assert favourites.senders == [fan.id for fan in reversed(crowd)][:8]
    assert favourites.newest_id - favourites.oldest_id >= 9
    assert await lines_of(tx, alice, grouped=("follow",), limit=5) == [("reblog", 1)] * 2 + [
        ("mention", 1)
    ] * 2 + [("favourite", 1)]


async def test_a_new_day_is_a_new_line(tx, alice, bob, carol):
    status = await published(tx, alice)
    await likes(tx, bob, status)
    yesterday = tx.now() - timedelta(days=1)
    key = "select split_part(group_key, '-', 1) from notifications where account_id = $1"
    assert await tx.raw.fetchval(key, alice.id) == "favourite"
    await tx.raw.execute(
        "update notifications set created_at = $1, group_key = group_key || '-before'", yesterday
    )
    await likes(tx, carol, status)
    assert await lines_of(tx, alice) == [("favourite", 1), ("favourite", 1)]


async def test_a_granted_request_joins_the_followers_of_the_day(tx, alice, bob, carol):
    for person in (alice, carol):
        await asked(tx, person, bob)
        await authorize(tx, bob.id, person.id, Origin.LOCAL)
    assert await lines_of(tx, bob) == [("follow", 2)]


async def test_lines_are_paged_in_both_directions_without_a_gap(tx, alice, carol, crowd):
    statuses = [await published(tx, alice) for _ in range(5)]
    for fan in crowd[:3]:
        await likes(tx, fan, *statuses)
    await published(tx, carol, mentions=(alice,))
    first = await list_lines(tx, alice.id, EVERYTHING, Page(limit=4))
    assert [line.count for line in first.lines] == [1, 3, 3, 3]
    assert [line.status_id for line in first.lines[1:]] == statuses[:1:-1]
    second = await list_lines(tx, alice.id, EVERYTHING, Page(limit=4, max_id=first.last))
    assert [line.status_id for line in second.lines][:2] == [statuses[1], statuses[0]]
    assert [line.count for line in second.lines] == [3, 3, 2, 2], "what is below the page comes again"
    up = await list_lines(tx, alice.id, EVERYTHING, Page(limit=4, min_id=second.first))
    assert [line.key for line in up.lines] == [line.key for line in first.lines]
    newer = await list_lines(tx, alice.id, EVERYTHING, Page(limit=4, since_id=first.lines[1].newest_id))
    assert [line.kind for line in newer.lines] == ["mention"]
    assert (await list_lines(tx, alice.id, EVERYTHING, Page(limit=4, min_id=first.first))).lines == []


async def test_nobody_unwanted_is_counted_or_named(tx, alice, crowd):
    status = await published(tx, alice)
    for fan in crowd[:3]:
        await likes(tx, fan, status)
    await blocks_row(tx, alice, crowd[1])
    [line] = (await list_lines(tx, alice.id, EVERYTHING, Page(limit=40))).lines
    assert (line.count, line.senders) == (2, [crowd[2].id, crowd[0].id])
    assert await lines_of(tx, alice, grouped=()) == [("favourite", 1)] * 2


async def test_a_line_is_read_and_dismissed_by_its_key(tx, alice, carol, crowd):
    first, second = await published(tx, alice), await published(tx, alice)
    for fan in crowd[:3]:
        await likes(tx, fan, first, second)
    await published(tx, carol, mentions=(alice,))
    [mention, line, _] = (await list_lines(tx, alice.id, EVERYTHING, Page(limit=40))).lines
    assert mention.key == f"ungrouped-{mention.newest_id}"
    assert (await get_line(tx, alice.id, line.key)).count == 3
    rows = await tx.page(SENDERS, Page(limit=2), viewer=alice.id, **line_params(line.key))
    assert [row.account_id for row in rows] == [crowd[2].id, crowd[1].id]
    for key in (line.key, mention.key, "nonsense", "ungrouped-x", "ungrouped-99999999"):
        await dismiss_line(tx, carol.id, key)
        with pytest.raises(NotFound):
            await get_line(tx, carol.id, key)
    await dismiss_line(tx, alice.id, line.key)
    await dismiss_line(tx, alice.id, mention.key)
    assert await lines_of(tx, alice) == [("favourite", 3)]


async def test_lines_with_something_unread_are_counted(tx, alice, carol, crowd):
    status = await published(tx, alice)
    for fan in crowd[:3]:
        await likes(tx, fan, status)
    assert await count_unread_lines(tx, alice.id, EVERYTHING, most=100) == 1
    assert await count_unread_lines(tx, alice.id, EVERYTHING, (), most=100) == 3
    assert await count_unread_lines(tx, alice.id, EVERYTHING, (), most=2) == 2
    await read_up_to(tx, alice.id, (1 << 62))
    assert await count_unread_lines(tx, alice.id, EVERYTHING, most=100) == 0
    await published(tx, carol, mentions=(alice,))
    await likes(tx, carol, status)
    assert await count_unread_lines(tx, alice.id, EVERYTHING, most=100) == 2


async def test_a_page_takes_two_queries_however_long(tx, alice, crowd, monkeypatch):
    statuses = [await published(tx, alice) for _ in range(6)]
    for fan in crowd:
        await likes(tx, fan, *statuses)
    with queries(monkeypatch) as asked_for:
        page = await list_lines(tx, alice.id, EVERYTHING, Page(limit=40))
    assert (len(page.lines), len(asked_for)) == (6, 2)
