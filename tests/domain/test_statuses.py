"""Publishing, answering, boosting, liking, pinning and deleting: rows, counters and what follows."""

import pytest
from sqlalchemy import bindparam, select, update

from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import media, statuses, tombstones
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.media.attachments import UNATTACHED_FOR, drop_unattached
from barbelo.domain.reactions.like import LIKED, LIKERS_FOR, like, unlike
from barbelo.domain.statuses import marks
from barbelo.domain.statuses.boost import unboost
from barbelo.domain.statuses.compose import Limits, Wish, compose
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import context, get_own, get_unchecked, get_visible, list_visible
from barbelo.kernel.errors import Conflict, Invalid, NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import HERE, nobody
from posts import blocks_row, boosted, follows_row, picture, published

PUBLIC, PRIVATE, DIRECT, LOCAL = Visibility.PUBLIC, Visibility.PRIVATE, Visibility.DIRECT, Visibility.LOCAL
LIMITS = Limits(characters=500, media=4)

_ACCOUNT = statement(
    select(accounts.c.statuses_count, accounts.c.last_status_at).where(accounts.c.id == bindparam("id"))
)
_COUNTS = statement(
    select(statuses.c.replies_count, statuses.c.boosts_count, statuses.c.likes_count).where(
        statuses.c.id == bindparam("id")
    )
)


async def counts(tx, status_id):
    """Replies, boosts, likes."""
    return tuple((await tx._fetch(_COUNTS, {"id": status_id}))[0])


async def statuses_count(tx, who):
    return await tx.value(_ACCOUNT, id=who.id)


async def drafted(tx, who, text="hello", **wish):
    return await compose(tx, who, Wish(text=text, **wish), urls=HERE, limits=LIMITS)


async def posted(tx, who, text="hello", **wish):
    return await publish(tx, await drafted(tx, who, text, **wish))


async def likes(tx, who, status_id):
    by = await get_author(tx, who.id)
    await like(tx, LikeDraft(author=by, origin=Origin.LOCAL, status_id=status_id))


async def test_a_published_status_is_counted_and_dated(tx, alice):
    await published(tx, alice)
    assert await statuses_count(tx, alice) == 1


async def test_direct_messages_are_not_counted(tx, alice, bob):
    await published(tx, alice, visibility=DIRECT, mentions=(bob,))
    assert await statuses_count(tx, alice) == 0


async def test_a_public_number_does_not_tell_of_private_answers(tx, alice, bob):
    status = await published(tx, alice)
    await published(tx, bob, reply_to=status)
    await published(tx, bob, reply_to=status, visibility=PRIVATE)
    assert await counts(tx, status) == (1, 0, 0)


async def test_deleting_an_answer_uncounts_it_only_when_it_was_counted(tx, alice, bob):
    status = await published(tx, alice)
    public = await published(tx, bob, reply_to=status)
    private = await published(tx, bob, reply_to=status, visibility=PRIVATE)
    await delete_status(tx, await get_unchecked(tx, private))
    assert await counts(tx, status) == (1, 0, 0)
    await delete_status(tx, await get_unchecked(tx, public))
    assert await counts(tx, status) == (0, 0, 0)


async def test_deleting_leaves_a_tombstone_and_nothing_else(tx, alice, bob):
    status = await published(tx, alice)
    echo = await boosted(tx, bob, status)
    row = await get_unchecked(tx, status)
    await delete_status(tx, row)
    await delete_status(tx, row)  # twice is once
    for gone in (status, echo):
        with pytest.raises(NotFound):
            await get_unchecked(tx, gone)
    buried = statement(select(tombstones.c.uri).where(tombstones.c.uri == bindparam("uri")))
    assert await tx.column(buried, uri=row.uri) == [row.uri]
    assert await statuses_count(tx, alice) == 0
    assert await statuses_count(tx, bob) == 0  # the boost went with the original


async def test_deleting_gives_back_the_source_and_keeps_the_media_for_writing_it_anew(tx, alice):
    picture_id = await picture(tx, alice)
    status = await posted(tx, alice, "look *here*", media_ids=[picture_id])
    assert await delete_status(tx, await get_unchecked(tx, status)) == "look *here*"
    again = await posted(tx, alice, "look there", media_ids=[picture_id])
    assert await get_visible(tx, again, alice)


async def test_media_of_an_old_status_stay_a_day_after_it_was_deleted(tx, alice):
    picture_id = await picture(tx, alice)
    status = await posted(tx, alice, media_ids=[picture_id])
    long_ago = statement(update(media).values(created_at=tx.now() - UNATTACHED_FOR * 30))
    await tx.execute(long_ago)
    assert await drop_unattached(tx) == 0  # it is in use
    await delete_status(tx, await get_unchecked(tx, status))
    assert await drop_unattached(tx) == 0
    await tx.execute(long_ago)
    assert await drop_unattached(tx) == 1


async def test_media_can_be_deleted_with_the_status(tx, alice):
    picture_id = await picture(tx, alice)
    status = await posted(tx, alice, media_ids=[picture_id])
    await delete_status(tx, await get_unchecked(tx, status), with_media=True)
    assert (
        await tx.column(statement(select(media.c.id).where(media.c.id == bindparam("id"))), id=picture_id)
        == []
    )


async def test_media_of_others_or_of_another_status_cannot_be_attached(tx, alice, bob):
    theirs = await picture(tx, bob)
    with pytest.raises(Invalid):
        async with tx.savepoint():
            await posted(tx, alice, media_ids=[theirs])
    await posted(tx, bob, media_ids=[theirs])
    with pytest.raises(Invalid):
        async with tx.savepoint():
            await posted(tx, bob, media_ids=[theirs])


async def test_boosting_twice_is_boosting_once(tx, alice, bob):
    status = await published(tx, alice)
    first = await boosted(tx, bob, status)
    assert await boosted(tx, bob, status) == first
    assert await counts(tx, status) == (0, 1, 0)
    await unboost(tx, bob.id, status)
    await unboost(tx, bob.id, status)
    assert await counts(tx, status) == (0, 0, 0)
    assert await statuses_count(tx, bob) == 0


async def test_liking_twice_is_liking_once(tx, alice, bob):
    status = await published(tx, alice)
    await likes(tx, bob, status)
    await likes(tx, bob, status)
    assert await counts(tx, status) == (0, 0, 1)
    who = await tx.page(LIKERS_FOR, Page(limit=10), status=status, viewer=alice.id)
    assert [liker.account_id for liker in who] == [bob.id]
    await unlike(tx, bob.id, status, Origin.LOCAL)
    await unlike(tx, bob.id, status, Origin.LOCAL)
    assert await counts(tx, status) == (0, 0, 0)


async def test_favourites_list_only_what_may_still_be_seen(tx, alice, bob):
    await follows_row(tx, bob, alice)
    seen = await published(tx, alice)
    secret = await published(tx, alice, visibility=PRIVATE)
    await likes(tx, bob, seen)
    await likes(tx, bob, secret)
    listed = [row.status_id for row in await tx.page(LIKED, Page(limit=10), viewer=bob.id)]
    assert listed == [secret, seen]
    await blocks_row(tx, alice, bob)
    assert await tx.page(LIKED, Page(limit=10), viewer=bob.id) == []


async def test_no_more_statuses_are_pinned_than_allowed(tx, alice):
    first, second = [await get_unchecked(tx, await published(tx, alice)) for _ in range(2)]
    await marks.pin(tx, alice, first, most=1)
    await marks.pin(tx, alice, first, most=1)  # again changes nothing
    with pytest.raises(Invalid):
        await marks.pin(tx, alice, second, most=1)
    await marks.unpin(tx, alice, first)
    await marks.pin(tx, alice, second, most=1)


async def test_only_ones_own_open_statuses_are_pinned(tx, alice, bob):
    theirs = await get_unchecked(tx, await published(tx, alice))
    direct = await get_unchecked(tx, await published(tx, bob, visibility=DIRECT))
    for status in (theirs, direct):
        with pytest.raises(Invalid):
            await marks.pin(tx, bob, status, most=5)


async def test_what_one_may_not_see_is_not_found(tx, alice, bob):
    secret = await published(tx, alice, visibility=PRIVATE)
    for status_id in (secret, nobody()):
        with pytest.raises(NotFound):
            await get_visible(tx, status_id, bob)
    with pytest.raises(NotFound):
        await get_own(tx, await published(tx, alice), bob)


async def test_several_statuses_come_in_the_order_asked_without_what_is_hidden(tx, alice, bob):
    first, second = await published(tx, alice), await published(tx, alice)
    secret = await published(tx, alice, visibility=PRIVATE)
    assert await list_visible(tx, [second, secret, nobody(), first], bob) == [second, first]
    assert await list_visible(tx, [second, secret, first], None) == [second, first]


async def test_a_thread_is_shown_as_a_tree_without_what_is_hidden(tx, alice, bob, carol):
    root = await published(tx, alice, "root")
    left = await published(tx, bob, "left", reply_to=root)
    right = await published(tx, carol, "right", reply_to=root)
    hidden = await published(tx, bob, "hidden", reply_to=left, visibility=PRIVATE)
    below = await published(tx, carol, "below the hidden", reply_to=hidden)
    leaf = await published(tx, alice, "leaf", reply_to=left)
    seen = await context(tx, root, carol)
    assert (seen.ancestors, seen.descendants) == ([], [left, below, leaf, right])
    above = await context(tx, below, carol)
    assert (above.ancestors, above.descendants) == ([root, left], [])
    assert (await context(tx, leaf, None)).ancestors == [root, left]


async def test_answers_join_the_thread(tx, alice, bob):
    root = await published(tx, alice)
    answer = await published(tx, bob, reply_to=root)
    assert (await get_unchecked(tx, answer)).thread_id == (await get_unchecked(tx, root)).thread_id


async def test_mentions_and_tags_are_found_in_the_text(tx, alice, bob, rosa):
    draft = await drafted(tx, alice, "hi @bob and @Rosa@Remote.test, not @nobody #Cats #cats")
    assert set(draft.mentions) == {bob.id, rosa}
    assert draft.tags == ["cats"]
    assert "@nobody" in draft.content
    assert f'href="{HERE.profile("bob")}"' in draft.content


async def test_an_answer_speaks_to_the_author_of_what_is_answered(tx, alice, bob):
    status = await published(tx, alice)
    assert (await drafted(tx, bob, "yes", in_reply_to_id=status)).mentions == [alice.id]
    assert (await drafted(tx, alice, "yes", in_reply_to_id=status)).mentions == []


async def test_an_answer_to_a_direct_message_is_direct(tx, alice, bob):
    status = await published(tx, alice, visibility=DIRECT, mentions=(bob,))
    draft = await drafted(tx, bob, "yes", in_reply_to_id=status, visibility=PUBLIC)
    assert (draft.visibility, draft.mentions) == (DIRECT, [alice.id])


async def test_a_direct_message_about_a_public_post_goes_only_to_those_named(tx, alice, bob, carol):
    status = await published(tx, alice)
    draft = await drafted(tx, bob, "psst @carol", in_reply_to_id=status, visibility=DIRECT)
    assert draft.mentions == [carol.id]


async def test_an_answer_to_what_stays_here_stays_here(tx, alice, bob):
    status = await published(tx, alice, visibility=LOCAL)
    assert (await drafted(tx, bob, "yes", in_reply_to_id=status)).visibility is LOCAL


async def test_explicit_addressing_overrules_the_text(tx, alice, bob, carol):
    draft = await drafted(tx, alice, "about @bob", to=["carol"])
    assert draft.mentions == [carol.id]


async def test_where_so_set_a_direct_message_goes_only_to_those_with_whom_it_opens(tx, alice, bob, carol):
    careful = Limits(characters=500, media=4, safe_dm_mentions=True)

    async def heard_by(text, **wish):
        draft = await compose(tx, alice, Wish(text=text, **wish), urls=HERE, limits=careful)
        return draft.mentions

    assert await heard_by("@bob what of @carol?", visibility=DIRECT) == [bob.id]
    assert await heard_by("@bob @carol hello", visibility=DIRECT) == [bob.id, carol.id]
    assert await heard_by("@bob what of @carol?", visibility=PRIVATE) == [bob.id, carol.id]
    assert await heard_by("@bob what?", visibility=DIRECT, to=["carol"]) == [carol.id]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"text": "  "}, "Cannot post an empty status without attachments"),
        ({"text": "a" * 501}, "The status is over the character limit"),
        ({"text": "a" * 300, "spoiler_text": "b" * 201}, "The status is over the character limit"),
        ({"text": "x", "media_ids": [1, 2, 3, 4, 5]}, "Too many attachments"),
        ({"text": "x", "in_reply_to_id": nobody()}, "Cannot reply to a deleted status"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told_so(tx, alice, wish, words):
    with pytest.raises(Invalid, match=words):
        await drafted(tx, alice, **wish)


async def test_a_status_that_is_known_is_not_published_twice(tx, alice):
    draft = await drafted(tx, alice)
    await publish(tx, draft)
    with pytest.raises(Conflict):
        await publish(tx, draft)
