"""Emoji reactions: one emoji once, in the order of their first use, told to the author."""

import pytest
from sqlalchemy import bindparam, select

from barbelo.db.statement import statement
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.timelines import notifications
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import ReactionDraft
from barbelo.domain.reactions.react import Emoji, get_emoji, react, reactions_to, unreact
from barbelo.kernel.errors import Invalid
from barbelo.kernel.origin import Origin
from posts import blocks_row, id_of, mutes_row, published

_COUNT = statement(select(statuses.c.reactions_count).where(statuses.c.id == bindparam("id")))
_TOLD = statement(
    select(notifications.c.emoji)
    .where(notifications.c.account_id == bindparam("who"))
    .order_by(notifications.c.id)
)


async def reacted(tx, who, status_id, emoji, url=None):
    by = await get_author(tx, id_of(who))
    await react(tx, ReactionDraft(author=by, origin=Origin.LOCAL, status_id=status_id, emoji=emoji, url=url))


async def seen(tx, status_id, viewer=None, **how):
    return [(one.name, len(one.account_ids)) for one in await reactions_to(tx, [status_id], viewer, **how)]


async def test_the_same_emoji_twice_counts_once_and_another_counts_too(tx, alice, bob, carol):
    status = await published(tx, alice)
    for who, emoji in ((bob, "☕"), (bob, "☕"), (carol, "😀"), (carol, "☕")):
        await reacted(tx, who, status, emoji)
    assert await seen(tx, status) == [("☕", 2), ("😀", 1)]
    assert await tx.value(_COUNT, id=status) == 3
    assert await tx.column(_TOLD, who=alice.id) == ["☕", "😀", "☕"]


async def test_taking_back_is_for_ones_own_and_twice_is_once(tx, alice, bob, carol):
    status = await published(tx, alice)
    await reacted(tx, bob, status, "☕")
    await unreact(tx, carol.id, status, "☕", Origin.LOCAL)
    assert await seen(tx, status) == [("☕", 1)]
    for _ in range(2):
        await unreact(tx, bob.id, status, "☕", Origin.LOCAL)
    assert await seen(tx, status) == []
    assert await tx.value(_COUNT, id=status) == 0
    assert await tx.column(_TOLD, who=alice.id) == []


async def test_those_whom_one_avoids_are_left_out(tx, alice, bob, carol):
    status = await published(tx, alice)
    await reacted(tx, bob, status, "☕")
    await reacted(tx, carol, status, "☕")
    await mutes_row(tx, alice, bob)
    await blocks_row(tx, alice, carol)
    assert await seen(tx, status, alice) == []
    assert await seen(tx, status, alice, with_muted=True) == [("☕", 1)]
    assert await seen(tx, status) == [("☕", 2)]


async def test_nobody_is_told_of_their_own_reaction_or_of_whom_they_avoid(tx, alice, bob):
    status = await published(tx, alice)
    await reacted(tx, alice, status, "☕")
    await mutes_row(tx, alice, bob)
    await reacted(tx, bob, status, "☕")
    assert await tx.column(_TOLD, who=alice.id) == []


async def test_an_emoji_is_one_character_one_of_ours_or_one_that_is_there(tx, alice, bob):
    status = await published(tx, alice)
    ours = {"blobcat": "https://barbelo.test/emoji/p/blobcat.png"}
    assert await get_emoji(tx, "❤", status, ours) == Emoji("❤️", None)
    assert await get_emoji(tx, "👩‍👩‍👧", status, ours) == Emoji("👩‍👩‍👧", None)
    for text in ("blobcat", ":blobcat:"):
        assert await get_emoji(tx, text, status, ours) == Emoji("blobcat", ours["blobcat"])
    for text in ("x", "ab", "☕☕", "fox@remote.test", "", "::"):
        with pytest.raises(Invalid):
            await get_emoji(tx, text, status, ours)
    await reacted(tx, bob, status, "fox@remote.test", "https://remote.test/fox.png")
    assert await get_emoji(tx, ":fox@remote.test:", status, ours) == Emoji(
        "fox@remote.test", "https://remote.test/fox.png"
    )
