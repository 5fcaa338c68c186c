"""Lists of people: who is in them, what their timelines show, and what exclusive ones keep from home."""

import pytest

from barbelo.domain.relations.block import block
from barbelo.domain.relations.follow import unfollow
from barbelo.domain.relations.requests import remove_follower
from barbelo.domain.timelines import feed, lists
from barbelo.domain.timelines.home import home
from barbelo.domain.timelines.list_timeline import list_timeline
from barbelo.domain.timelines.lists import ListWish
from barbelo.domain.timelines.sources import Asked, Which
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import nobody, stranger
from posts import blocks_row, boosted, follows_row, id_of, mutes_row, picture, published

ALL = Page(limit=40)
HERE = Origin.LOCAL


async def made(tx, owner, *members, **wish):
    row = await lists.create_list(tx, owner.id, ListWish(title="friends", **wish))
    await lists.add_members(tx, owner.id, row.id, [id_of(one) for one in members])
    return row


async def read(tx, owner, row, page=ALL, **asked):
    return await list_timeline(tx, Asked(viewer=owner, **asked), row, page)


async def home_of(tx, who):
    return await home(tx, Asked(viewer=who), await feed.state(tx, who.id), ALL)


async def test_a_list_shows_its_members_followed_or_not_and_nobody_else(tx, alice, bob, carol, rosa):
    row = await made(tx, alice, bob, rosa)
    theirs = [
        await published(tx, bob),
        await published(tx, rosa),
        await boosted(tx, bob, await published(tx, carol)),
    ]
    await published(tx, alice)
    assert await read(tx, alice, row) == sorted(theirs, reverse=True)


async def test_one_may_be_in_ones_own_list(tx, alice):
    row = await made(tx, alice, alice)
    status = await published(tx, alice)
    assert await read(tx, alice, row) == [status]


async def test_a_list_shows_what_its_owner_may_and_wants_to_see(tx, alice, bob, carol, rosa):
    row = await made(tx, alice, bob, carol)
    await follows_row(tx, alice, carol, show_boosts=False)
    private = await published(tx, carol, visibility=Visibility.PRIVATE)
    status = await published(tx, bob)
    await published(tx, bob, visibility=Visibility.PRIVATE)
    await published(tx, bob, visibility=Visibility.DIRECT, mentions=(alice,))
    await boosted(tx, carol, await published(tx, rosa))
    assert await read(tx, alice, row) == [status, private]
    await mutes_row(tx, alice, bob)
    assert await read(tx, alice, row) == [private]
    assert await read(tx, alice, row, with_muted=True) == [status, private]
    await blocks_row(tx, carol, alice)
    assert await read(tx, alice, row) == []


@pytest.mark.parametrize("policy", ["list", "followed", "none"])
async def test_which_answers_a_list_shows_is_its_owners_choice(tx, alice, bob, carol, rosa, mallory, policy):
    row = await made(tx, alice, bob, carol, replies_policy=policy)
    await follows_row(tx, alice, rosa)
    root = {who: await published(tx, who) for who in (alice, bob, carol, rosa, mallory)}
    answers = {who: await published(tx, bob, reply_to=parent) for who, parent in root.items()}
    also = {"list": [carol], "followed": [rosa], "none": []}[policy]
    expected = {root[bob], root[carol], *(answers[who] for who in (alice, bob, *also))}
    assert set(await read(tx, alice, row)) == expected


async def test_a_list_can_be_asked_for_less(tx, alice, bob, rosa):
    row = await made(tx, alice, bob, rosa)
    local, remote = await published(tx, bob), await published(tx, rosa)
    unlisted = await published(tx, bob, visibility=Visibility.UNLISTED)
    media = await published(tx, bob, media_ids=(await picture(tx, bob),))
    assert await read(tx, alice, row, which=Which(local=True)) == [media, unlisted, local]
    assert await read(tx, alice, row, which=Which(remote=True)) == [remote]
    assert await read(tx, alice, row, which=Which(only_media=True)) == [media]
    assert await read(tx, alice, row, hidden=[Visibility.UNLISTED, Visibility.LOCAL]) == [
        media,
        remote,
        local,
    ]


async def test_pages_of_a_list_are_exact_in_both_directions_however_much_is_hidden(
    tx, alice, bob, carol, monkeypatch
):
    monkeypatch.setattr("barbelo.domain.timelines.sifting.AT_ONCE", 3)
    row = await made(tx, alice, bob, carol)
    ids = []
    for number in range(9):
        ids.append(await published(tx, (bob, carol)[number % 2]))
        for _ in range(number % 4):
            await published(tx, bob, visibility=Visibility.PRIVATE)
    ids.reverse()
    for size in (1, 2, 4, 9):
        page, down = Page(limit=size), []
        while found := await read(tx, alice, row, page):
            down, page = down + found, Page(limit=size, max_id=found[-1])
        assert down == ids
        page, up = Page(limit=size, min_id=nobody()), []
        while found := await read(tx, alice, row, page):
            up, page = found + up, Page(limit=size, min_id=found[0])
        assert up == ids
    assert await read(tx, alice, row, Page(limit=3, since_id=ids[-1])) == ids[:3]
    assert await read(tx, alice, row, Page(limit=3, skip=2)) == ids[2:5]
    assert await read(tx, alice, row, Page(limit=2, min_id=ids[-1], max_id=ids[-4])) == ids[-3:-1]


async def test_an_exclusive_list_keeps_its_members_from_its_owners_home(tx, alice, bob, carol):
    for who in (bob, carol):
        await follows_row(tx, alice, who)
    row = await made(tx, alice, bob, alice, exclusive=True)
    await made(tx, bob, carol, exclusive=True)
    own, theirs, other = await published(tx, alice), await published(tx, bob), await published(tx, carol)
    await boosted(tx, bob, other)
    echo = await boosted(tx, carol, theirs)
    assert await home_of(tx, alice) == [echo, other, own]
    await lists.change_list(tx, alice.id, row.id, ListWish(exclusive=False))
    assert theirs in await home_of(tx, alice)


async def test_who_is_unfollowed_removed_or_blocked_leaves_the_lists(tx, alice, bob, carol, rosa, mallory):
    for who in (bob, carol, rosa):
        await follows_row(tx, alice, who)
    row = await made(tx, alice, bob, carol, rosa, mallory)
    theirs = await made(tx, bob, alice)
    await unfollow(tx, alice.id, bob.id, HERE)
    await remove_follower(tx, carol.id, alice.id, HERE)
    assert await lists.all_members(tx, row.id) == [mallory, rosa]
    assert await lists.all_members(tx, theirs.id) == [alice.id]
    await block(tx, alice.id, mallory, HERE)
    await block(tx, rosa, alice.id, Origin.REMOTE)
    assert await lists.all_members(tx, row.id) == []


async def test_nobody_is_in_a_list_twice_and_the_last_comes_first(tx, alice, bob, carol):
    row = await made(tx, alice, bob, carol, bob)
    await lists.add_members(tx, alice.id, row.id, [bob.id])
    assert await lists.all_members(tx, row.id) == [carol.id, bob.id]
    await lists.remove_members(tx, alice.id, row.id, [bob.id, nobody()])
    assert await lists.all_members(tx, row.id) == [carol.id]


async def test_all_are_put_into_a_list_or_none(tx, alice, bob, carol):
    row = await made(tx, alice)
    await blocks_row(tx, alice, carol)
    for other in (nobody(), carol.id):
        with pytest.raises(NotFound):
            await lists.add_members(tx, alice.id, row.id, [bob.id, other])
    assert await lists.all_members(tx, row.id) == []


async def test_nobody_touches_the_list_of_somebody_else(tx, alice, bob):
    row = await made(tx, alice, bob)
    for deed in (
        lists.get_list(tx, bob.id, row.id),
        lists.change_list(tx, bob.id, row.id, ListWish(title="mine")),
        lists.delete_list(tx, bob.id, row.id),
        lists.add_members(tx, bob.id, row.id, [alice.id]),
        lists.remove_members(tx, bob.id, row.id, [bob.id]),
    ):
        with pytest.raises(NotFound):
            await deed
    assert await lists.lists_of(tx, alice.id) == [row]
    assert await lists.lists_of(tx, bob.id) == []


async def test_there_is_an_end_to_lists_and_members(tx, alice, bob, carol, monkeypatch):
    monkeypatch.setattr(lists, "MOST_LISTS", 1)
    monkeypatch.setattr(lists, "MOST_MEMBERS", 1)
    row = await made(tx, alice, bob)
    with pytest.raises(Invalid):
        await made(tx, alice)
    async with tx.savepoint():
        with pytest.raises(Invalid):
            await lists.add_members(tx, alice.id, row.id, [carol.id])


async def test_one_finds_the_lists_that_somebody_is_in(tx, alice, bob, carol):
    row = await made(tx, alice, bob)
    await made(tx, alice, carol)
    await made(tx, carol, bob)
    assert await lists.lists_with(tx, alice.id, bob.id) == [row]


async def test_the_suspended_are_not_shown_in_a_list(tx, alice, bob):
    gone = await stranger(tx, "gone", "remote.test")
    row = await made(tx, alice, bob, gone)
    await published(tx, gone)
    await tx.raw.execute("update accounts set suspended_at = now() where id = $1", gone)
    assert await lists.all_members(tx, row.id) == [bob.id]
    assert await read(tx, alice, row) == []
