"""Conversations: who has one, what makes it unread, who gets the answers, and what blocking and deleting do to it."""

import pytest
from sqlalchemy import Uuid, bindparam, select

from barbelo.db.statement import statement
from barbelo.domain.conversations.keep import (
    drop_conversation,
    read_all,
    read_conversation,
    set_recipients,
)
from barbelo.domain.conversations.queries import (
    direct,
    get_conversation,
    get_talk,
    list_conversations,
    said_in,
    unread_of,
)
from barbelo.domain.relations.block import block
from barbelo.domain.relations.mute import mute
from barbelo.domain.statuses.compose import Limits, Wish, compose, compose_edit
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.edit import edit
from barbelo.domain.statuses.marks import mute_thread
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import HERE, nobody
from posts import blocks_row, id_of, mutes_row, published

DIRECT = Visibility.DIRECT
PAGE = Page(limit=20)


UNREAD = statement(select(unread_of(bindparam("owner", type_=Uuid()))))


async def count_unread(tx, account_id):
    return await tx.value(UNREAD, owner=account_id)


async def said(tx, who, *to, **facts):
    return await published(tx, who, "psst", visibility=DIRECT, mentions=to, **facts)


async def conversations(tx, who, **which):
    return await list_conversations(tx, who.id, PAGE, **which)


async def only(tx, who):
    [conversation] = await conversations(tx, who)
    return conversation


async def gone(tx, status_id):
    await delete_status(tx, await get_unchecked(tx, status_id))


async def test_a_direct_message_makes_a_conversation_for_all_of_ours_who_take_part(
    tx, alice, bob, carol, rosa
):
    status = await said(tx, alice, bob, rosa)
    for who in (alice, bob):
        conversation = await only(tx, who)
        assert conversation.last_status_id == status
        assert set(conversation.recipients) == {alice.id, bob.id, rosa}
    assert await conversations(tx, carol) == []


@pytest.mark.parametrize("visibility", [v for v in Visibility if v is not DIRECT])
async def test_only_direct_messages_make_conversations(tx, alice, bob, visibility):
    await published(tx, alice, visibility=visibility, mentions=(bob,))
    assert await conversations(tx, bob) == []
    assert await direct(tx, bob.id, PAGE) == []


async def test_a_message_from_elsewhere_makes_one_too(tx, alice, rosa):
    status = await said(tx, rosa, alice)
    assert (await only(tx, alice)).last_status_id == status


async def test_a_conversation_is_unread_for_all_but_the_author(tx, alice, bob):
    await said(tx, alice, bob)
    assert (await only(tx, alice)).unread is False
    assert (await only(tx, bob)).unread is True
    assert await count_unread(tx, bob.id) == 1


async def test_who_answers_has_read_and_the_other_has_not(tx, alice, bob):
    first = await said(tx, alice, bob)
    answer = await said(tx, bob, alice, reply_to=first)
    assert (await only(tx, bob)).unread is False
    mine = await only(tx, alice)
    assert (mine.unread, mine.last_status_id) == (True, answer)


async def test_recipients_stay_those_of_the_first_message(tx, alice, bob, carol):
    first = await said(tx, alice, bob)
    await said(tx, bob, alice, carol, reply_to=first)
    assert set((await only(tx, alice)).recipients) == {alice.id, bob.id}
    assert set((await only(tx, carol)).recipients) == {alice.id, bob.id, carol.id}


async def test_conversations_are_listed_by_their_last_message_and_paged_by_it(tx, alice, bob):
    first, second = await said(tx, alice, bob), await said(tx, alice, bob)
    third = await said(tx, bob, alice, reply_to=first)
    assert [one.last_status_id for one in await conversations(tx, alice)] == [third, second]
    below = await list_conversations(tx, alice.id, Page(limit=20, max_id=third))
    assert [one.last_status_id for one in below] == [second]
    above = await list_conversations(tx, alice.id, Page(limit=1, min_id=second))
    assert [one.last_status_id for one in above] == [third]


async def test_a_message_that_arrives_late_does_not_become_the_last(tx, alice, rosa):
    newest = await said(tx, rosa, alice)
    earlier = tx.now().replace(year=2025)
    await said(tx, rosa, alice, reply_to=newest, at=earlier)
    assert (await only(tx, alice)).cursor == newest


async def test_conversations_are_found_by_exactly_their_recipients(tx, alice, bob, carol):
    await said(tx, alice, bob)
    await said(tx, alice, bob, carol)
    found = await conversations(tx, alice, recipients=[bob.id])
    assert [set(one.recipients) for one in found] == [{alice.id, bob.id}]
    found = await conversations(tx, alice, recipients=[carol.id, bob.id, alice.id])
    assert [set(one.recipients) for one in found] == [{alice.id, bob.id, carol.id}]
    assert await conversations(tx, alice, recipients=[carol.id]) == []
    assert await conversations(tx, alice, recipients=[]) == []


async def test_reading_one_and_reading_all(tx, alice, bob):
    await said(tx, alice, bob)
    await said(tx, alice, bob)
    newest, oldest = await conversations(tx, bob)
    await read_conversation(tx, bob.id, newest.id)
    assert await read_all(tx, bob.id) == [oldest.id]
    assert await read_all(tx, bob.id) == []
    assert await count_unread(tx, bob.id) == 0


async def test_nobody_touches_the_conversation_of_another(tx, alice, bob):
    await said(tx, alice, bob)
    theirs = (await only(tx, bob)).id
    for deed in (read_conversation, drop_conversation, get_conversation, get_talk):
        with pytest.raises(NotFound, match="Unknown conversation id"):
            await deed(tx, alice.id, theirs)
    with pytest.raises(NotFound):
        await set_recipients(tx, alice.id, theirs, [bob.id])
    assert (await only(tx, bob)).unread is True


async def test_a_dropped_conversation_begins_anew_with_the_next_message(tx, alice, bob, carol):
    first = await said(tx, alice, bob)
    before = await only(tx, bob)
    await drop_conversation(tx, bob.id, before.id)
    assert await conversations(tx, bob) == []
    assert await direct(tx, bob.id, PAGE) == [first]  # the message is still there
    await said(tx, alice, bob, carol, reply_to=first)
    after = await only(tx, bob)
    assert after.id != before.id
    assert set(after.recipients) == {alice.id, bob.id, carol.id}


async def test_the_message_before_is_the_last_when_the_last_is_deleted(tx, alice, bob):
    first = await said(tx, alice, bob)
    last = await said(tx, bob, alice, reply_to=first)
    await gone(tx, last)
    for who in (alice, bob):
        conversation = await only(tx, who)
        assert conversation.last_status_id == first
    assert (await only(tx, alice)).unread is False  # it was her own word
    await gone(tx, first)
    assert await conversations(tx, alice) == []
    assert await conversations(tx, bob) == []


async def test_deleting_an_older_message_changes_nothing(tx, alice, bob):
    first = await said(tx, alice, bob)
    last = await said(tx, bob, alice, reply_to=first)
    await gone(tx, first)
    assert (await only(tx, alice)).last_status_id == last


async def test_whoever_is_blocked_begins_no_conversation(tx, alice, bob, mallory):
    await blocks_row(tx, bob, mallory)
    await said(tx, mallory, bob)
    assert await conversations(tx, bob) == []
    assert await count_unread(tx, bob.id) == 0
    assert await direct(tx, bob.id, PAGE) == []


async def test_whoever_blocks_the_addressee_is_not_read_by_them(tx, alice, bob):
    await blocks_row(tx, alice, bob)
    await said(tx, alice, bob)
    assert await conversations(tx, bob) == []
    assert await direct(tx, bob.id, PAGE) == []


async def test_a_block_takes_their_words_out_of_sight_and_off_the_count(tx, alice, bob):
    first = await said(tx, alice, bob)
    await said(tx, bob, alice, reply_to=first)
    await block(tx, alice.id, bob.id, Origin.LOCAL)
    assert await count_unread(tx, alice.id) == 0
    conversation = await only(tx, alice)
    assert conversation.last_status_id == first
    assert await said_in(tx, alice.id, conversation.thread_id, PAGE) == [first]


async def test_what_muted_people_say_does_not_wait_to_be_read(tx, alice, bob):
    await mutes_row(tx, bob, alice)
    message = await said(tx, alice, bob)
    assert await count_unread(tx, bob.id) == 0
    assert await conversations(tx, bob) == []
    assert await direct(tx, bob.id, PAGE) == []
    assert await direct(tx, bob.id, PAGE, with_muted=True) == [message]


async def test_muting_somebody_takes_what_they_said_last_off_the_count(tx, alice, bob, carol):
    await said(tx, alice, bob)
    await said(tx, carol, bob)
    assert await count_unread(tx, bob.id) == 2
    await mute(tx, bob.id, alice.id)
    assert await count_unread(tx, bob.id) == 1
    assert (await only(tx, bob)).unread is True  # carol's


async def test_a_muted_thread_stays_listed_and_stays_read(tx, alice, bob):
    first = await said(tx, alice, bob)
    conversation = await only(tx, bob)
    await read_conversation(tx, bob.id, conversation.id)
    await mute_thread(tx, bob.id, conversation.thread_id)
    answer = await said(tx, alice, bob, reply_to=first)
    conversation = await only(tx, bob)
    assert (conversation.last_status_id, conversation.unread) == (answer, False)


async def test_recipients_are_replaced_and_the_owner_is_always_among_them(tx, alice, bob, carol):
    await said(tx, alice, bob)
    conversation = await only(tx, alice)
    await set_recipients(tx, alice.id, conversation.id, [carol.id, nobody()])
    assert set((await only(tx, alice)).recipients) == {alice.id, carol.id}
    assert set((await only(tx, bob)).recipients) == {alice.id, bob.id}  # each has their own
    await set_recipients(tx, alice.id, conversation.id, [])
    assert (await only(tx, alice)).recipients == [alice.id]
    with pytest.raises(Invalid):
        await set_recipients(tx, alice.id, conversation.id, [nobody()] * 101)


async def continued(tx, who, text="more", **wish):
    talk = await get_talk(tx, who.id, (await only(tx, who)).id)
    draft = await compose(
        tx, who, Wish(text=text, talk=talk, **wish), urls=HERE, limits=Limits(characters=500, media=4)
    )
    return await publish(tx, draft)


async def test_an_answer_to_a_conversation_is_direct_and_reaches_its_recipients_alone(
    tx, alice, bob, carol, rosa
):
    await said(tx, alice, bob, rosa)
    before = await only(tx, alice)
    answer = await continued(tx, alice, "more, not for @carol")
    assert (await get_unchecked(tx, answer)).visibility is DIRECT
    after = await only(tx, alice)
    assert (after.id, after.last_status_id) == (before.id, answer)
    assert (await only(tx, bob)).last_status_id == answer
    assert await conversations(tx, carol) == []


async def test_a_conversation_is_not_continued_in_public(tx, alice, bob):
    await said(tx, alice, bob)
    with pytest.raises(Invalid, match="The message visibility must be direct"):
        await continued(tx, alice, visibility=Visibility.UNLISTED)


async def test_an_answer_within_a_conversation_stays_in_its_thread(tx, alice, bob):
    elsewhere = await published(tx, bob)
    first = await said(tx, alice, bob)
    answer = await get_unchecked(tx, await continued(tx, alice, in_reply_to_id=elsewhere))
    assert answer.in_reply_to_id == elsewhere
    assert answer.thread_id == (await get_unchecked(tx, first)).thread_id


async def test_a_conversation_shows_its_direct_messages_and_not_the_public_thread_around(tx, alice, bob):
    public = await published(tx, alice)
    first = await said(tx, bob, alice, reply_to=public)
    await published(tx, alice, reply_to=first)
    second = await said(tx, alice, bob, reply_to=first)
    conversation = await only(tx, alice)
    assert await said_in(tx, alice.id, conversation.thread_id, PAGE) == [second, first]
    assert await said_in(tx, alice.id, conversation.thread_id, Page(limit=1, max_id=second)) == [first]


async def test_one_sees_only_those_messages_of_a_thread_that_are_for_oneself(tx, alice, bob, carol):
    first = await said(tx, alice, bob, carol)
    aside = await said(tx, alice, bob, reply_to=first)
    conversation = await only(tx, carol)
    assert conversation.last_status_id == first
    assert await said_in(tx, carol.id, conversation.thread_id, PAGE) == [first]
    assert await direct(tx, carol.id, PAGE) == [first]
    assert await direct(tx, bob.id, PAGE) == [aside, first]


async def test_who_is_named_by_an_edit_takes_part_from_then_on(tx, alice, bob, carol):
    status = await said(tx, alice, bob)
    await read_conversation(tx, bob.id, (await only(tx, bob)).id)
    wish, limits = Wish(text="psst @bob @carol"), Limits(characters=500, media=4)
    row = await get_unchecked(tx, status)
    await edit(tx, await compose_edit(tx, alice, row, wish, urls=HERE, limits=limits))
    new = await only(tx, carol)
    assert (new.last_status_id, new.unread) == (status, True)
    assert (await only(tx, bob)).unread is False
    assert await direct(tx, carol.id, PAGE) == [status]


async def test_all_direct_messages_are_paged_by_their_ids(tx, alice, bob):
    ids = [await said(tx, who, to) for who, to in ((alice, bob), (bob, alice), (alice, bob))][::-1]
    for who in (alice, bob):
        assert await direct(tx, id_of(who), PAGE) == ids
    assert await direct(tx, alice.id, Page(limit=2, max_id=ids[0])) == ids[1:]
    assert await direct(tx, alice.id, Page(limit=1, min_id=ids[2])) == [ids[1]]
