"""Timelines: what stands in them, exact paging in both directions, and the home feed's life."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, func, select, update

from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.db.tables.timelines import home_feed
from barbelo.domain.events import FollowAccepted, Unfollowed
from barbelo.domain.timelines import account as profile
from barbelo.domain.timelines import fan_out, feed, public
from barbelo.domain.timelines.home import home
from barbelo.domain.timelines.public import Tags
from barbelo.domain.timelines.sources import Asked, Which
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import nobody, resident
from posts import blocks_row, boosted, follows_row, mutes_row, picture, published

PUBLIC, UNLISTED, PRIVATE = Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE
DIRECT, LOCAL = Visibility.DIRECT, Visibility.LOCAL
ALL = Page(limit=40)

_IN_FEED = statement(select(func.count()).where(home_feed.c.account_id == bindparam("who")))
_AGE = statement(
    update(users)
    .where(users.c.account_id == bindparam("who"))
    .values(feed_built_at=bindparam("built"), last_active_at=bindparam("active"))
)


async def read_home(tx, who, page=ALL, **asked):
    return await home(tx, Asked(viewer=who, **asked), await feed.state(tx, who.id), page)


async def with_feed(tx, who):
    """Open the feed, let it settle, fill it."""
    await feed.tend(tx, who.id)
    await tx.execute(_AGE, who=who.id, built=tx.now() - timedelta(minutes=1), active=tx.now())
    await feed.tend(tx, who.id)
    assert (await feed.state(tx, who.id)).floor != feed.NOTHING_YET


async def settled(tx, who):
    """Somebody whose feed is there."""
    await with_feed(tx, who)
    return who


async def pages_down(read, size):
    """The whole list, by `max_id` only."""
    found, page = [], Page(limit=size)
    while rows := await read(page):
        assert len(rows) <= size
        found += rows
        page = Page(limit=size, max_id=rows[-1])
    return found


async def pages_up(read, size, below):
    """The whole list, from below, by `min_id` only."""
    found, page = [], Page(limit=size, min_id=below)
    while rows := await read(page):
        assert len(rows) <= size
        found = rows + found
        page = Page(limit=size, min_id=rows[0])
    return found


async def test_home_has_own_statuses_and_those_of_whom_one_follows(tx, alice, bob, carol):
    await follows_row(tx, alice, bob)
    await settled(tx, alice)
    own, theirs = await published(tx, alice), await published(tx, bob)
    await published(tx, carol)
    assert await read_home(tx, alice) == [theirs, own]


async def test_home_is_the_same_before_and_after_the_feed_is_built(tx, alice, bob):
    await follows_row(tx, alice, bob)
    before = [await published(tx, who) for who in (alice, bob, bob)]
    assert await read_home(tx, alice) == before[::-1]
    await feed.tend(tx, alice.id)  # opened, not filled
    between = await published(tx, bob)
    assert await read_home(tx, alice) == [between, *before[::-1]]
    await with_feed(tx, alice)
    after = await published(tx, bob)
    assert await read_home(tx, alice) == [after, between, *before[::-1]]


async def test_home_shows_direct_messages_only_to_those_they_are_for(tx, alice, bob, carol):
    for who in (alice, carol):
        await follows_row(tx, who, bob)
        await settled(tx, who)
    message = await published(tx, bob, visibility=DIRECT, mentions=(alice,))
    assert await read_home(tx, alice) == [message]
    assert await read_home(tx, carol) == []
    assert await tx.value(_IN_FEED, who=carol.id) == 0


@pytest.mark.parametrize("turn_away", [mutes_row, blocks_row])
async def test_a_mute_or_block_shows_at_once(tx, alice, bob, turn_away):
    await follows_row(tx, alice, bob)
    await settled(tx, alice)
    status = await published(tx, bob)
    assert await read_home(tx, alice) == [status]
    await turn_away(tx, alice, bob)
    assert await read_home(tx, alice) == []


async def test_muted_people_are_shown_on_request(tx, alice, bob):
    await follows_row(tx, alice, bob)
    await settled(tx, alice)
    status = await published(tx, bob)
    await mutes_row(tx, alice, bob)
    assert await read_home(tx, alice, with_muted=True) == [status]


async def test_boosts_of_somebody_are_hidden_when_one_has_said_so(tx, alice, bob, carol):
    await follows_row(tx, alice, bob, show_boosts=False)
    await settled(tx, alice)
    await boosted(tx, bob, await published(tx, carol))
    assert await read_home(tx, alice) == []


async def test_following_brings_the_latest_statuses_and_unfollowing_takes_them_away(tx, alice, bob):
    await settled(tx, alice)
    status = await published(tx, bob)
    await follows_row(tx, alice, bob)
    both = {"follower_id": alice.id, "followed_id": bob.id, "origin": Origin.LOCAL}
    await tx.emit(FollowAccepted(**both, asked=False))
    assert await read_home(tx, alice) == [status]
    await tx.emit(Unfollowed(**both))
    assert await read_home(tx, alice) == []


async def test_a_page_of_home_is_exact_in_both_directions(tx, alice, bob):
    await follows_row(tx, alice, bob)
    await settled(tx, alice)
    root = await published(tx, alice)
    ids = [await published(tx, bob) for _ in range(10)][::-1]

    async def read(page):
        return await read_home(tx, alice, page)

    assert await pages_down(read, 3) == [*ids, root]
    assert await pages_up(read, 3, root) == ids
    assert await read(Page(limit=3, since_id=root)) == ids[:3]  # the newest: a gap may stay
    assert await read(Page(limit=3, min_id=root)) == ids[-3:]  # directly above
    assert await read(Page(limit=3, skip=2)) == ids[2:5]


async def test_home_goes_on_below_the_feed(tx, alice, bob, monkeypatch):
    monkeypatch.setattr(feed, "FEED_ROWS", 4)
    await follows_row(tx, alice, bob)
    ids = [await published(tx, bob) for _ in range(12)][::-1]
    await settled(tx, alice)
    assert await tx.value(_IN_FEED, who=alice.id) == 4
    assert (await feed.state(tx, alice.id)).floor == ids[3]

    async def read(page):
        return await read_home(tx, alice, page)

    for size in (1, 3, 5, 12):
        assert await pages_down(read, size) == ids
        assert await pages_up(read, size, ids[-1]) == ids[:-1]
    assert await read(Page(limit=12, since_id=ids[7])) == ids[:7]
    assert await read(Page(limit=6, skip=3)) == ids[3:9]


async def test_below_the_feed_pages_are_full_although_much_is_hidden(tx, alice, bob, carol, monkeypatch):
    monkeypatch.setattr("barbelo.domain.timelines.sifting.AT_ONCE", 3)
    for who in (bob, carol):
        await follows_row(tx, alice, who)
    wanted = await published(tx, bob)
    for _ in range(7):
        await published(tx, carol)
    await mutes_row(tx, alice, carol)
    assert await read_home(tx, alice, Page(limit=2)) == [wanted]
    assert await read_home(tx, alice, Page(limit=2, min_id=nobody())) == [wanted]


async def test_a_long_feed_is_trimmed_and_nothing_is_missing_afterwards(tx, alice, monkeypatch):
    await settled(tx, alice)
    ids = [await published(tx, alice) for _ in range(9)][::-1]
    monkeypatch.setattr(feed, "FEED_ROWS", 5)
    await feed.trim(tx, alice.id)
    assert await tx.value(_IN_FEED, who=alice.id) == 5
    assert await read_home(tx, alice) == ids


async def test_the_feed_of_somebody_long_away_is_dropped_and_comes_back(tx, alice, bob):
    await follows_row(tx, alice, bob)
    await settled(tx, alice)
    status = await published(tx, bob)
    long_ago = tx.now() - feed.ACTIVE_FOR - timedelta(days=1)
    await tx.execute(_AGE, who=alice.id, built=long_ago, active=long_ago)
    assert await feed.close_dormant(tx, most=10) == 1
    assert (await feed.state(tx, alice.id)).built_at is None
    assert await tx.value(_IN_FEED, who=alice.id) == 0
    while_away = await published(tx, bob)
    assert await tx.value(_IN_FEED, who=alice.id) == 0
    assert await read_home(tx, alice) == [while_away, status]


async def test_the_followers_of_somebody_popular_are_fed_in_batches(tx, alice, monkeypatch):
    monkeypatch.setattr(fan_out, "FOLLOWERS_AT_ONCE", 2)
    fans = [await resident(tx, f"fan{number}") for number in range(5)]
    for fan in fans:
        await follows_row(tx, fan, alice)
        await settled(tx, fan)
    popular = update(accounts).where(accounts.c.id == bindparam("who")).values(followers_count=5)
    await tx.execute(statement(popular), who=alice.id)
    status = await published(tx, alice)
    assert await tx.value(_IN_FEED, who=fans[0].id) == 0
    await fan_out.feed_batch(tx, fan_out.Batch(status_id=status, account_id=alice.id))
    for fan in fans:
        assert await read_home(tx, fan) == [status]


async def test_the_public_timeline_has_public_statuses_without_boosts(tx, alice, bob, rosa):
    first, remote = await published(tx, alice), await published(tx, rosa)
    local = await published(tx, alice, visibility=LOCAL)
    for visibility in (UNLISTED, PRIVATE, DIRECT):
        await published(tx, alice, visibility=visibility, mentions=(bob,))
    await boosted(tx, bob, first)

    async def read(viewer, **which):
        return await public.public(tx, Asked(viewer=viewer, which=Which(**which)), ALL)

    assert set(await read(bob)) == {first, remote, local}
    assert set(await read(None)) == {first, remote}
    assert set(await read(bob, local=True)) == {first, local}
    assert set(await read(None, local=True)) == {first}
    assert await read(bob, remote=True) == [remote]
    assert await read(bob, only_media=True) == []


async def test_the_timeline_of_a_hashtag_does_not_care_how_it_is_written(tx, alice, bob):
    tagged = await published(tx, alice, tags=("cats",))
    await published(tx, alice, tags=("dogs",))
    await published(tx, alice, tags=("cats",), visibility=UNLISTED)
    for viewer in (bob, None):
        for written in ("CATS", "#Cats", "\uff23ats"):  # the last with a full-width C
            assert await public.tagged(tx, Asked(viewer=viewer), Tags(any=[written]), ALL) == [tagged]


async def test_public_pages_are_exact_in_both_directions(tx, alice):
    ids = [await published(tx, alice) for _ in range(7)][::-1]

    async def read(page):
        return await public.public(tx, Asked(viewer=None), page)

    assert await pages_down(read, 3) == ids
    assert await pages_up(read, 3, ids[-1]) == ids[:-1]


async def test_a_profile_shows_what_the_visitor_may_see(tx, alice, bob, carol):
    await follows_row(tx, bob, alice)
    open_one = await published(tx, alice)
    private = await published(tx, alice, visibility=PRIVATE)

    async def read(viewer, **which):
        asked = profile.Profile(account_id=alice.id, which=profile.Which(**which))
        return await profile.statuses_of(tx, asked, viewer, ALL)

    assert await read(bob) == [private, open_one]
    assert await read(carol) == [open_one]
    assert await read(None) == [open_one]
    await mutes_row(tx, bob, alice)
    assert await read(bob) == [private, open_one]  # one looks at a profile on purpose


async def test_a_profile_can_be_asked_for_less(tx, alice, bob):
    root = await published(tx, alice, tags=("cats",))
    to_self = await published(tx, alice, reply_to=root)
    to_bob = await published(tx, alice, reply_to=await published(tx, bob))
    echo = await boosted(tx, alice, await published(tx, bob))

    async def read(**which):
        asked = profile.Profile(account_id=alice.id, which=profile.Which(**which), tag="Cats")
        return await profile.statuses_of(tx, asked, None, ALL)

    assert await read() == [echo, to_bob, to_self, root]
    assert await read(exclude_replies=True) == [echo, to_self, root]
    assert await read(exclude_reblogs=True) == [to_bob, to_self, root]
    assert await read(only_reblogs=True) == [echo]
    assert await read(tagged=True) == [root]
    assert await read(only_media=True) == []


async def test_visibilities_can_be_left_out_of_a_profile(tx, alice):
    await published(tx, alice, visibility=UNLISTED)
    status = await published(tx, alice)
    asked = profile.Profile(account_id=alice.id, hidden=frozenset({UNLISTED}))
    assert await profile.statuses_of(tx, asked, None, ALL) == [status]


async def test_home_can_be_asked_for_less_in_the_feed_and_below_it(tx, alice, bob, rosa):
    await follows_row(tx, alice, bob)
    await follows_row(tx, alice, rosa)
    own = await published(tx, alice)
    local, private = await published(tx, bob), await published(tx, bob, visibility=PRIVATE)
    remote, echo = await published(tx, rosa), await boosted(tx, rosa, local)
    shown = await published(tx, bob, media_ids=(await picture(tx, bob),))

    async def agree(expected, **asked):
        which = Which(
            **{name: asked.pop(name) for name in ("local", "remote", "only_media") if name in asked}
        )
        assert await read_home(tx, alice, which=which, **asked) == sorted(expected, reverse=True)

    for _ in range(2):
        await agree([shown, echo, remote, private, local, own])
        await agree([shown, private, local, own], local=True)
        await agree([echo, remote], remote=True)
        await agree([shown], only_media=True)
        await agree([shown, echo, remote, local, own], hidden=[PRIVATE])
        await settled(tx, alice)


async def answers(tx, alice, bob, carol, rosa):
    """Alice follows bob and rosa, who answer: bob himself, alice, carol, and rosa."""
    root = {who: await published(tx, who) for who in (alice, bob, carol, rosa)}
    given = [await published(tx, bob, reply_to=root[who]) for who in (bob, alice, carol, rosa)]
    named = await published(tx, bob, reply_to=root[carol], mentions=(alice,))
    return root, [*given, named]


async def test_answers_to_others_are_left_out_on_request(tx, alice, bob, carol, rosa):
    for who in (bob, rosa):
        await follows_row(tx, alice, who)
    root, (to_bob, to_alice, to_carol, to_rosa, named) = await answers(tx, alice, bob, carol, rosa)
    mine = await published(tx, alice, reply_to=root[carol])
    roots = {root[alice], root[bob], root[rosa]}

    async def read(replies):
        return set(await read_home(tx, alice, which=Which(replies=replies)))

    for _ in range(2):
        assert await read("all") == roots | {to_bob, to_alice, to_carol, to_rosa, named, mine}
        assert await read("following") == roots | {to_bob, to_alice, to_rosa, named, mine}
        assert await read("self") == roots | {to_alice, named, mine}
        await settled(tx, alice)
    public_ones = await public.public(tx, Asked(viewer=alice, which=Which(replies="self")), ALL)
    assert set(public_ones) == {*root.values(), to_alice, named, mine}
    guests = await public.public(tx, Asked(viewer=None, which=Which(replies="self")), ALL)
    assert to_carol in guests  # nobody is asking who could be answered


async def test_visibilities_can_be_left_out_of_the_public_timeline(tx, alice, bob):
    status = await published(tx, alice)
    await published(tx, alice, visibility=LOCAL)
    assert await public.public(tx, Asked(viewer=bob, hidden=[LOCAL]), ALL) == [status]


async def test_hashtags_can_be_joined_demanded_and_shut_out(tx, alice, bob):
    cats, dogs = await published(tx, alice, tags=("cats",)), await published(tx, alice, tags=("dogs",))
    both = await published(tx, alice, tags=("cats", "dogs"))
    all_three = await published(tx, alice, tags=("cats", "dogs", "birds"))
    await published(tx, alice, tags=("cats", "birds"), visibility=PRIVATE)

    async def read(viewer, *any_of, **more):
        return await public.tagged(tx, Asked(viewer=viewer), Tags(any=list(any_of), **more), ALL)

    for viewer in (bob, None):
        assert await read(viewer, "cats") == [all_three, both, cats]
        assert await read(viewer, "cats", "#Dogs") == [all_three, both, dogs, cats]
        assert await read(viewer, "cats", all=["DOGS"]) == [all_three, both]
        assert await read(viewer, "cats", "dogs", none=["birds"]) == [both, dogs, cats]
        assert await read(viewer, "cats", all=["dogs"], none=["birds"]) == [both]
        assert await read(viewer, "fish", "birds") == [all_three]
    assert await read(bob, "nothing", "nowhere") == []


async def test_pages_of_several_hashtags_are_exact_in_both_directions(tx, alice, monkeypatch):
    monkeypatch.setattr("barbelo.domain.timelines.sifting.AT_ONCE", 2)
    ids = [await published(tx, alice, tags=tags) for tags in [("cats",), ("dogs",), ("cats", "dogs")] * 3]
    for number in range(9):
        await published(tx, alice, tags=("cats",), visibility=(PRIVATE, DIRECT)[number % 2])
    ids.reverse()

    async def read(page):
        return await public.tagged(tx, Asked(viewer=None), Tags(any=["cats", "dogs"]), page)

    assert await pages_down(read, 2) == ids
    assert await pages_up(read, 2, ids[-1]) == ids[:-1]
    assert await read(Page(limit=3, skip=2)) == ids[2:5]
    assert await read(Page(limit=3, since_id=ids[-1])) == ids[:3]


@pytest.mark.parametrize("few", [300, 0], ids=["by its accounts", "among all"])
async def test_the_public_timeline_of_one_server_has_only_what_comes_from_there(
    tx, alice, rosa, mallory, monkeypatch, few
):
    monkeypatch.setattr(public, "FEW_ACCOUNTS", few)
    await published(tx, alice)
    await published(tx, mallory)
    ids = sorted([await published(tx, rosa) for _ in range(3)], reverse=True)  # one millisecond, any order
    for visibility in (UNLISTED, PRIVATE):
        await published(tx, rosa, visibility=visibility)
    await boosted(tx, rosa, ids[0])
    for viewer in (alice, None):
        asked = Asked(viewer=viewer)
        assert await public.of_host(tx, asked, "Remote.test", ALL) == ids
        assert await public.of_host(tx, asked, "remote.test", Page(limit=1, max_id=ids[0])) == [ids[1]]
        assert await public.of_host(tx, asked, "nowhere.test", ALL) == []
        assert await public.of_host(tx, asked, "no host", ALL) == []
    media = Asked(viewer=alice, which=Which(only_media=True), hidden=[LOCAL])
    assert await public.of_host(tx, media, "remote.test", ALL) == []
    await blocks_row(tx, alice, rosa)
    assert await public.of_host(tx, Asked(viewer=alice), "remote.test", ALL) == []
