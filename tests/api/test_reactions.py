"""Emoji reactions, as the Pleroma API document says."""

from urllib.parse import quote

import pytest

from calls import opened_api, settings_for

PATH = "/api/v1/pleroma/statuses"


async def posted(api, who, **more):
    return (await api.post("/api/v1/statuses", as_=who, status="x", **more))["id"]


async def test_a_reaction_is_added_listed_and_taken_back(api, alice, carol):
    status = await posted(api, alice)
    path = f"{PATH}/{status}/reactions/{quote('☕')}"
    assert (await api.put(path, as_=carol))["id"] == status
    assert (await api.put(path, as_=carol))["id"] == status
    (one,) = await api.get(f"{PATH}/{status}/reactions", as_=carol)
    assert (one["name"], one["count"], one["me"], one["url"]) == ("☕", 1, True, None)
    assert [account["acct"] for account in one["accounts"]] == ["carol"]
    assert (await api.get(f"{PATH}/{status}/reactions"))[0]["me"] is False
    assert await api.get(path) == await api.get(f"{PATH}/{status}/reactions")
    assert await api.get(f"{PATH}/{status}/reactions/{quote('😀')}") == []
    await api.delete(path, as_=carol)
    assert await api.get(f"{PATH}/{status}/reactions") == []


async def test_the_old_path_and_that_of_akkoma_lead_to_the_same(api, alice, carol):
    status = await posted(api, alice)
    old = f"/api/pleroma/statuses/{status}/reactions"
    await api.put(f"/api/v1/statuses/{status}/emoji_reactions/{quote('😀')}", as_=carol)
    assert (await api.get(old))[0]["name"] == "😀"


async def test_emoji_stand_in_the_order_of_their_first_use(api, alice, bob, carol):
    status = await posted(api, alice)
    for who, emoji in ((carol, "😀"), (bob, "☕"), (bob, "😀")):
        await api.put(f"{PATH}/{status}/reactions/{quote(emoji)}", as_=who)
    listed = [(one["name"], one["count"]) for one in await api.get(f"{PATH}/{status}/reactions")]
    assert listed == [("😀", 2), ("☕", 1)]


@pytest.mark.parametrize("emoji", ["x", "☕☕", "blobcat", ":nope:"])
async def test_what_is_no_emoji_is_refused(api, alice, carol, emoji):
    status = await posted(api, alice)
    answer = await api.call("PUT", f"{PATH}/{status}/reactions/{quote(emoji)}", as_=carol)
    assert (answer.status_code, answer.json()["error"]) == (400, "Could not add reaction emoji")
    assert await api.get(f"{PATH}/{status}/reactions") == []


async def test_who_may_not_see_the_status_finds_nothing(api, alice, carol):
    status = await posted(api, alice, visibility="private")
    path = f"{PATH}/{status}/reactions"
    for method, where in (
        ("GET", path),
        ("PUT", f"{path}/{quote('☕')}"),
        ("DELETE", f"{path}/{quote('☕')}"),
    ):
        assert await api.status_of(method, where, as_=carol) == 404


async def test_reacting_needs_a_person_with_the_scope(api, alice, carol):
    path = f"{PATH}/{await posted(api, alice)}/reactions/{quote('☕')}"
    reader = await api.token(carol, "read")
    for method in ("PUT", "DELETE"):
        assert await api.status_of(method, path) == 403
        assert await api.status_of(method, path, as_=reader) == 403


async def test_a_status_shows_its_reactions_and_the_author_is_told(api, alice, carol):
    status = await posted(api, alice)
    await api.put(f"{PATH}/{status}/reactions/{quote('☕')}", as_=carol)
    shown = await api.get(f"/api/v1/statuses/{status}", as_=carol)
    (one,) = shown["pleroma"]["emoji_reactions"]
    assert (one["name"], one["count"], one["me"], one["url"]) == ("☕", 1, True, None)
    assert one["account_ids"] == [(await api.get("/api/v1/accounts/verify_credentials", as_=carol))["id"]]
    (told,) = await api.get("/api/v1/notifications", as_=alice)
    assert (told["type"], told["emoji"], told["emoji_url"]) == ("pleroma:emoji_reaction", "☕", None)
    assert told["status"]["id"] == status
    await api.delete(f"{PATH}/{status}/reactions/{quote('☕')}", as_=carol)
    assert await api.get("/api/v1/notifications", as_=alice) == []


async def test_a_custom_emoji_is_a_reaction_with_its_picture(database, tmp_path):
    folder = tmp_path / "emoji" / "p"
    folder.mkdir(parents=True)
    (folder / "blobcat.png").write_bytes(b"\x89PNG")
    async with opened_api(settings_for(tmp_path), database) as api:
        alice, carol = await api.person("alice"), await api.person("carol")
        status = await posted(api, alice)
        await api.put(f"{PATH}/{status}/reactions/:blobcat:", as_=carol)
        (one,) = await api.get(f"{PATH}/{status}/reactions")
        assert (one["name"], one["url"]) == ("blobcat", "https://barbelo.test/emoji/p/blobcat.png")
        (told,) = await api.get("/api/v1/notifications", as_=alice)
        assert (told["emoji"], told["emoji_url"]) == (":blobcat:", one["url"])
