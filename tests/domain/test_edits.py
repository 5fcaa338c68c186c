"""Editing, scheduling and expiring: statuses in time."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text, update

from barbelo.db.statement import statement
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.versions import scheduled_statuses
from barbelo.domain.drafts import MediaChange
from barbelo.domain.events import StatusDue, StatusExpired
from barbelo.domain.notifications.inbox import Which, list_notifications
from barbelo.domain.statuses import schedule
from barbelo.domain.statuses.compose import Limits, Wish, compose, compose_edit
from barbelo.domain.statuses.edit import edit
from barbelo.domain.statuses.expire import SHORTEST
from barbelo.domain.statuses.history import current_version, history, source
from barbelo.domain.statuses.polls import PollWish, polls_of, vote
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.domain.timelines import public
from barbelo.domain.timelines.public import Tags
from barbelo.domain.timelines.sources import Asked
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import HERE
from posts import boosted, picture, seen_by

LIMITS = Limits(characters=500, media=4)
PAGE = Page(limit=20)


async def posted(tx, who, words="hello", **wish):
    return await publish(tx, await compose(tx, who, Wish(text=words, **wish), urls=HERE, limits=LIMITS))


async def edited(tx, who, status_id, words="changed", **wish):
    row = await get_unchecked(tx, status_id)
    draft = await compose_edit(tx, who, row, Wish(text=words, **wish), urls=HERE, limits=LIMITS)
    return await edit(tx, draft)


async def told(tx, who):
    return [row.kind for row in await list_notifications(tx, who.id, Which(), PAGE)]


async def test_the_versions_are_kept_in_order(tx, alice):
    status = await posted(tx, alice, "one")
    await edited(tx, alice, status, "two", spoiler_text="cw", sensitive=True)
    await edited(tx, alice, status, "three")
    versions = await history(tx, status)
    assert [version.content for version in versions] == ["<p>one</p>", "<p>two</p>", "<p>three</p>"]
    assert [version.sensitive for version in versions] == [False, True, False]
    assert (await source(tx, status)).source == "three"
    assert (await current_version(tx, status)).edited_at is not None


async def test_an_edit_that_changes_nothing_is_none(tx, alice):
    status = await posted(tx, alice, "one")
    assert await edited(tx, alice, status, "one") is False
    assert (await current_version(tx, status)).edited_at is None
    assert len(await history(tx, status)) == 1


async def test_tags_and_mentions_follow_the_text_and_nobody_loses_sight(tx, alice, bob, carol):
    status = await posted(tx, alice, "@bob #cats", visibility=Visibility.DIRECT)
    await edited(tx, alice, status, "@carol #dogs")
    assert [await seen_by(tx, who, status) for who in (bob, carol)] == [True, True]
    assert await told(tx, carol) == ["mention"]
    assert await told(tx, bob) == ["mention"]
    public_one = await posted(tx, alice, "#cats")
    await edited(tx, alice, public_one, "#dogs")
    assert await public.tagged(tx, Asked(viewer=None), Tags(any=["cats"]), PAGE) == []
    assert await public.tagged(tx, Asked(viewer=None), Tags(any=["dogs"]), PAGE) == [public_one]


async def test_boosters_are_told_of_the_latest_version_only(tx, alice, bob, carol):
    status = await posted(tx, alice)
    await boosted(tx, bob, status)
    for words in ("one", "two"):
        await edited(tx, alice, status, words)
    assert await told(tx, bob) == ["update"]
    assert await told(tx, carol) == []


async def test_media_are_changed_described_and_taken_off(tx, alice, bob):
    first, second = await picture(tx, alice), await picture(tx, alice)
    status = await posted(tx, alice, media_ids=[first])
    change = MediaChange(id=first, description="a cat", focus=(0.5, -0.5))
    assert await edited(tx, alice, status, "hello", media_ids=[first], media_changes=[change]) is True
    assert await edited(tx, alice, status, "hello", media_ids=[first], media_changes=[change]) is False
    assert await edited(tx, alice, status, "hello", media_ids=[second, first]) is True
    versions = await history(tx, status)
    assert [[row.id for row in version.media] for version in versions] == [[first], [first], [second, first]]
    assert [version.media[0].description for version in versions[:2]] == ["", "a cat"]
    assert await edited(tx, alice, status, "hello") is True
    assert await posted(tx, alice, media_ids=[first])
    with pytest.raises(Invalid):
        await edited(tx, alice, status, "hello", media_ids=[await picture(tx, bob)])


async def test_other_options_begin_a_poll_anew_and_the_same_keep_the_votes(tx, alice, bob):
    poll = {"options": ["yes", "no"], "expires_in_s": 600}
    status = await posted(tx, alice, poll=PollWish(**poll))
    await vote(tx, (await polls_of(tx, [status], bob))[status].id, bob, [0])
    await edited(tx, alice, status, "other words", poll=PollWish(**poll))
    assert (await polls_of(tx, [status], bob))[status].tallies == [1, 0]
    await edited(tx, alice, status, "other words", poll=PollWish(**{**poll, "options": ["yes", "never"]}))
    row = (await polls_of(tx, [status], bob))[status]
    assert (row.tallies, row.own_votes) == ([0, 0], None)
    assert [version.poll_titles for version in await history(tx, status)] == [
        ["yes", "no"],
        ["yes", "no"],
        ["yes", "never"],
    ]
    await edited(tx, alice, status, "no poll")
    assert await polls_of(tx, [status], bob) == {}


_AGE = statement(
    update(statuses).where(statuses.c.id == bindparam("its_id")).values(expires_at=bindparam("at"))
)


async def test_a_status_goes_when_its_time_is_over_and_not_before(tx, alice):
    status = await posted(tx, alice, expires_in_s=int(SHORTEST.total_seconds()))
    jobs = statement(text("select execute_after from pgqueuer where entrypoint = 'tell'"))
    assert await tx.column(jobs) == [tx.now() + SHORTEST] or len(await tx.column(jobs)) == 1
    await tx.emit(StatusExpired(status_id=status))
    assert await get_unchecked(tx, status)
    await tx.execute(_AGE, its_id=status, at=tx.now())
    await tx.emit(StatusExpired(status_id=status))
    await tx.emit(StatusExpired(status_id=status))
    with pytest.raises(NotFound):
        await get_unchecked(tx, status)


async def test_a_life_too_short_is_refused(tx, alice):
    with pytest.raises(Invalid, match="too soon"):
        await posted(tx, alice, expires_in_s=599)


async def planned(tx, who, words="later", *, after=timedelta(hours=1), **wish):
    wished = Wish(text=words, **wish)
    return await schedule.schedule(tx, who, wished, at=tx.now() + after, urls=HERE, limits=LIMITS)


_MOVE = statement(
    update(scheduled_statuses)
    .where(scheduled_statuses.c.id == bindparam("its_id"))
    .values(scheduled_at=bindparam("at"))
)


async def statuses_of(tx, who):
    query = text("select content from statuses where account_id = :who order by id")
    return await tx.column(statement(query), who=who.id)


async def test_a_scheduled_status_is_published_once_at_its_time(tx, alice, bob):
    row = await planned(tx, alice, "later @bob", visibility=Visibility.DIRECT)
    await tx.emit(StatusDue(scheduled_id=row.id))  # moved meanwhile, say
    assert await statuses_of(tx, alice) == []
    await tx.execute(_MOVE, its_id=row.id, at=tx.now())
    await tx.emit(StatusDue(scheduled_id=row.id))
    await tx.emit(StatusDue(scheduled_id=row.id))
    assert len(await statuses_of(tx, alice)) == 1
    assert await told(tx, bob) == ["mention"]
    assert await tx.page(schedule.LIST, PAGE, owner=alice.id) == []


async def test_a_scheduled_status_is_listed_moved_and_cancelled_by_its_owner_only(tx, alice, bob):
    row = await planned(tx, alice)
    assert [one.id for one in await tx.page(schedule.LIST, PAGE, owner=alice.id)] == [row.id]
    assert await tx.page(schedule.LIST, PAGE, owner=bob.id) == []
    at = tx.now() + timedelta(hours=2)
    assert (await schedule.move(tx, alice.id, row.id, at)).scheduled_at == at
    with pytest.raises(Invalid):
        await schedule.move(tx, alice.id, row.id, tx.now())
    for deed in (schedule.get_scheduled, schedule.cancel):
        with pytest.raises(NotFound):
            await deed(tx, bob.id, row.id)
    await schedule.cancel(tx, alice.id, row.id)
    with pytest.raises(NotFound):
        await schedule.get_scheduled(tx, alice.id, row.id)


async def test_mistakes_are_told_when_it_is_planned(tx, alice):
    with pytest.raises(Invalid, match="character limit"):
        await planned(tx, alice, "a" * 501)


async def test_there_is_room_for_so_many_a_day_and_in_all(tx, alice, monkeypatch):
    monkeypatch.setattr(schedule, "MOST_A_DAY", 1)
    monkeypatch.setattr(schedule, "MOST", 2)
    await planned(tx, alice, after=timedelta(days=1))
    with pytest.raises(Invalid, match="daily"):
        await planned(tx, alice, after=timedelta(days=1))
    await planned(tx, alice, after=timedelta(days=3))
    with pytest.raises(Invalid, match="total"):
        await planned(tx, alice, after=timedelta(days=5))
