"""Followed hashtags: what they bring home, in the feed and below it; and how much hashtags are used."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, update

from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.events import FollowAccepted
from barbelo.domain.relations.follow import unfollow
from barbelo.domain.timelines import feed, tag_feed, tags
from barbelo.domain.timelines.home import home
from barbelo.domain.timelines.sources import Asked, Which
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import nobody, resident
from posts import blocks_row, boosted, follows_row, mutes_row, published

ALL = Page(limit=40)
OTHERS = (Visibility.UNLISTED, Visibility.PRIVATE, Visibility.DIRECT)

_OPENED = statement(
    update(users).where(users.c.account_id == bindparam("who")).values(feed_built_at=bindparam("built"))
)
_FEED = statement(select(home_feed.c.status_id).where(home_feed.c.account_id == bindparam("who")))


async def home_of(tx, who, page=ALL, **asked):
    return await home(tx, Asked(viewer=who, **asked), await feed.state(tx, who.id), page)


async def settled(tx, who):
    await feed.tend(tx, who.id)
    await tx.execute(_OPENED, who=who.id, built=tx.now() - timedelta(minutes=1))
    await feed.tend(tx, who.id)


async def test_public_statuses_with_a_followed_hashtag_are_at_home_with_and_without_a_feed(
    tx, alice, bob, carol
):
    await tags.follow_tag(tx, alice.id, "#Cats")
    await tags.follow_tag(tx, alice.id, "dogs")
    await follows_row(tx, alice, carol)
    seen = [await published(tx, bob, tags=("cats", "dogs")), await published(tx, carol, tags=("cats",))]
    seen.append(await published(tx, bob, tags=("cats",), visibility=Visibility.LOCAL))
    await published(tx, bob, tags=("birds",))
    for visibility in OTHERS:
        await published(tx, bob, tags=("cats",), visibility=visibility, mentions=(alice,))
    await boosted(tx, bob, seen[0])
    assert await home_of(tx, alice) == seen[::-1]
    await settled(tx, alice)
    assert set(await tx.column(_FEED, who=alice.id)) == set(seen)
    seen += [await published(tx, bob, tags=("dogs", "cats")), await published(tx, alice, tags=("cats",))]
    for visibility in OTHERS:
        await published(tx, bob, tags=("cats",), visibility=visibility, mentions=(alice,))
    assert await home_of(tx, alice) == seen[::-1]
    assert set(await tx.column(_FEED, who=alice.id)) == set(seen)


async def test_whom_one_turned_away_is_not_at_home_by_a_hashtag(tx, alice, bob, carol):
    await tags.follow_tag(tx, alice.id, "cats")
    status = await published(tx, bob, tags=("cats",))
    await published(tx, carol, tags=("cats",))
    await blocks_row(tx, alice, carol)
    for _ in range(2):
        assert await home_of(tx, alice) == [status]
        await settled(tx, alice)
    await mutes_row(tx, alice, bob)
    assert await home_of(tx, alice) == []


async def test_pages_are_exact_across_the_floor_and_nothing_comes_twice(tx, alice, bob, carol, monkeypatch):
    monkeypatch.setattr(feed, "FEED_ROWS", 4)
    monkeypatch.setattr("barbelo.domain.timelines.sifting.AT_ONCE", 3)
    await follows_row(tx, alice, carol)
    for tag in ("cats", "dogs"):
        await tags.follow_tag(tx, alice.id, tag)
    kinds = [(bob, ("cats",)), (carol, ("cats", "dogs"))] * 6
    ids = [await published(tx, who, tags=named) for who, named in kinds]
    ids.reverse()
    await settled(tx, alice)
    assert len(await tx.column(_FEED, who=alice.id)) == 4
    for size in (1, 3, 5):
        page, down = Page(limit=size), []
        while found := await home_of(tx, alice, page):
            down, page = down + found, Page(limit=size, max_id=found[-1])
        assert down == ids
        page, up = Page(limit=size, min_id=nobody()), []
        while found := await home_of(tx, alice, page):
            up, page = found + up, Page(limit=size, min_id=found[0])
        assert up == ids
    assert await home_of(tx, alice, which=Which(remote=True)) == []


async def test_following_a_hashtag_brings_the_latest_and_unfollowing_takes_away_what_only_it_brought(
    tx, alice, bob, carol
):
    await settled(tx, alice)
    await follows_row(tx, alice, carol)
    both, one = await published(tx, bob, tags=("cats", "dogs")), await published(tx, bob, tags=("cats",))
    theirs, mine = await published(tx, carol, tags=("cats",)), await published(tx, alice, tags=("cats",))
    await tags.follow_tag(tx, alice.id, "cats")
    await tags.follow_tag(tx, alice.id, "dogs")
    assert await home_of(tx, alice) == [mine, theirs, one, both]
    await tags.unfollow_tag(tx, alice.id, "CATS")
    assert await home_of(tx, alice) == [mine, theirs, both]
    await tags.unfollow_tag(tx, alice.id, "dogs")
    assert await home_of(tx, alice) == [mine, theirs]


async def test_what_a_hashtag_brought_stays_when_its_author_is_unfollowed(tx, alice, bob):
    await settled(tx, alice)
    await tags.follow_tag(tx, alice.id, "cats")
    await follows_row(tx, alice, bob)
    both = {"follower_id": alice.id, "followed_id": bob.id, "origin": Origin.LOCAL}
    await tx.emit(FollowAccepted(**both, asked=False))
    tagged = await published(tx, bob, tags=("cats",))
    await published(tx, bob)
    assert len(await home_of(tx, alice)) == 2
    await unfollow(tx, alice.id, bob.id, Origin.LOCAL)
    assert await home_of(tx, alice) == [tagged]


async def test_many_followers_of_a_hashtag_are_fed_by_a_job(tx, bob, monkeypatch):
    monkeypatch.setattr(tag_feed, "TAG_FOLLOWERS_AT_ONCE", 2)
    told = []

    async def noted(tx, name, payload, **_):
        told.append((name, payload))

    monkeypatch.setattr(tag_feed, "enqueue", noted)
    fans = [await resident(tx, f"fan{number}") for number in range(3)]
    for fan in fans:
        await settled(tx, fan)
        await tags.follow_tag(tx, fan.id, "cats")
    status = await published(tx, bob, tags=("cats",))
    assert told == [(tag_feed.FEED_TAG_FOLLOWERS, tag_feed.Tagged(status_id=status))]
    assert await home_of(tx, fans[0]) == []
    for _ in range(2):
        await tag_feed.feed_tag_followers(tx, status)
    for fan in fans:
        assert await home_of(tx, fan) == [status]


async def test_following_twice_is_following_once(tx, alice):
    for name in ("cats", "#Cats", "ＣＡＴＳ"):
        assert await tags.follow_tag(tx, alice.id, name) == "cats"
    rows = await tx.page(tags.FOLLOWED, ALL, account=alice.id)
    assert [row.tag for row in rows] == ["cats"]
    assert await tags.followed_among(tx, alice.id, ["cats", "dogs"]) == {"cats"}


@pytest.mark.parametrize("name", ["", "#", "123", "a b", "x" * 200, "___"])
async def test_what_is_no_hashtag_is_not_followed(tx, alice, name):
    with pytest.raises(NotFound):
        await tags.follow_tag(tx, alice.id, name)


async def test_there_is_an_end_to_followed_hashtags(tx, alice, monkeypatch):
    monkeypatch.setattr(tags, "MOST_FOLLOWED", 1)
    await tags.follow_tag(tx, alice.id, "cats")
    with pytest.raises(Invalid):
        await tags.follow_tag(tx, alice.id, "dogs")


async def test_public_uses_are_counted_by_day_and_by_people(tx, alice, bob, rosa):
    now = tx.now().replace(hour=12)
    await published(tx, alice, tags=("cats",), at=now)
    await published(tx, alice, tags=("cats",), at=now)
    await published(tx, bob, tags=("cats",), at=now)
    for ago in (1, 6, 7):
        await published(tx, rosa, tags=("cats", "dogs"), at=now - timedelta(days=ago))
    for visibility in OTHERS:
        await published(tx, bob, tags=("cats",), visibility=visibility, at=now)
    today, *_, last = days = tags.days_before(tx.now())
    assert len(days) == 7
    found = {
        (use.tag, use.day): (use.uses, use.accounts) for use in await tags.uses_of(tx, ["cats", "dogs", "x"])
    }
    assert found == {
        ("cats", today): (3, 2),
        ("cats", today - 1): (1, 1),
        ("cats", last): (1, 1),
        ("dogs", today - 1): (1, 1),
        ("dogs", last): (1, 1),
    }
