"""What people do with a status: favourite, boost, bookmark, pin, mute."""

import pytest

from api.shapes import check
from posts import follows_row
from refusals import refused, refused_field, serves_only_people, told

STATUSES = "/api/v1/statuses"
SCOPES = {
    "favourite": "write:favourites",
    "unfavourite": "write:favourites",
    "reblog": "write:statuses",
    "unreblog": "write:statuses",
    "bookmark": "write:bookmarks",
    "unbookmark": "write:bookmarks",
    "pin": "write:accounts",
    "unpin": "write:accounts",
    "mute": "write:mutes",
    "unmute": "write:mutes",
}
DEEDS = list(SCOPES)


@pytest.fixture
async def status(api, alice):
    return await api.post(STATUSES, as_=alice, status="x")


def path_of(status, deed=""):
    return f"{STATUSES}/{status['id']}/{deed}" if deed else f"{STATUSES}/{status['id']}"


async def does(api, who, deed, status, **wish):
    return await api.post(path_of(status, deed), as_=who, **wish)


@pytest.mark.parametrize("deed", DEEDS)
async def test_only_people_with_the_scope_may(api, alice, status, deed):
    await serves_only_people(api, alice, "POST", path_of(status, deed), SCOPES[deed])
    narrow = await api.token(alice, SCOPES[deed])
    assert await api.status_of("POST", path_of(status, deed), as_=narrow) == 200


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("status_id", ["9hptFmVJ02khbzYJaS", "nonsense", "%00", "0"])
async def test_nothing_is_done_with_what_is_not_there(api, alice, deed, status_id):
    answer = await told(api, alice, "POST", f"{STATUSES}/{status_id}/{deed}")
    refused(answer, 404, "Record not found")


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_is_done_with_what_one_may_not_see(api, alice, carol, deed):
    secret = await api.post(STATUSES, as_=alice, status="x", visibility="private")
    refused(await told(api, carol, "POST", path_of(secret, deed)), 404, "Record not found")


@pytest.mark.parametrize("deed", DEEDS)
async def test_undoing_what_was_not_done_and_doing_it_twice_are_no_errors(api, alice, status, deed):
    for _ in range(2):
        check(await does(api, alice, deed, status), "Status")


@pytest.mark.parametrize(
    ("deed", "undoing", "mark", "count"),
    [
        ("favourite", "unfavourite", "favourited", "favourites_count"),
        ("reblog", "unreblog", "reblogged", "reblogs_count"),
        ("bookmark", "unbookmark", "bookmarked", None),
        ("mute", "unmute", "muted", None),
    ],
)
async def test_a_deed_shows_to_who_did_it_and_is_counted_once(
    api, alice, carol, status, deed, undoing, mark, count
):
    for _ in range(2):
        shown = await does(api, carol, deed, status)
        check(shown, "Status")
        assert shown[mark] is True
    seen = await api.get(path_of(status), as_=carol)
    assert (seen[mark], seen[count] if count else 1) == (True, 1)
    assert (await api.get(path_of(status), as_=alice))[mark] is False
    assert (await api.get(path_of(status)))[mark] is False
    for _ in range(2):
        shown = await does(api, carol, undoing, status)
        assert shown["id"] == status["id"]
        assert (shown[mark], shown[count] if count else 0) == (False, 0)


async def test_a_favourite_and_a_boost_are_told_to_the_author_until_undone(api, alice, carol, status):
    await does(api, carol, "favourite", status)
    echo = await does(api, carol, "reblog", status)
    notes = await api.get("/api/v1/notifications", as_=alice)
    assert [(note["type"], note["account"]["acct"]) for note in notes] == [
        ("reblog", "carol"),
        ("favourite", "carol"),
    ]
    assert {note["status"]["id"] for note in notes} == {status["id"]}
    assert echo["id"] != status["id"]
    await does(api, carol, "unfavourite", status)
    await does(api, carol, "unreblog", status)
    assert await api.get("/api/v1/notifications", as_=alice) == []


async def test_a_boost_wraps_what_it_boosts(api, alice, carol, status):
    echo = await does(api, carol, "reblog", status)
    check(echo, "Status")
    assert echo["account"]["acct"] == "carol"
    assert echo["reblog"]["id"] == status["id"]
    assert echo["reblog"]["account"]["acct"] == "alice"
    assert echo["content"] == status["content"]
    assert (echo["favourites_count"], echo["reblogs_count"], echo["replies_count"]) == (0, 0, 0)
    assert echo["reblog"]["reblogged"] is True
    assert set(echo["pleroma"]) == {"local", "pinned_at", "bookmark_folder"}
    assert await does(api, carol, "reblog", status) == echo
    assert [one["id"] for one in await api.get("/api/v1/accounts/carol/statuses")] == [echo["id"]]


@pytest.mark.parametrize("deed", ["favourite", "bookmark", "reblog", "mute"])
async def test_what_is_done_with_a_boost_is_done_with_what_it_boosts(api, alice, carol, status, deed):
    echo = await does(api, carol, "reblog", status)
    shown = await does(api, alice, deed, echo)
    assert (shown["reblog"] or shown)["id"] == status["id"]


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        (None, "public"),
        ("", "public"),
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("private", "private"),
    ],
)
async def test_a_boost_is_as_visible_as_wished(api, carol, status, wished, given):
    echo = await does(api, carol, "reblog", status, visibility=wished)
    assert echo["visibility"] == given


@pytest.mark.parametrize("wished", ["direct", "list", "everybody", {}])
async def test_a_boost_is_never_direct(api, carol, status, wished):
    refused_field(await told(api, carol, "POST", path_of(status, "reblog"), visibility=wished), "visibility")


async def test_ones_own_private_post_is_boosted_to_followers_only_and_nobody_elses(api, alice, carol):
    secret = await api.post(STATUSES, as_=alice, status="x", visibility="private")
    assert (await does(api, alice, "reblog", secret, visibility="public"))["visibility"] == "private"
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, alice)
    assert await api.status_of("GET", path_of(secret), as_=carol) == 200
    refused(await told(api, carol, "POST", path_of(secret, "reblog")), 404, "Record not found")


@pytest.mark.parametrize("person", ["alice", "carol"])
async def test_direct_messages_are_not_boosted(api, alice, carol, person):
    who = {"alice": alice, "carol": carol}[person]
    message = await api.post(STATUSES, as_=alice, status="@carol psst", visibility="direct")
    refused(await told(api, who, "POST", path_of(message, "reblog")), 404, "Record not found")


async def test_a_pinned_status_stands_on_the_profile(api, alice, carol, status):
    shown = await does(api, alice, "pin", status)
    assert shown["pinned"] is True
    assert shown["pleroma"]["pinned_at"]
    pinned = await api.get("/api/v1/accounts/alice/statuses", pinned=True)
    assert [one["id"] for one in pinned] == [status["id"]]
    assert (await does(api, alice, "unpin", status))["pinned"] is False
    assert await api.get("/api/v1/accounts/alice/statuses", pinned=True) == []


async def test_five_statuses_can_be_pinned_and_a_pinned_one_again(api, alice, status):
    five = [status, *[await api.post(STATUSES, as_=alice, status=str(number)) for number in range(4)]]
    for one in five:
        await does(api, alice, "pin", one)
    await does(api, alice, "pin", status)
    sixth = await api.post(STATUSES, as_=alice, status="one too many")
    answer = await told(api, alice, "POST", path_of(sixth, "pin"))
    refused(answer, 422, "You have already pinned the maximum number of statuses")
    await does(api, alice, "unpin", status)
    await does(api, alice, "pin", sixth)


async def test_only_ones_own_open_statuses_are_pinned(api, alice, carol, status):
    words = "Someone else's status cannot be pinned"
    refused(await told(api, carol, "POST", path_of(status, "pin")), 422, words)
    message = await api.post(STATUSES, as_=alice, status="@carol psst", visibility="direct")
    words = "Non-public status cannot be pinned"
    refused(await told(api, alice, "POST", path_of(message, "pin")), 422, words)
    words = "Someone else's status cannot be unpinned"
    refused(await told(api, carol, "POST", path_of(status, "unpin")), 403, words)


async def test_of_a_muted_thread_nothing_more_is_told(api, alice, carol, status):
    await does(api, alice, "mute", status)
    await api.post(STATUSES, as_=carol, status="@alice hey", in_reply_to_id=status["id"])
    assert await api.get("/api/v1/notifications", as_=alice) == []
    shown = await api.get(path_of(status), as_=alice)
    assert (shown["muted"], shown["pleroma"]["thread_muted"]) == (True, True)
    await does(api, alice, "unmute", status)
    await api.post(STATUSES, as_=carol, status="@alice hey", in_reply_to_id=status["id"])
    assert await api.get("/api/v1/notifications", as_=alice)


@pytest.mark.parametrize("name", ["expires_in", "duration"])
async def test_a_thread_is_muted_for_a_while(api, alice, status, name):
    assert (await does(api, alice, "mute", status, **{name: 3600}))["muted"] is True
    for wrong in (-1, 10**15, "soon", [{}]):
        refused_field(await told(api, alice, "POST", path_of(status, "mute"), **{name: wrong}), name)
    await api.database.pool.execute("update thread_mutes set expires_at = now() - interval '1 second'")
    assert (await api.get(path_of(status), as_=alice))["muted"] is False


async def test_wishes_come_by_query_and_form_too(api, carol, status):
    for call in ({"params": {"visibility": "unlisted"}}, {"data": {"visibility": "unlisted"}}):
        answer = await api.call("POST", path_of(status, "reblog"), as_=carol, **call)
        assert answer.json()["visibility"] == "unlisted"
        await does(api, carol, "unreblog", status)
