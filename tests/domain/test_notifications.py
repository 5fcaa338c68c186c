"""Notifications: who is told of what, once; what is undone is not told any more."""

import pytest
from sqlalchemy import bindparam, select

from barbelo.db.statement import statement
from barbelo.db.tables.timelines import notifications
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.events import FollowAccepted, FollowRequested, NotificationCreated, Unfollowed
from barbelo.domain.notifications import inbox
from barbelo.domain.notifications.inbox import Which
from barbelo.domain.reactions.like import like, unlike
from barbelo.domain.statuses.boost import unboost
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.marks import mute_thread
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.errors import NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import stranger
from posts import blocks_row, boosted, follows_row, id_of, mutes_row, published

PAGE = Page(limit=40)


async def told(tx, who, **which):
    """What somebody is told: kind and who did it, the oldest first."""
    rows = await inbox.list_notifications(tx, who.id, Which(**which), PAGE)
    return [(row.kind, row.from_account_id) for row in reversed(rows)]


async def likes(tx, who, status_id):
    by = await get_author(tx, id_of(who))
    await like(tx, LikeDraft(author=by, origin=Origin.LOCAL, status_id=status_id))


def pair(follower, followed):
    return {"follower_id": id_of(follower), "followed_id": id_of(followed), "origin": Origin.LOCAL}


async def test_the_mentioned_are_told_once_and_the_author_never(tx, alice, bob, rosa):
    await published(tx, alice, mentions=(bob, rosa, alice))
    await published(tx, rosa, mentions=(bob,))
    assert await told(tx, bob) == [("mention", alice.id), ("mention", rosa)]
    assert await told(tx, alice) == []


async def test_favourites_and_boosts_are_told_to_the_author_and_withdrawn_when_undone(tx, alice, bob):
    status = await published(tx, alice)
    await likes(tx, bob, status)
    await boosted(tx, bob, status)
    assert await told(tx, alice) == [("favourite", bob.id), ("reblog", bob.id)]
    await unlike(tx, bob.id, status, Origin.LOCAL)
    await unboost(tx, bob.id, status)
    assert await told(tx, alice) == []
    await likes(tx, alice, status)
    assert await told(tx, alice) == []


async def test_nothing_is_told_of_a_status_that_is_gone(tx, alice, bob):
    status = await published(tx, alice, mentions=(bob,))
    await delete_status(tx, await get_unchecked(tx, status))
    assert await told(tx, bob) == []


async def test_a_request_becomes_a_follow_when_it_is_granted(tx, alice, bob):
    await follows_row(tx, alice, bob, accepted=False)
    await tx.emit(FollowRequested(**pair(alice, bob)))
    assert await told(tx, bob) == [("follow_request", alice.id)]
    await tx.emit(FollowAccepted(**pair(alice, bob), asked=True))
    assert await told(tx, bob) == [("follow", alice.id)]
    await tx.emit(Unfollowed(**pair(alice, bob)))
    assert await told(tx, bob) == []


async def test_an_event_told_twice_tells_people_once(tx, alice, bob):
    await tx.emit(FollowAccepted(**pair(alice, bob), asked=False))
    await tx.emit(FollowAccepted(**pair(alice, bob), asked=False))
    assert await told(tx, bob) == [("follow", alice.id)]
    assert [type(event) for event in tx.live].count(NotificationCreated) == 1


@pytest.mark.parametrize("turn_away", [blocks_row, mutes_row])
async def test_who_is_turned_away_is_not_told_of(tx, alice, bob, turn_away):
    before = await published(tx, bob, mentions=(alice,))
    await turn_away(tx, alice, bob)
    await published(tx, bob, mentions=(alice,))
    await likes(tx, bob, await published(tx, alice))
    assert await told(tx, alice) == []
    rows = await tx.column(
        statement(select(notifications.c.status_id).where(notifications.c.account_id == bindparam("who"))),
        who=alice.id,
    )
    assert rows == [before]  # kept, and shown again when they make peace


async def test_a_mention_that_may_not_be_seen_is_not_told(tx, alice, bob):
    await blocks_row(tx, alice, bob)
    await published(tx, alice, mentions=(bob,))
    assert await told(tx, bob) == []


async def test_a_muted_thread_is_silent(tx, alice, bob):
    status = await published(tx, alice)
    await mute_thread(tx, alice.id, (await get_unchecked(tx, status)).thread_id)
    await published(tx, bob, reply_to=status, mentions=(alice,))
    await likes(tx, bob, status)
    assert await told(tx, alice) == []


async def test_notifications_can_be_chosen(tx, alice, bob, carol):
    status = await published(tx, alice)
    await likes(tx, bob, status)
    await boosted(tx, carol, status)
    await published(tx, carol, mentions=(alice,), visibility=Visibility.DIRECT)
    assert await told(tx, alice, kinds=["favourite"]) == [("favourite", bob.id)]
    assert await told(tx, alice, from_id=carol.id) == [("reblog", carol.id), ("mention", carol.id)]
    hidden = await told(tx, alice, hidden=[Visibility.DIRECT])
    assert hidden == [("favourite", bob.id), ("reblog", carol.id)]
    await mutes_row(tx, alice, bob)
    assert ("favourite", bob.id) not in await told(tx, alice)
    assert ("favourite", bob.id) in await told(tx, alice, with_muted=True)


async def test_reading_and_dismissing_touch_only_ones_own(tx, alice, bob):
    for who in (alice, bob):
        await published(tx, await stranger(tx, f"s{who.username}", "remote.test"), mentions=(who,))
    assert await inbox.count_unread(tx, alice.id) == 1
    (mine,) = await inbox.list_notifications(tx, alice.id, Which(), PAGE)
    (theirs,) = await inbox.list_notifications(tx, bob.id, Which(), PAGE)
    await inbox.read_up_to(tx, alice.id, max(mine.id, theirs.id))
    assert await inbox.count_unread(tx, alice.id) == 0
    assert await inbox.count_unread(tx, bob.id) == 1
    assert await inbox.dismiss(tx, alice.id, [mine.id, theirs.id]) == 1
    with pytest.raises(NotFound):
        await inbox.get_notification(tx, alice.id, theirs.id)
    await inbox.clear(tx, alice.id)
    assert await inbox.get_notification(tx, bob.id, theirs.id)


async def test_only_what_would_be_listed_is_counted(tx, alice, bob, carol):
    """A number without anything behind it would never go away."""
    for who in (bob, carol):
        await published(tx, who, mentions=(alice,))
    assert await inbox.count_unread(tx, alice.id) == 2
    assert await inbox.count_unread(tx, alice.id, most=1) == 1
    assert await inbox.count_unread(tx, alice.id, Which(from_id=bob.id)) == 1
    assert await inbox.count_unread(tx, alice.id, Which(kinds=["follow"])) == 0
    await mutes_row(tx, alice, bob)
    assert await inbox.count_unread(tx, alice.id) == 1
    await blocks_row(tx, carol, alice)  # what carol wrote cannot be seen any more
    assert await inbox.count_unread(tx, alice.id) == 0


async def test_notifications_page_exactly(tx, alice, bob):
    for _ in range(5):
        await published(tx, bob, mentions=(alice,))
    ids = [row.id for row in await inbox.list_notifications(tx, alice.id, Which(), PAGE)]

    async def read(**page):
        return [
            row.id for row in await inbox.list_notifications(tx, alice.id, Which(), Page(limit=2, **page))
        ]

    assert await read() == ids[:2]
    assert await read(max_id=ids[1]) == ids[2:4]
    assert await read(min_id=ids[-1]) == ids[2:4]
    assert await read(since_id=ids[-1]) == ids[:2]
