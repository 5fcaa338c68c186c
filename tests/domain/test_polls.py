"""Polls: made with a status, voted in once, ended at their time."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, text, update

from barbelo.db.database import Database
from barbelo.db.statement import statement
from barbelo.db.tables.polls import polls
from barbelo.domain.events import PollEnded
from barbelo.domain.notifications.inbox import Which, list_notifications
from barbelo.domain.statuses.compose import Limits, Wish, compose
from barbelo.domain.statuses.polls import PollLimits, PollWish, get_poll, polls_of, vote
from barbelo.domain.statuses.publish import publish
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import HERE, resident

LIMITS = Limits(characters=500, media=4, poll=PollLimits(options=3, characters=10, shortest_s=60))
_OF = statement(select(polls.c.id).where(polls.c.status_id == bindparam("status")))
_END = statement(update(polls).where(polls.c.id == bindparam("id")).values(expires_at=bindparam("at")))


async def asked(tx, who, *, visibility=Visibility.PUBLIC, **poll):
    wish = PollWish(**{"options": ["yes", "no"], "expires_in_s": 3600, **poll})
    draft = await compose(
        tx, who, Wish(text="well?", poll=wish, visibility=visibility), urls=HERE, limits=LIMITS
    )
    status = await publish(tx, draft)
    return await tx.value(_OF, status=status)


async def result(reader, poll_id, viewer):
    row = await get_poll(reader, poll_id, viewer)
    return row.tallies, row.votes_count, row.voters_count, row.own_votes


async def test_a_vote_is_counted_once(tx, alice, bob):
    poll = await asked(tx, alice)
    await vote(tx, poll, bob, [1])
    assert await result(tx, poll, bob) == ([0, 1], 1, 1, [1])
    assert (await result(tx, poll, alice))[3] is None
    with pytest.raises(Invalid, match="Already voted"):
        await vote(tx, poll, bob, [0])
    assert await result(tx, poll, bob) == ([0, 1], 1, 1, [1])


async def test_several_choices_are_one_voter(tx, alice, bob):
    poll = await asked(tx, alice, multiple=True)
    await vote(tx, poll, bob, [1, 0, 1])
    assert await result(tx, poll, bob) == ([1, 1], 2, 1, [0, 1])


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ([0, 1], "Too many choices"),
        ([2], "Invalid indices"),
        ([-1], "Invalid indices"),
        ([], "Invalid indices"),
    ],
)
async def test_a_vote_that_makes_no_sense_is_told_so(tx, alice, bob, choices, words):
    poll = await asked(tx, alice)
    with pytest.raises(Invalid, match=words):
        await vote(tx, poll, bob, choices)


async def test_nobody_votes_in_their_own_poll_nor_after_its_end(tx, alice, bob):
    poll = await asked(tx, alice)
    with pytest.raises(Invalid, match="author"):
        await vote(tx, poll, alice, [0])
    await tx.execute(_END, id=poll, at=tx.now() - timedelta(seconds=1))
    with pytest.raises(Invalid, match="ended"):
        await vote(tx, poll, bob, [0])


async def test_a_poll_is_seen_by_those_who_see_its_status(tx, alice, bob):
    poll = await asked(tx, alice, visibility=Visibility.PRIVATE)
    for viewer in (bob, None):
        with pytest.raises(NotFound):
            await get_poll(tx, poll, viewer)
    with pytest.raises(NotFound):
        await vote(tx, poll, bob, [0])


async def test_polls_of_a_page_are_found_together(tx, alice, bob):
    made = [await asked(tx, alice) for _ in range(3)]
    ids = [(await get_poll(tx, poll, bob)).status_id for poll in made]
    await vote(tx, made[1], bob, [0])
    found = await polls_of(tx, ids, bob)
    assert [found[status].own_votes for status in ids] == [None, [0], None]
    assert (await polls_of(tx, ids, None))[ids[1]].own_votes is None


async def test_the_end_is_written_down_when_the_poll_is_made(tx, alice):
    poll = await asked(tx, alice)
    jobs = statement(text("select execute_after from pgqueuer where entrypoint = 'tell'"))
    assert await tx.column(jobs) == [(await get_poll(tx, poll, alice)).expires_at]


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        ({"options": ["one"]}, "at least 2 options"),
        ({"options": ["1", "2", "3", "4"]}, "more than 3 options"),
        ({"options": ["yes", "yes"]}, "the same"),
        ({"options": ["yes", " "]}, "empty"),
        ({"options": ["yes", "n" * 11]}, "longer than 10 characters"),
        ({"expires_in_s": 59}, "too soon"),
        ({"expires_in_s": 40_000_000}, "too far"),
    ],
)
async def test_a_poll_that_makes_no_sense_is_told_so(tx, alice, poll, words):
    with pytest.raises(Invalid, match=words):
        await asked(tx, alice, **poll)


async def test_votes_at_the_same_moment_are_all_counted(database: Database):
    async with database.transaction() as tx:
        poll = await asked(tx, await resident(tx, "asker"))
        voters = [await resident(tx, f"voter{number}") for number in range(6)]

    async def cast(voter):
        async with database.transaction() as tx:
            await vote(tx, poll, voter, [voters.index(voter) % 2])

    await asyncio.gather(*map(cast, voters))
    assert (await result(database, poll, None))[:3] == ([3, 3], 6, 6)


async def test_the_end_is_told_once_to_who_asked_and_who_voted_and_not_before(tx, alice, bob, carol):
    poll = await asked(tx, alice)
    await vote(tx, poll, bob, [0])
    ended = PollEnded(status_id=(await get_poll(tx, poll, alice)).status_id)
    await tx.emit(ended)  # put off meanwhile, say
    assert [await told(tx, who) for who in (alice, bob, carol)] == [[], [], []]
    await tx.execute(_END, id=poll, at=tx.now())
    await tx.emit(ended)
    await tx.emit(ended)
    assert [await told(tx, who) for who in (alice, bob, carol)] == [["poll"], ["poll"], []]


async def told(tx, who):
    return [row.kind for row in await list_notifications(tx, who.id, Which(), Page(limit=9))]
