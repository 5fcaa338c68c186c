"""Folders for bookmarks. Source: reference/pleroma 2.9, 3.5, 4.16."""

import anyio
import pytest

from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import emojis
from barbelo.domain.events import EmojisChanged
from refusals import refused, refused_field, serves_only_people, told

FOLDERS, BOOKMARKS, STATUSES = "/api/v1/pleroma/bookmark_folders", "/api/v1/bookmarks", "/api/v1/statuses"
NOBODYS = "9hptFmVJ02khbzYJaS"


async def changed(api, who, folder_id, **json):
    answer = await api.call("PATCH", f"{FOLDERS}/{folder_id}", as_=who, json=json)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def bookmarked(api, who, **more):
    status = await api.post(STATUSES, as_=who, status="x")
    return await api.post(f"{STATUSES}/{status['id']}/bookmark", as_=who, **more)


async def listed(api, who, **query):
    return [one["id"] for one in await api.get(BOOKMARKS, as_=who, **query)]


@pytest.mark.parametrize("prefix", [FOLDERS, "/api/pleroma/bookmark_folders"])
async def test_folders_are_made_listed_changed_and_dropped(api, alice, prefix):
    made = await api.post(prefix, as_=alice, name="Read later", emoji="📚")
    assert made == {"id": made["id"], "name": "Read later", "emoji": "📚", "emoji_url": None}
    plain = await api.post(prefix, as_=alice, name="Other")
    assert (plain["emoji"], plain["emoji_url"]) == (None, None)
    assert await api.get(prefix, as_=alice) == [made, plain]
    after = await changed(api, alice, made["id"], name="Read")
    assert after == {**made, "name": "Read"}
    assert await changed(api, alice, made["id"], name="Read", emoji="⭐") == {**after, "emoji": "⭐"}
    assert await changed(api, alice, made["id"]) == {**after, "emoji": "⭐"}
    assert await changed(api, alice, made["id"], emoji=None) == {**after, "emoji": None}
    assert await api.delete(f"{prefix}/{made['id']}", as_=alice) == {**after, "emoji": None}
    assert await api.get(prefix, as_=alice) == [plain]


@pytest.mark.parametrize("emoji", ["cat", ":cat:"])
async def test_a_custom_emoji_comes_with_its_picture(api, alice, emoji):
    add = statement(adding(emojis, "shortcode path"))
    async with api.database.transaction() as tx:
        await tx.execute(add, shortcode="cat", path="pack/cat.png")
        await tx.emit(EmojisChanged())
    folder = await api.post(FOLDERS, as_=alice, name="Cats", emoji=emoji)
    assert folder["emoji"] == ":cat:"
    shown = folder
    for _ in range(250):  # processes read their emoji anew when they hear of it
        [shown] = await api.get(FOLDERS, as_=alice)
        if shown["emoji_url"]:
            break
        await anyio.sleep(0.02)
    assert shown == {**folder, "emoji_url": "https://barbelo.test/emoji/pack/cat.png"}


@pytest.mark.parametrize(
    ("wish", "field", "words"),
    [
        ({}, "name", "can't be blank"),
        ({"name": ""}, "name", "can't be blank"),
        ({"name": "  "}, "name", "can't be blank"),
        ({"name": "a" * 256}, "name", "should be at most 255 character(s)"),
        ({"name": "taken"}, "name", "has already been taken"),
        ({"name": "x", "emoji": "no emoji"}, "emoji", "Invalid emoji"),
        ({"name": "x", "emoji": ":nobody:"}, "emoji", "Invalid emoji"),
    ],
)
async def test_what_is_no_folder_is_told_so(api, alice, carol, wish, field, words):
    await api.post(FOLDERS, as_=alice, name="taken")
    await api.post(FOLDERS, as_=carol, name="x")  # another's names are free
    answer = await told(api, alice, "POST", FOLDERS, **wish)
    refused_field(answer, field)
    assert answer.json()["error"] == words
    other = await api.post(FOLDERS, as_=alice, name="other")
    if "name" in wish:
        refused_field(await told(api, alice, "PATCH", f"{FOLDERS}/{other['id']}", **wish), field)
    assert [one["name"] for one in await api.get(FOLDERS, as_=alice)] == ["taken", "other"]


async def test_a_folder_keeps_its_own_name(api, alice):
    folder = await api.post(FOLDERS, as_=alice, name="mine")
    assert (await changed(api, alice, folder["id"], name="mine", emoji="⭐"))["emoji"] == "⭐"


@pytest.mark.parametrize("folder_id", [NOBODYS, "nonsense!", "0"])
async def test_another_s_folder_is_refused_like_one_that_is_not_there(api, alice, carol, folder_id):
    theirs = await api.post(FOLDERS, as_=carol, name="theirs")
    for name in (folder_id, theirs["id"]):
        for method in ("PATCH", "DELETE"):
            answer = await told(api, alice, method, f"{FOLDERS}/{name}", name="mine now")
            refused(answer, 403, "Access denied")
    assert await api.get(FOLDERS, as_=carol) == [theirs]


async def test_there_is_an_end_to_folders(api, alice, monkeypatch):
    monkeypatch.setattr("barbelo.domain.statuses.folders.MOST_FOLDERS", 2)
    for name in ("a", "b"):
        await api.post(FOLDERS, as_=alice, name=name)
    refused(await told(api, alice, "POST", FOLDERS, name="c"), 422)


async def test_a_bookmark_goes_into_a_folder_and_is_moved(api, alice):
    one, two = [await api.post(FOLDERS, as_=alice, name=name) for name in ("one", "two")]
    status = await bookmarked(api, alice, folder_id=one["id"])
    assert status["pleroma"]["bookmark_folder"] == one["id"]
    path = f"{STATUSES}/{status['id']}"
    assert (await api.get(path, as_=alice))["pleroma"]["bookmark_folder"] == one["id"]
    assert await listed(api, alice, folder_id=one["id"]) == [status["id"]]
    assert await listed(api, alice, folder_id=two["id"]) == []
    moved = await api.post(f"{path}/bookmark", as_=alice, folder_id=two["id"])
    assert moved["pleroma"]["bookmark_folder"] == two["id"]
    assert await listed(api, alice, folder_id=one["id"]) == []
    assert await listed(api, alice, folder_id=two["id"]) == [status["id"]]
    outside = await api.post(f"{path}/bookmark", as_=alice)
    assert (outside["bookmarked"], outside["pleroma"]["bookmark_folder"]) == (True, None)
    assert await listed(api, alice) == [status["id"]]  # once, whatever was done with it
    gone = await api.post(f"{path}/unbookmark", as_=alice)
    assert (gone["bookmarked"], gone["pleroma"]["bookmark_folder"]) == (False, None)


async def test_a_boost_tells_of_the_folder_too(api, alice):
    folder = await api.post(FOLDERS, as_=alice, name="one")
    status = await bookmarked(api, alice, folder_id=folder["id"])
    echo = await api.post(f"{STATUSES}/{status['id']}/reblog", as_=alice)
    assert echo["pleroma"]["bookmark_folder"] == folder["id"]
    assert echo["reblog"]["pleroma"]["bookmark_folder"] == folder["id"]


async def test_one_s_folders_are_nobody_else_s_business(api, alice, carol):
    folder = await api.post(FOLDERS, as_=alice, name="mine")
    status = await bookmarked(api, alice, folder_id=folder["id"])
    for who in (carol, None):
        shown = await api.get(f"{STATUSES}/{status['id']}", as_=who)
        assert shown["pleroma"]["bookmark_folder"] is None
    theirs = await api.post(f"{STATUSES}/{status['id']}/bookmark", as_=carol, folder_id=folder["id"])
    assert (theirs["bookmarked"], theirs["pleroma"]["bookmark_folder"]) == (True, None)
    assert await listed(api, carol, folder_id=folder["id"]) == []
    assert await listed(api, alice, folder_id=folder["id"]) == [status["id"]]


@pytest.mark.parametrize("folder_id", [NOBODYS, "nonsense!"])
async def test_a_folder_that_is_not_there_holds_nothing_and_takes_nothing(api, alice, folder_id):
    status = await bookmarked(api, alice, folder_id=folder_id)
    assert (status["bookmarked"], status["pleroma"]["bookmark_folder"]) == (True, None)
    assert await listed(api, alice, folder_id=folder_id) == []
    assert await listed(api, alice, folder_id="") == [status["id"]]


async def test_bookmarks_outlive_their_folder(api, alice):
    folder = await api.post(FOLDERS, as_=alice, name="one")
    status = await bookmarked(api, alice, folder_id=folder["id"])
    await api.delete(f"{FOLDERS}/{folder['id']}", as_=alice)
    assert await listed(api, alice) == [status["id"]]
    shown = await api.get(f"{STATUSES}/{status['id']}", as_=alice)
    assert (shown["bookmarked"], shown["pleroma"]["bookmark_folder"]) == (True, None)


async def test_only_people_with_the_scope_come_in(api, alice):
    folder = await api.post(FOLDERS, as_=alice, name="one")
    await serves_only_people(api, alice, "GET", FOLDERS, "read:bookmarks")
    await serves_only_people(api, alice, "POST", FOLDERS, "write:bookmarks")
    for method in ("PATCH", "DELETE"):
        await serves_only_people(api, alice, method, f"{FOLDERS}/{folder['id']}", "write:bookmarks")
    assert await api.get(FOLDERS, as_=alice) == [folder]
