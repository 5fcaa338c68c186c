"""Following: asked or at once, taken back, answered, and counted as the lists show it."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbelo.domain.accounts.preferences import PreferenceChanges, set_preferences
from barbelo.domain.accounts.state import restore, suspend
from barbelo.domain.relations.block import block, unblock
from barbelo.domain.relations.follow import unfollow
from barbelo.domain.relations.pairs import OnOneself
from barbelo.domain.relations.requests import authorize, reject, remove_follower
from barbelo.entities.relationship import render_relationship
from barbelo.kernel.errors import Invalid, NotAllowed, NotFound
from barbelo.kernel.origin import Origin
from people import nobody, resident
from posts import id_of, tried
from relatives import asked, counts_of, followers_of, followings_of, follows_now, requests_of, told


async def test_an_open_account_is_followed_at_once(tx, alice, carol):
    await asked(tx, alice, carol)
    assert await follows_now(tx, alice, carol)
    assert await counts_of(tx, alice) == (0, 1, 0)
    assert await counts_of(tx, carol) == (1, 0, 0)


async def test_a_locked_account_is_asked(tx, alice, bob):
    await asked(tx, alice, bob)
    shown = await render_relationship(tx, alice.id, bob.id)
    assert (shown.requested, shown.following) == (True, False)
    assert (await render_relationship(tx, bob.id, alice.id)).requested_by is True
    assert await counts_of(tx, bob) == (0, 0, 1)
    assert await counts_of(tx, alice) == (0, 0, 0)
    assert await requests_of(tx, bob) == [alice.id]


async def test_somebody_elsewhere_is_asked_even_when_open(tx, alice, rosa):
    await asked(tx, alice, rosa)
    assert (await render_relationship(tx, alice.id, rosa)).requested is True
    await authorize(tx, rosa, alice.id, Origin.REMOTE)
    assert await follows_now(tx, alice, rosa)
    assert await counts_of(tx, alice) == (0, 1, 0)


async def test_somebody_from_elsewhere_follows_by_our_rules(tx, rosa, alice, bob):
    await asked(tx, rosa, alice, origin=Origin.REMOTE)
    await asked(tx, rosa, bob, origin=Origin.REMOTE)
    assert await followers_of(tx, alice) == [rosa]
    assert await requests_of(tx, bob) == [rosa]


async def test_following_twice_is_following_once(tx, alice, carol, bob):
    for _ in range(2):
        await asked(tx, alice, carol)
        await asked(tx, alice, bob)
    assert await counts_of(tx, carol) == (1, 0, 0)
    assert await counts_of(tx, bob) == (0, 0, 1)


async def test_following_again_changes_what_is_wished_and_nothing_else(tx, alice, carol):
    await asked(tx, alice, carol, show_boosts=False, languages=["de", "pt-BR"])
    await asked(tx, alice, carol, notify=True)
    shown = await render_relationship(tx, alice.id, carol.id)
    assert (shown.showing_reblogs, shown.notifying, shown.subscribing) == (False, True, True)
    assert shown.languages == ["de", "pt-BR"]
    await asked(tx, alice, carol, languages=[], show_boosts=True)
    shown = await render_relationship(tx, alice.id, carol.id)
    assert (shown.showing_reblogs, shown.notifying, shown.languages) == (True, True, None)


@pytest.mark.parametrize("languages", [["english!"], ["de"] * 51])
async def test_languages_are_codes_and_few(tx, alice, carol, languages):
    with pytest.raises(Invalid):
        await asked(tx, alice, carol, languages=languages)


async def test_a_request_is_granted_when_the_account_has_opened_meanwhile(tx, alice, bob):
    await asked(tx, alice, bob)
    await tx.raw.execute("update accounts set locked = false where id = $1", bob.id)
    await asked(tx, alice, bob)
    assert await follows_now(tx, alice, bob)
    assert await counts_of(tx, bob) == (1, 0, 0)


async def test_who_is_followed_already_may_be_let_in_without_asking(tx, alice, bob, carol):
    await set_preferences(tx, bob.id, PreferenceChanges(permit_followback=True))
    await asked(tx, bob, alice)
    await asked(tx, alice, bob)
    await asked(tx, carol, bob)
    assert await followers_of(tx, bob) == [alice.id]
    assert await requests_of(tx, bob) == [carol.id]


async def test_a_request_is_taken_back_by_unfollowing(tx, alice, bob):
    await asked(tx, alice, bob)
    await unfollow(tx, alice.id, bob.id, Origin.LOCAL)
    assert await counts_of(tx, bob) == (0, 0, 0)
    assert await requests_of(tx, bob) == []


async def test_unfollowing_twice_is_unfollowing_once(tx, alice, carol):
    await asked(tx, alice, carol)
    async with told(tx) as events:
        for _ in range(2):
            await unfollow(tx, alice.id, carol.id, Origin.LOCAL)
    assert events == ["Unfollowed"]
    assert await counts_of(tx, carol) == (0, 0, 0)
    assert await counts_of(tx, alice) == (0, 0, 0)


async def test_a_request_is_answered(tx, alice, bob, carol):
    await asked(tx, alice, bob)
    await asked(tx, carol, bob)
    async with told(tx) as events:
        await authorize(tx, bob.id, alice.id, Origin.LOCAL)
        await authorize(tx, bob.id, alice.id, Origin.LOCAL)  # twice is once
        await reject(tx, bob.id, carol.id, Origin.LOCAL)
    assert events == ["FollowAccepted", "FollowRejected"]
    assert await followers_of(tx, bob) == [alice.id]
    assert await counts_of(tx, bob) == (1, 0, 0)


async def test_an_answer_needs_a_question(tx, alice, bob, carol):
    await asked(tx, alice, carol)
    for answer in (authorize, reject):
        with pytest.raises(NotFound):
            await answer(tx, bob.id, alice.id, Origin.LOCAL)
    with pytest.raises(NotFound):
        await reject(tx, carol.id, alice.id, Origin.LOCAL)
    assert await follows_now(tx, alice, carol)


async def test_a_follower_can_be_removed(tx, alice, carol, bob):
    await asked(tx, alice, carol)
    await asked(tx, alice, bob)
    for owner in (carol, bob, bob):
        await remove_follower(tx, owner.id, alice.id, Origin.LOCAL)
    assert await counts_of(tx, carol) == (0, 0, 0)
    assert await counts_of(tx, bob) == (0, 0, 0)
    assert await counts_of(tx, alice) == (0, 0, 0)


async def test_nobody_follows_themselves(tx, alice):
    with pytest.raises(OnOneself, match="Can not follow yourself"):
        await asked(tx, alice, alice)
    with pytest.raises(OnOneself, match="Can not unfollow yourself"):
        await unfollow(tx, alice.id, alice.id, Origin.LOCAL)
    with pytest.raises(OnOneself):
        await remove_follower(tx, alice.id, alice.id, Origin.LOCAL)


async def test_who_is_blocked_cannot_follow_and_is_told_so(tx, alice, carol, rosa):
    await block(tx, carol.id, alice.id, Origin.LOCAL)
    await block(tx, rosa, alice.id, Origin.REMOTE)
    for target, acct in ((carol, "carol"), (rosa, "rosa@remote.test")):
        with pytest.raises(NotAllowed, match=f"Could not follow user: {acct} blocked you."):
            await asked(tx, alice, target)
    with pytest.raises(NotAllowed, match="you blocked alice"):
        await asked(tx, carol, alice)


async def test_whoever_is_not_there_cannot_be_followed(tx, alice, carol):
    await suspend(tx, carol.id)
    for target in (carol.id, nobody()):
        with pytest.raises(NotFound):
            await asked(tx, alice, target)


async def test_who_was_suspended_can_still_be_unfollowed(tx, alice, carol):
    await asked(tx, alice, carol)
    await suspend(tx, carol.id)
    await unfollow(tx, alice.id, carol.id, Origin.LOCAL)
    await restore(tx, carol.id)
    assert await counts_of(tx, alice) == (0, 0, 0)
    assert await counts_of(tx, carol) == (0, 0, 0)


async def test_counters_no_longer_count_the_suspended(tx, alice, bob, carol):
    await asked(tx, alice, carol)
    await asked(tx, carol, alice)
    await asked(tx, carol, bob)
    await suspend(tx, carol.id)
    assert await counts_of(tx, alice) == (0, 0, 0)
    assert await counts_of(tx, bob) == (0, 0, 0)
    assert await followers_of(tx, alice) == []
    await restore(tx, carol.id)
    assert await counts_of(tx, alice) == (1, 1, 0)
    assert await counts_of(tx, bob) == (0, 0, 1)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["follow", "unfollow", "authorize", "reject", "remove", "block", "unblock", "suspend", "restore"]
        ),
        st.sampled_from(["alice", "bob", "carol", "rosa"]),
        st.sampled_from(["alice", "bob", "carol", "rosa"]),
    ),
    max_size=25,
)


async def done(tx, deed, one, other):
    """What cannot be done now is left undone; it must leave nothing behind."""
    here = Origin.REMOTE if id_of(one) == one else Origin.LOCAL
    pair = (id_of(one), id_of(other))
    try:
        async with tx.savepoint():
            match deed:
                case "follow":
                    await asked(tx, one, other, origin=here)
                case "unfollow":
                    await unfollow(tx, *pair, here)
                case "authorize":
                    await authorize(tx, *pair, here)
                case "reject":
                    await reject(tx, *pair, here)
                case "remove":
                    await remove_follower(tx, *pair, here)
                case "block":
                    await block(tx, *pair, here)
                case "unblock":
                    await unblock(tx, *pair, here)
                case "suspend":
                    await suspend(tx, pair[0])
                case "restore":
                    await restore(tx, pair[0])
    except (NotFound, NotAllowed, OnOneself):
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
async def test_whatever_happens_counters_say_what_lists_show(tx, alice, bob, carol, rosa, deeds):
    cast = {"alice": alice, "bob": bob, "carol": carol, "rosa": rosa}
    async with tried(tx):
        for deed, one, other in deeds:
            await done(tx, deed, cast[one], cast[other])
        for person in cast.values():
            lists = [
                await followers_of(tx, person),
                await followings_of(tx, person),
                await requests_of(tx, person) if person is not rosa else [],
            ]
            assert await counts_of(tx, person) == tuple(map(len, lists))


async def two(database, *, locked=False):
    async with database.transaction() as tx:
        return await resident(tx, "ann"), await resident(tx, "ben", locked=locked)


async def at_once(database, *deeds):
    """Each in a transaction of its own, all at the same time."""

    async def one(deed):
        async with database.transaction() as tx:
            await deed(tx)

    return await asyncio.gather(*map(one, deeds), return_exceptions=True)


async def test_two_who_follow_each_other_at_once_do_not_wait_in_a_circle(database):
    ann, ben = await two(database)
    for _ in range(15):
        deeds = [
            lambda tx: asked(tx, ann, ben),
            lambda tx: asked(tx, ben, ann),
            lambda tx: asked(tx, ann, ben),
        ]
        assert await at_once(database, *deeds) == [None] * 3
        async with database.transaction() as tx:
            assert await counts_of(tx, ann) == await counts_of(tx, ben) == (1, 1, 0)
        deeds = [
            lambda tx: unfollow(tx, ann.id, ben.id, Origin.LOCAL),
            lambda tx: unfollow(tx, ben.id, ann.id, Origin.LOCAL),
            lambda tx: unfollow(tx, ann.id, ben.id, Origin.LOCAL),
        ]
        assert await at_once(database, *deeds) == [None] * 3
        async with database.transaction() as tx:
            assert await counts_of(tx, ann) == await counts_of(tx, ben) == (0, 0, 0)


async def test_a_block_and_a_follow_at_once_never_end_in_both(database):
    ann, ben = await two(database)
    for _ in range(15):
        await at_once(
            database,
            lambda tx: asked(tx, ann, ben),
            lambda tx: block(tx, ben.id, ann.id, Origin.LOCAL),
        )
        async with database.transaction() as tx:
            assert (await render_relationship(tx, ann.id, ben.id)).blocked_by
            assert await counts_of(tx, ann) == await counts_of(tx, ben) == (0, 0, 0)
            await unblock(tx, ben.id, ann.id, Origin.LOCAL)


async def test_a_request_is_granted_once_however_often_at_the_same_time(database):
    ann, ben = await two(database, locked=True)
    async with database.transaction() as tx:
        await asked(tx, ann, ben)
    yes = [lambda tx: authorize(tx, ben.id, ann.id, Origin.LOCAL)] * 4
    assert await at_once(database, *yes) == [None] * 4
    async with database.transaction() as tx:
        assert await counts_of(tx, ben) == (1, 0, 0)


async def test_a_crowd_that_follows_at_once_is_counted_to_the_last(database):
    async with database.transaction() as tx:
        star = await resident(tx, "star")
        crowd = [await resident(tx, f"fan{number}") for number in range(6)]
    assert await at_once(database, *[lambda tx, fan=fan: asked(tx, fan, star) for fan in crowd]) == [None] * 6
    async with database.transaction() as tx:
        assert await counts_of(tx, star) == (6, 0, 0)
        draft_ids = await followers_of(tx, star)
    assert sorted(draft_ids) == sorted(fan.id for fan in crowd)
