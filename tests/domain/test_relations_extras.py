"""Blocked servers, endorsements, subscriptions, notes, and what comes of unlocking."""

import pytest

from barbelo.domain.accounts.profile import ProfileChanges, ProfileLimits, edit_profile
from barbelo.domain.events import AccountUnlocked, HostBlocked
from barbelo.domain.relations import hosts, requests
from barbelo.domain.relations.block import block
from barbelo.domain.relations.endorse import MOST, NotEndorsed, endorse, unendorse
from barbelo.domain.relations.follow import unfollow
from barbelo.domain.relations.hosts import block_host, sever_host, unblock_host
from barbelo.domain.relations.pairs import OnOneself
from barbelo.domain.relations.queries import BLOCKED_HOSTS, ENDORSED
from barbelo.domain.relations.subscribe import subscribe
from barbelo.entities.relationship import render_relationship
from barbelo.kernel.errors import NotAllowed
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from people import HERE, nobody, resident, stranger
from posts import blocks_row, follows_row, published, wanted_by
from relatives import asked, counts_of, follows_now, requests_of, told

ALL = Page(limit=100)


async def endorsed_by(tx, person):
    return [row.account_id for row in await tx.page(ENDORSED, ALL, account=person.id, viewer=nobody())]


async def test_blocking_a_server_parts_with_all_who_live_there(tx, alice, bob, rosa, mallory):
    await asked(tx, alice, rosa)
    await asked(tx, rosa, alice, origin=Origin.REMOTE)
    await asked(tx, rosa, bob, origin=Origin.REMOTE)
    await asked(tx, mallory, alice, origin=Origin.REMOTE)
    async with told(tx) as names:
        await block_host(tx, alice.id, "REMOTE.test", HERE.host)
        await block_host(tx, alice.id, "remote.test", HERE.host)
    assert sorted(names) == ["FollowRejected", "HostBlocked", "Unfollowed"]
    assert not await follows_now(tx, rosa, alice)
    assert await follows_now(tx, mallory, alice)
    assert await requests_of(tx, bob) == [rosa]
    assert await counts_of(tx, alice) == (1, 0, 0)
    status = await published(tx, rosa)
    assert not await wanted_by(tx, alice, status)
    await unblock_host(tx, alice.id, "remote.test", HERE.host)
    assert await wanted_by(tx, alice, status)
    assert not await follows_now(tx, rosa, alice)


async def test_many_are_parted_with_in_portions(tx, alice, monkeypatch):
    monkeypatch.setattr(hosts, "PEOPLE_AT_ONCE", 2)
    people = [await stranger(tx, f"one{n}", "many.test") for n in range(3)]
    for one in people:
        await asked(tx, one, alice, origin=Origin.REMOTE)
    await block_host(tx, alice.id, "many.test", HERE.host)
    assert (await counts_of(tx, alice))[0] == 1
    event = HostBlocked(account_id=alice.id, host="many.test")
    await sever_host(tx, event)
    assert (await counts_of(tx, alice))[0] == 0
    queued = await tx.raw.fetchval("select count(*) from pgqueuer where entrypoint = 'sever_host'")
    assert queued == 1
    await unblock_host(tx, alice.id, "many.test", HERE.host)
    await asked(tx, people[0], alice, origin=Origin.REMOTE)
    await sever_host(tx, event)
    assert await follows_now(tx, people[0], alice)


async def test_blocked_servers_are_ones_own(tx, alice, carol):
    await block_host(tx, alice.id, "xn--bcher-kva.test", HERE.host)
    await block_host(tx, alice.id, "bücher.test", HERE.host)
    rows = await tx.page(BLOCKED_HOSTS, ALL, viewer=alice.id)
    assert [row.host for row in rows] == ["xn--bcher-kva.test"]
    assert await tx.page(BLOCKED_HOSTS, ALL, viewer=carol.id) == []


async def test_an_endorsement_ends_with_the_follow(tx, alice, carol):
    await asked(tx, alice, carol)
    async with told(tx) as names:
        await endorse(tx, alice.id, carol.id)
        await endorse(tx, alice.id, carol.id)
    assert names == ["AccountEndorsed"]
    assert await endorsed_by(tx, alice) == [carol.id]
    await unfollow(tx, alice.id, carol.id, Origin.LOCAL)
    assert await endorsed_by(tx, alice) == []


async def test_only_twenty_who_are_followed_are_endorsed(tx, alice, bob):
    await asked(tx, alice, bob)
    with pytest.raises(NotEndorsed, match="You are not following bob"):
        await endorse(tx, alice.id, bob.id)
    people = [await resident(tx, f"one{n}") for n in range(MOST + 1)]
    for one in people:
        await asked(tx, alice, one)
    for one in people[:MOST]:
        await endorse(tx, alice.id, one.id)
    with pytest.raises(NotEndorsed, match="maximum number"):
        async with tx.savepoint():
            await endorse(tx, alice.id, people[MOST].id)
    await unendorse(tx, alice.id, people[0].id)
    await endorse(tx, alice.id, people[MOST].id)
    assert len(await endorsed_by(tx, alice)) == MOST


async def test_a_subscription_needs_no_follow_and_ends_with_one(tx, alice, carol):
    async def subscribed():
        return (await render_relationship(tx, alice.id, carol.id)).subscribing

    await subscribe(tx, alice.id, carol.id)
    await subscribe(tx, alice.id, carol.id)
    assert await subscribed()
    await asked(tx, alice, carol)
    assert await subscribed()
    await asked(tx, alice, carol, notify=False)
    assert not await subscribed()
    await asked(tx, alice, carol, notify=True)
    assert await subscribed()
    await unfollow(tx, alice.id, carol.id, Origin.LOCAL)
    assert not await subscribed()


async def test_nobody_subscribes_to_themselves_or_to_who_has_blocked_them(tx, alice, carol):
    with pytest.raises(OnOneself):
        await subscribe(tx, alice.id, alice.id)
    await blocks_row(tx, carol, alice)
    with pytest.raises(NotAllowed, match="carol is blocking you"):
        await subscribe(tx, alice.id, carol.id)


async def test_a_block_ends_a_subscription_without_a_follow(tx, alice, carol):
    await subscribe(tx, alice.id, carol.id)
    await subscribe(tx, carol.id, alice.id)
    await block(tx, carol.id, alice.id, Origin.LOCAL)
    assert not (await render_relationship(tx, alice.id, carol.id)).subscribing
    assert not (await render_relationship(tx, carol.id, alice.id)).subscribing


async def test_unlocking_lets_those_follow_who_have_waited(tx, alice, bob, rosa, monkeypatch):
    monkeypatch.setattr(requests, "REQUESTS_AT_ONCE", 1)
    await asked(tx, alice, bob)
    await asked(tx, rosa, bob, origin=Origin.REMOTE)
    event = AccountUnlocked(account_id=bob.id)
    await requests.grant_waiting(tx, event)
    assert len(await requests_of(tx, bob)) == 2, "still locked"
    async with told(tx) as names:
        change = ProfileChanges(locked=False)
        await edit_profile(tx, bob.id, change, limits=ProfileLimits(), urls=HERE)
    assert names == ["ProfileChanged", "AccountUnlocked"]
    await requests.grant_waiting(tx, event)
    assert await counts_of(tx, bob) == (1, 0, 1)
    await requests.grant_waiting(tx, event)
    assert await follows_now(tx, alice, bob)
    assert await follows_now(tx, rosa, bob)
    async with told(tx) as names:
        await edit_profile(tx, bob.id, ProfileChanges(locked=True), limits=ProfileLimits(), urls=HERE)
    assert names == ["ProfileChanged"]


async def test_who_is_gone_is_forgotten_with_all_that_hangs_on_them(tx, alice, carol):
    await follows_row(tx, alice, carol)
    await endorse(tx, alice.id, carol.id)
    await subscribe(tx, alice.id, carol.id)
    await tx.raw.execute("delete from accounts where id = $1", carol.id)
    assert await endorsed_by(tx, alice) == []
