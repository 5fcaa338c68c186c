"""Blocks end what was between two people; mutes are not noticed and may end by themselves."""

from datetime import timedelta

import pytest

from barbelo.domain.accounts.state import suspend
from barbelo.domain.relations.block import block, unblock
from barbelo.domain.relations.mute import LONGEST_S, drop_expired, mute, unmute
from barbelo.domain.relations.pairs import OnOneself
from barbelo.domain.relations.queries import BLOCKED, FOLLOWERS, FOLLOWERS_FOR_GUESTS, FOLLOWING, MUTED
from barbelo.entities.relationship import render_relationship, render_relationships
from barbelo.kernel.clock import system_clock
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from people import nobody, resident
from posts import blocks_host_row
from relatives import asked, counts_of, told

LOCAL = Origin.LOCAL
ALL = Page(limit=100)


async def listed(tx, which, page=ALL, **params):
    return [row.account_id for row in await tx.page(which, page, **params)]


async def test_a_block_ends_follows_and_requests_both_ways(tx, alice, bob, carol):
    await asked(tx, alice, carol)
    await asked(tx, carol, alice)
    await asked(tx, alice, bob)
    async with told(tx) as events:
        await block(tx, carol.id, alice.id, LOCAL)
        await block(tx, bob.id, alice.id, LOCAL)
    assert events == ["Unfollowed", "FollowRejected", "AccountBlocked", "FollowRejected", "AccountBlocked"]
    for person in (alice, bob, carol):
        assert await counts_of(tx, person) == (0, 0, 0)


async def test_a_block_is_seen_from_both_sides(tx, alice, carol):
    await block(tx, carol.id, alice.id, LOCAL)
    assert (await render_relationship(tx, carol.id, alice.id)).blocking is True
    theirs = await render_relationship(tx, alice.id, carol.id)
    assert (theirs.blocking, theirs.blocked_by) == (False, True)


async def test_blocking_and_unblocking_twice_is_once(tx, alice, carol):
    async with told(tx) as events:
        for deed in (block, block, unblock, unblock):
            await deed(tx, carol.id, alice.id, LOCAL)
    assert events == ["AccountBlocked", "AccountUnblocked"]


async def test_unblocking_brings_no_follow_back(tx, alice, carol):
    await asked(tx, alice, carol)
    await block(tx, carol.id, alice.id, LOCAL)
    await unblock(tx, carol.id, alice.id, LOCAL)
    assert (await render_relationship(tx, alice.id, carol.id)).following is False
    await asked(tx, alice, carol)


async def test_nobody_blocks_or_mutes_themselves_or_somebody_who_is_not_there(tx, alice, carol):
    with pytest.raises(OnOneself):
        await block(tx, alice.id, alice.id, LOCAL)
    with pytest.raises(OnOneself):
        await mute(tx, alice.id, alice.id)
    await suspend(tx, carol.id)
    for target in (carol.id, nobody()):
        with pytest.raises(NotFound):
            await block(tx, alice.id, target, LOCAL)
        with pytest.raises(NotFound):
            await mute(tx, alice.id, target)


async def test_a_mute_hides_notifications_unless_told_otherwise(tx, alice, bob, carol):
    await mute(tx, alice.id, bob.id)
    await mute(tx, alice.id, carol.id, notifications=False)
    shown = await render_relationships(tx, alice.id, [carol.id, bob.id])
    assert [(one.muting, one.muting_notifications) for one in shown] == [(True, False), (True, True)]
    assert (await render_relationship(tx, bob.id, alice.id)).muting is False


async def test_a_mute_ends_when_its_time_is_over(tx, alice, bob):
    tx.clock = lambda: system_clock() - timedelta(hours=2)
    await mute(tx, alice.id, bob.id, duration_s=3600)
    shown = await render_relationship(tx, alice.id, bob.id)
    assert (shown.muting, shown.muting_notifications, shown.muting_expires_at) == (False, False, None)
    assert await listed(tx, MUTED, viewer=alice.id) == []


async def test_muting_again_changes_how_long_and_tells_of_it(tx, alice, bob):
    async with told(tx) as events:
        await mute(tx, alice.id, bob.id)
        await mute(tx, alice.id, bob.id)
        await mute(tx, alice.id, bob.id, duration_s=3600)
    assert events == ["AccountMuted", "AccountMuted"]
    (row,) = await tx.page(MUTED, ALL, viewer=alice.id)
    assert row.account_id == bob.id
    assert abs(row.expires_at - tx.now() - timedelta(hours=1)) < timedelta(minutes=1)
    async with told(tx) as events:
        await unmute(tx, alice.id, bob.id)
        await unmute(tx, alice.id, bob.id)
    assert events == ["AccountUnmuted"]


@pytest.mark.parametrize("duration_s", [-1, LONGEST_S + 1, 2**62])
async def test_a_mute_lasts_a_hundred_years_at_most(tx, alice, bob, duration_s):
    with pytest.raises(Invalid):
        await mute(tx, alice.id, bob.id, duration_s=duration_s)


async def test_mutes_that_are_over_are_swept_and_no_others(tx, alice, bob, carol):
    await mute(tx, alice.id, bob.id, duration_s=60)
    await mute(tx, alice.id, carol.id)
    await mute(tx, bob.id, carol.id, duration_s=7200)
    tx.clock = lambda: system_clock() + timedelta(hours=1)
    assert await drop_expired(tx) == 1
    assert await drop_expired(tx) == 0
    assert (await render_relationship(tx, alice.id, carol.id)).muting is True


async def test_a_followed_host_is_not_a_blocked_one_but_is_named(tx, alice, rosa):
    await blocks_host_row(tx, alice, "remote.test")
    assert (await render_relationship(tx, alice.id, rosa)).domain_blocking is True


async def test_relationships_keep_the_order_and_leave_out_nobody_else(tx, alice, bob, carol):
    await suspend(tx, carol.id)
    ids = [carol.id, nobody(), bob.id, carol.id]
    shown = await render_relationships(tx, alice.id, ids)
    assert len(shown) == 2
    shown = await render_relationships(tx, alice.id, ids, with_suspended=False)
    assert len(shown) == 1
    assert await render_relationships(tx, alice.id, []) == []


async def test_lists_are_paged_by_their_own_order(tx, alice):
    fans = [await resident(tx, f"fan{number}") for number in range(5)]
    for fan in reversed(fans):
        await asked(tx, fan, alice)
    in_order = [fan.id for fan in fans]  # the last who came is the first in the list
    rows = await tx.page(FOLLOWERS, Page(limit=2), account=alice.id, viewer=nobody())
    assert [row.account_id for row in rows] == in_order[:2]
    older = Page(limit=2, max_id=rows[-1].cursor)
    rows = await tx.page(FOLLOWERS, older, account=alice.id, viewer=nobody())
    assert [row.account_id for row in rows] == in_order[2:4]
    newer = Page(limit=1, min_id=rows[0].cursor)
    assert await listed(tx, FOLLOWERS, newer, account=alice.id, viewer=nobody()) == in_order[1:2]


async def test_lists_of_others_name_nobody_who_blocks_the_viewer_or_is_blocked(tx, alice, bob, carol, rosa):
    dora = await resident(tx, "dora")
    for fan in (carol, dora):
        await asked(tx, fan, alice)
        await asked(tx, alice, fan)
    await asked(tx, rosa, alice, origin=Origin.REMOTE)
    await block(tx, bob.id, carol.id, LOCAL)
    await block(tx, dora.id, bob.id, LOCAL)
    assert await listed(tx, FOLLOWERS, account=alice.id, viewer=bob.id) == [rosa]
    assert await listed(tx, FOLLOWING, account=alice.id, viewer=bob.id) == []
    guests = {"account": alice.id, "local": False, "remote": True}
    assert await listed(tx, FOLLOWERS_FOR_GUESTS, **guests) == [rosa]
    assert await listed(tx, BLOCKED, viewer=bob.id) == [carol.id]
