"""The one rule: who may see what, and who wants to."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import wants
from barbelo.domain.statuses.marks import mute_thread
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.visibility import Visibility
from people import resident, stranger
from posts import (
    blocks_host_row,
    blocks_row,
    boosted,
    follows_row,
    id_of,
    mutes_row,
    published,
    seen_by,
    tried,
    wanted_by,
)

PUBLIC, UNLISTED, PRIVATE = Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE
DIRECT, LOCAL = Visibility.DIRECT, Visibility.LOCAL


@pytest.mark.parametrize("visibility", [PUBLIC, UNLISTED])
async def test_open_statuses_are_seen_by_anybody(tx, alice, bob, rosa, visibility):
    status = await published(tx, alice, visibility=visibility)
    assert [await seen_by(tx, who, status) for who in (alice, bob, rosa, None)] == [True] * 4


async def test_local_statuses_stay_on_this_server(tx, alice, bob, rosa):
    status = await published(tx, alice, visibility=LOCAL, mentions=(rosa,))
    assert [await seen_by(tx, who, status) for who in (alice, bob)] == [True, True]
    assert [await seen_by(tx, who, status) for who in (rosa, None)] == [False, False]


async def test_a_pending_follower_does_not_see_private_statuses(tx, alice, bob, carol):
    await follows_row(tx, bob, alice, accepted=False)
    await follows_row(tx, carol, alice)
    status = await published(tx, alice, visibility=PRIVATE)
    assert await seen_by(tx, bob, status) is False
    assert await seen_by(tx, carol, status) is True
    assert await seen_by(tx, None, status) is False


@pytest.mark.parametrize("visibility", [PRIVATE, DIRECT])
async def test_the_mentioned_see_what_is_addressed_to_them(tx, alice, bob, carol, rosa, visibility):
    status = await published(tx, alice, visibility=visibility, mentions=(bob, rosa))
    assert [await seen_by(tx, who, status) for who in (bob, rosa)] == [True, True]
    assert [await seen_by(tx, who, status) for who in (carol, None)] == [False, False]


async def test_followers_do_not_see_direct_messages_to_others(tx, alice, bob, carol):
    await follows_row(tx, carol, alice)
    status = await published(tx, alice, visibility=DIRECT, mentions=(bob,))
    assert await seen_by(tx, carol, status) is False


@pytest.mark.parametrize("visibility", [PUBLIC, PRIVATE, DIRECT])
async def test_whom_the_author_blocks_sees_nothing(tx, alice, bob, visibility):
    await follows_row(tx, bob, alice)
    await blocks_row(tx, alice, bob)
    status = await published(tx, alice, visibility=visibility, mentions=(bob,))
    assert await seen_by(tx, bob, status) is False


async def test_nothing_of_a_suspended_account_is_seen_even_by_itself(tx, alice, bob):
    status = await published(tx, alice)
    echo = await boosted(tx, bob, status)
    gone = update(accounts).where(accounts.c.id == bindparam("who")).values(suspended_at=bindparam("at"))
    await tx.execute(statement(gone), who=alice.id, at=tx.now())
    for who in (alice, bob, None):
        assert await seen_by(tx, who, status) is False
        assert await seen_by(tx, who, echo) is False


async def test_a_boost_shows_to_nobody_what_the_original_hides(tx, alice, bob, carol):
    await follows_row(tx, carol, alice)
    secret = await published(tx, alice, visibility=PRIVATE)
    echo = await boosted(tx, alice, secret, PRIVATE)
    assert await seen_by(tx, carol, echo) is True
    await blocks_row(tx, alice, carol)
    assert await seen_by(tx, carol, echo) is False
    assert await seen_by(tx, bob, echo) is False


async def test_a_boost_is_hidden_from_whom_the_original_author_blocks(tx, alice, bob, carol):
    echo = await boosted(tx, bob, await published(tx, alice))
    await blocks_row(tx, alice, carol)
    assert await seen_by(tx, carol, echo) is False


async def test_a_mute_ends_when_it_expires(tx, alice, bob):
    status = await published(tx, alice)
    await mutes_row(tx, bob, alice, tx.now() - timedelta(seconds=1))
    assert await wanted_by(tx, bob, status) is True


@pytest.mark.parametrize("turn_away", [mutes_row, blocks_row])
async def test_what_is_boosted_counts_like_who_boosts(tx, alice, bob, carol, turn_away):
    echo = await boosted(tx, bob, await published(tx, alice))
    assert await wanted_by(tx, carol, echo) is True
    await turn_away(tx, carol, alice)
    assert await wanted_by(tx, carol, echo) is False
    assert await seen_by(tx, carol, echo) is True


async def test_a_muted_thread_is_not_wanted(tx, alice, bob):
    status = await published(tx, alice)
    answer = await published(tx, alice, reply_to=status)
    await mute_thread(tx, bob.id, (await get_unchecked(tx, status)).thread_id)
    assert await wanted_by(tx, bob, answer) is False


async def test_a_blocked_host_is_not_wanted_but_for_those_who_are_followed(tx, alice, mallory):
    status = await published(tx, mallory)
    await blocks_host_row(tx, alice, "evil.test")
    assert await wanted_by(tx, alice, status) is False
    await follows_row(tx, alice, mallory)
    assert await wanted_by(tx, alice, status) is True


CROWD = 5
PAIRS = st.sets(
    st.tuples(st.integers(0, CROWD - 1), st.integers(0, CROWD - 1)).filter(lambda p: p[0] != p[1])
)
WORLD = st.fixed_dictionaries(
    {
        "follow": PAIRS,
        "pending": PAIRS,
        "block": PAIRS,
        "mute": PAIRS,
        "posts": st.lists(
            st.tuples(
                st.integers(0, CROWD - 1),
                st.sampled_from([PUBLIC, UNLISTED, PRIVATE, DIRECT, LOCAL]),
                st.sets(st.integers(0, CROWD - 1), max_size=2),
            ),
            min_size=1,
            max_size=4,
        ),
        "boosts": st.sets(st.tuples(st.integers(0, CROWD - 1), st.integers(0, 3)), max_size=3),
    }
)

_VIEWER = bindparam("viewer", type_=Uuid())
_HOST_OF_VIEWER = select(accounts.c.host.is_(None)).where(accounts.c.id == _VIEWER).scalar_subquery()
_MANY = statement(select(statuses.c.id).where(may_see(_VIEWER, local=_HOST_OF_VIEWER), wants(_VIEWER)))
_ONE = statement(
    select(accounts.c.id)
    .select_from(accounts)
    .join(statuses, statuses.c.id == bindparam("status", type_=Uuid()))
    .where(
        accounts.c.id == any_(bindparam("crowd", type_=ARRAY(Uuid()))),
        may_see(accounts.c.id, local=accounts.c.host.is_(None)),
        wants(accounts.c.id),
    )
)


async def _people(tx):
    """Three from here, two from elsewhere."""
    here = [id_of(await resident(tx, f"here{number}")) for number in range(3)]
    return here + [await stranger(tx, f"there{number}", "remote.test") for number in range(2)]


async def _build(tx, world):
    people = await _people(tx)
    for follower, followed in world["follow"] | world["pending"]:
        accepted = (follower, followed) in world["follow"]
        await follows_row(tx, people[follower], people[followed], accepted=accepted)
    for kind, write in (("block", blocks_row), ("mute", mutes_row)):
        for one, other in world[kind]:
            await write(tx, people[one], people[other])
    ids = [
        await published(
            tx, people[who], visibility=visibility, mentions=tuple(people[m] for m in mentions - {who})
        )
        for who, visibility, mentions in world["posts"]
    ]
    echoes = [await boosted(tx, people[who], ids[what]) for who, what in world["boosts"] if what < len(ids)]
    return people, ids + echoes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLD)
async def test_one_status_for_many_viewers_and_many_statuses_for_one_viewer_agree(tx, world):
    async with tried(tx):
        people, ids = await _build(tx, world)
        by_viewer = {
            (person, status)
            for person in people
            for status in await tx.column(_MANY, viewer=person)
            if status in ids
        }
        by_status = {
            (person, status)
            for status in ids
            for person in await tx.column(_ONE, status=status, crowd=people)
        }
        assert by_viewer == by_status
