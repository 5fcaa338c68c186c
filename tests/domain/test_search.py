"""Statuses and hashtags are found by what is said, and only by those who may see them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select

from barbelo.db.statement import statement
from barbelo.db.tables.search import status_words
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.reactions.like import like
from barbelo.domain.search import full_text
from barbelo.domain.search.indexing import reindex
from barbelo.domain.search.statuses import Question, answer, find_status
from barbelo.domain.search.tags import Which, search_tags
from barbelo.domain.statuses.compose import Limits, Wish, compose, compose_edit
from barbelo.domain.statuses.delete import delete_status
from barbelo.domain.statuses.edit import edit
from barbelo.domain.statuses.marks import bookmark
from barbelo.domain.statuses.polls import PollWish
from barbelo.domain.statuses.publish import publish
from barbelo.domain.statuses.queries import get_unchecked
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import HERE, nobody
from posts import blocks_row, boosted, follows_row, id_of, mutes_row, picture, published, seen_by

PUBLIC, UNLISTED, PRIVATE, DIRECT, LOCAL, LIST = (
    Visibility.PUBLIC,
    Visibility.UNLISTED,
    Visibility.PRIVATE,
    Visibility.DIRECT,
    Visibility.LOCAL,
    Visibility.LIST,
)
LIMITS = Limits(characters=500, media=4)


async def found(tx, text, who=None, page=None, **more):
    question = Question(text=text, viewer=who, **more)
    return await answer(tx, question, HERE, page or Page(limit=20))


async def posted(tx, who, text, **wish):
    return await publish(tx, await compose(tx, who, Wish(text=text, **wish), urls=HERE, limits=LIMITS))


async def test_a_status_is_found_by_its_words_however_they_are_written(tx, alice, bob):
    status = await published(tx, alice, "The Quick brown fox, she/her on example.org")
    await published(tx, alice, "a lazy dog")
    for text in (
        "quick",
        "QUICK fox",
        "fox quick",
        '"quick brown fox"',
        "example.org",
        "she",
        "exam*",
        "brow*",
    ):
        assert await found(tx, text, bob) == [status], text
    for text in ("quick dog", '"brown quick"', "exa", "ick", "quick -fox", "nothing"):
        assert await found(tx, text, bob) == [], text
    assert await found(tx, "fox -dog", bob) == [status]


async def test_scripts_without_spaces_are_searched_too(tx, alice):
    status = await published(tx, alice, "東京都は大きい")
    for text in ("東京", "京都", "東", "い", "大きい"):
        assert await found(tx, text, alice) == [status], text
    assert await found(tx, "京東", alice) == []


async def test_subject_poll_and_descriptions_are_found(tx, alice):
    image = await picture(tx, alice)
    await tx.raw.execute("update media set description = 'a sleeping otter' where id = $1", image)
    status = await posted(tx, alice, "text", spoiler_text="wildlife", media_ids=[image])
    poll = await posted(tx, alice, "which", poll=PollWish(options=["badger", "weasel"], expires_in_s=300))
    assert await found(tx, "otter", alice) == [status]
    assert await found(tx, "wildlife text", alice) == [status]
    assert await found(tx, "weasel", alice) == [poll]


async def test_an_edited_status_is_found_by_its_new_words_alone(tx, alice):
    status = await posted(tx, alice, "before")
    row = await get_unchecked(tx, status)
    await edit(tx, await compose_edit(tx, alice, row, Wish(text="afterwards"), urls=HERE, limits=LIMITS))
    assert await found(tx, "afterwards", alice) == [status]
    assert await found(tx, "before", alice) == []


async def test_what_is_deleted_is_not_found(tx, alice):
    status = await published(tx, alice, "gone soon")
    await delete_status(tx, await get_unchecked(tx, status))
    assert await found(tx, "gone", alice) == []


async def test_boosts_have_no_words_of_their_own(tx, alice, bob):
    status = await published(tx, alice, "original")
    echo = await boosted(tx, bob, status)
    await reindex(tx, echo)
    await reindex(tx, nobody())
    assert await found(tx, "original", alice) == [status]
    has = statement(select(status_words.c.status_id).where(status_words.c.status_id == bindparam("id")))
    assert await tx.value(has, id=echo) is None


@pytest.mark.parametrize(
    "question", ["marker", "from:alice", "from:alice marker", "in:library marker", "-other"]
)
@pytest.mark.parametrize("visibility", Visibility)
async def test_nobody_finds_what_they_may_not_see(tx, alice, bob, carol, question, visibility):
    """Carol follows and is mentioned, bob waits for an answer, nobody is signed in."""
    await follows_row(tx, carol, alice)
    await follows_row(tx, bob, alice, accepted=False)
    status = await published(tx, alice, "marker", visibility=visibility, mentions=(carol,))
    for who in (alice, bob, carol):
        expected = [status] if await seen_by(tx, who, status) else []
        if who is bob and question.startswith("in:library"):
            expected = []  # he has nothing to do with it
        assert await found(tx, question, who) == expected
    for_all = visibility is PUBLIC and not question.startswith("in:library")
    assert await found(tx, question) == ([status] if for_all else [])


async def test_the_blocked_and_muted_are_not_found_and_neither_by_whom_they_block(tx, alice, bob, carol):
    await published(tx, bob, "marker")
    await blocks_row(tx, bob, alice)
    assert await found(tx, "marker", alice) == []
    await mutes_row(tx, carol, bob)
    assert await found(tx, "marker", carol) == []


async def test_statuses_are_found_of_one_author(tx, alice, bob, rosa):
    mine, theirs = await published(tx, alice, "shared word"), await published(tx, rosa, "shared word")
    assert await found(tx, "shared", alice) == [theirs, mine]
    for text in ("from:alice", "from:me", "from:@alice shared", "from:alice@barbelo.test"):
        assert await found(tx, text, alice) == [mine], text
    assert await found(tx, "from:rosa@remote.test", alice) == [theirs]
    for text in ("from:rosa", "from:nobody", "from:!", "shared from:bob"):
        assert await found(tx, text, alice) == [], text
    assert await found(tx, "from:me") == []
    assert await found(tx, "shared", alice, author_id=id_of(rosa)) == [theirs]
    assert await found(tx, "shared from:me", alice, author_id=id_of(rosa)) == []
    assert await found(tx, "shared", alice, author_id=nobody()) == []


async def test_operators_ask_for_what_is_known_of_a_status(tx, alice, bob):
    plain = await posted(tx, bob, "plain @alice #cats")
    image = await posted(tx, bob, "image", media_ids=[await picture(tx, bob)])
    poll = await posted(tx, bob, "poll", poll=PollWish(options=["a", "b"], expires_in_s=300))
    link = await posted(tx, bob, "https://example.org/x", sensitive=True)
    reply = await posted(tx, bob, "answer", in_reply_to_id=plain, language="nl")
    everything = [reply, link, poll, image, plain]
    for text, wanted in {
        "has:media": [image],
        "-has:media": [reply, link, poll, plain],
        "has:poll": [poll],
        "has:link": [link],
        "-has:link": [reply, poll, image, plain],
        "is:reply": [reply],
        "is:sensitive": [link],
        "language:nl": [reply],
        "in:public": everything,
        "has:media has:poll": [],
        "image has:media": [image],
        "image has:poll": [],
    }.items():
        assert await found(tx, text, alice) == wanted, text
        assert await found(tx, f"from:bob {text}", alice) == wanted, text
    assert await found(tx, "is:reply") == [reply]


async def test_days_bound_a_search(tx, alice, rosa):
    days = [datetime(2025, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    first, second, third = [await published(tx, rosa, "daily", at=day) for day in days]
    for text, wanted in {
        "before:2025-03-02": [first],
        "after:2025-03-02": [third],
        "during:2025-03-02": [second],
        "after:2025-03-01 before:2025-03-03": [second],
        "after:2025-03-03": [],
    }.items():
        for question in (f"daily {text}", text, f"from:rosa@remote.test {text}"):
            assert await found(tx, question, alice) == wanted, question


async def test_the_library_is_what_one_has_to_do_with(tx, alice, bob, carol):
    await follows_row(tx, alice, bob)
    own = await published(tx, alice, "word", visibility=DIRECT)
    liked, kept, echoed, named, other = [
        await published(tx, bob, "word", mentions=(alice,) if place == 3 else ()) for place in range(5)
    ]
    draft = LikeDraft(author=await get_author(tx, alice.id), origin=Origin.LOCAL, status_id=liked)
    await like(tx, draft)
    await bookmark(tx, alice.id, await get_unchecked(tx, kept))
    await boosted(tx, alice, echoed)
    library = [named, echoed, kept, liked, own]
    for text in ("in:library", "word in:library"):
        assert await found(tx, text, alice) == library
    assert await found(tx, "word", alice) == [other, *library]
    assert await found(tx, "in:library from:bob", alice) == library[:-1]
    assert await found(tx, "in:library has:media", alice) == []
    assert await found(tx, "word in:library") == []
    assert await found(tx, "word in:public", alice) == [other, named, echoed, kept, liked]


async def test_a_liked_status_stays_private(tx, alice, bob):
    await follows_row(tx, alice, bob)
    secret = await published(tx, bob, "secret", visibility=PRIVATE)
    draft = LikeDraft(author=await get_author(tx, alice.id), origin=Origin.LOCAL, status_id=secret)
    await like(tx, draft)
    assert await found(tx, "secret in:library", alice) == [secret]
    await tx.raw.execute("delete from follows")
    assert await found(tx, "secret in:library", alice) == []


@pytest.mark.parametrize(
    "question", ["word", "from:bob", "from:bob word", "in:library", "is:reply word", "-x"]
)
async def test_pages_walked_are_the_whole(tx, alice, bob, question):
    root = await published(tx, bob, "root")
    ids = [await published(tx, bob, "word", mentions=(alice,), reply_to=root) for _ in range(7)]
    whole = await found(tx, question, alice)
    assert set(ids) <= set(whole)
    down, last = [], None
    while page := await found(tx, question, alice, Page(limit=3, max_id=last)):
        down, last = down + page, page[-1]
    assert down == whole
    up, first = [], ids[0]
    while page := await found(tx, question, alice, Page(limit=2, min_id=first)):
        up, first = page + up, page[0]
    assert up == whole[: len(up)]
    assert len(up) == 6
    skipped = await found(tx, question, alice, Page(limit=3, skip=2))
    assert skipped == whole[2:5]


@pytest.fixture
def narrow(monkeypatch):
    """Only the three newest are walked through, and no word is rare."""
    monkeypatch.setattr(full_text, "NEWEST", 3)
    monkeypatch.setattr(full_text, "RARE", -1)
    full_text._statement.cache_clear()
    yield
    full_text._statement.cache_clear()


async def test_a_word_is_found_among_the_newest_and_below_them(tx, alice, narrow):
    rare = await published(tx, alice, "rare")
    common = [await published(tx, alice, "common") for _ in range(8)][::-1]
    assert await found(tx, "rare", alice) == [rare]
    assert await found(tx, "rare from:me", alice) == [rare]
    assert await found(tx, "common", alice, Page(limit=2)) == common[:2]
    assert await found(tx, "common", alice, Page(limit=5)) == common[:5]
    assert await found(tx, "common", alice, Page(limit=2, max_id=common[1])) == common[2:4]
    assert await found(tx, "common", alice, Page(limit=2, min_id=common[7])) == common[5:7]
    assert await found(tx, "-rare", alice) == common[:3]  # without a word, only the newest are looked at


async def test_what_very_many_say_is_looked_for_among_the_newest_alone(tx, alice, narrow, monkeypatch):
    monkeypatch.setattr(full_text, "MOST_BY_INDEX", -1)
    common = [await published(tx, alice, "common") for _ in range(8)][::-1]
    for question in ("common", "common from:me"):
        assert await found(tx, question, alice, Page(limit=5)) == common[:3]


async def test_postgresql_is_asked_how_many_it_expects(tx, alice):
    for number in range(60):
        await published(tx, alice, "common" if number else "rare")
    await tx.raw.execute("analyze status_words")
    assert await full_text._expected(tx, "'common'") > 50
    assert await full_text._expected(tx, "'rare'") < 10


async def test_a_query_without_anything_finds_nothing(tx, alice):
    await published(tx, alice, "word")
    for text in ("", "   ", "...", '""', "in:all"):
        assert await found(tx, text, alice) == []


@pytest.mark.parametrize("text", ["'", "\\", "a' & 'b", "!!!", "(", ":*", "<->", "'; drop", "a:*b", "🙂"])
async def test_no_query_breaks_out(tx, alice, text):
    await published(tx, alice, f"word {text}")
    assert isinstance(await found(tx, text, alice), list)


async def test_a_status_is_found_by_its_addresses(tx, alice, bob, rosa):
    status = await published(tx, rosa, "remote")
    await tx.raw.execute("update statuses set url = 'https://remote.test/@rosa/1' where id = $1", status)
    row = await get_unchecked(tx, status)
    for address in (row.uri, "https://remote.test/@rosa/1", f"  {row.uri} ", HERE.status(status)):
        assert await find_status(tx, address, None, HERE) == status
    secret = await get_unchecked(tx, await published(tx, alice, visibility=DIRECT))
    for who, wanted in ((alice, secret.id), (bob, None), (None, None)):
        assert await find_status(tx, secret.uri, who, HERE) == wanted
    for text in (
        "",
        "word",
        "https://remote.test/@rosa/2",
        "https://" + "x" * 3000,
        f"{HERE.base}/notice/x!",
    ):
        assert await find_status(tx, text, alice, HERE) is None


async def tags(tx, text, who=None, **which):
    return await search_tags(tx, text, Which(viewer=who.id if who else None, **which))


async def test_tags_are_found_by_their_beginning_the_exact_one_first_then_the_most_used(tx, alice):
    for tag, times in (("cat", 1), ("cats", 3), ("catnip", 2), ("dog", 1)):
        for _ in range(times):
            await published(tx, alice, tags=(tag,))
    assert await tags(tx, "cat", alice) == ["cat", "cats", "catnip"]
    assert await tags(tx, "#CAT", alice) == ["cat", "cats", "catnip"]
    assert await tags(tx, "c", alice) == ["cats", "catnip", "cat"]
    assert await tags(tx, "dog cat", alice) == ["cat", "dog"]
    assert await tags(tx, "cat nip", alice) == ["catnip", "cat"]
    assert await tags(tx, "bird", alice) == []
    assert await search_tags(tx, "cat", Which(viewer=None), limit=1, offset=1) == ["cats"]


@pytest.mark.parametrize("visibility", Visibility)
async def test_only_tags_that_were_used_in_public_are_found(tx, alice, visibility):
    await published(tx, alice, tags=("secret",), visibility=visibility)
    assert await tags(tx, "sec", None) == (["secret"] if visibility is PUBLIC else [])
    assert await tags(tx, "sec", alice) == (["secret"] if visibility in (PUBLIC, LOCAL) else [])
    assert await tags(tx, "secret word", alice) == (["secret"] if visibility in (PUBLIC, LOCAL) else [])


async def test_tags_of_the_suspended_are_gone(tx, alice):
    await published(tx, alice, tags=("gone",))
    await tx.raw.execute("update accounts set suspended_at = now()")
    assert await tags(tx, "gone", alice) == []


async def test_tags_of_those_who_block_the_asker_are_not_found(tx, alice, bob):
    await published(tx, alice, tags=("hers",))
    await blocks_row(tx, alice, bob)
    assert await tags(tx, "her", bob) == []
    assert await tags(tx, "her", alice) == ["hers"]


async def test_guests_may_be_kept_from_local_or_remote_tags(tx, alice, rosa):
    await published(tx, alice, tags=("taghere",))
    await published(tx, rosa, tags=("tagthere",))
    assert await tags(tx, "tag", None) == ["taghere", "tagthere"]
    assert await tags(tx, "tag", None, local=False) == ["tagthere"]
    assert await tags(tx, "tag", None, remote=False) == ["taghere"]
