"""Directory, suggestions, familiar followers and featured hashtags."""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from calls import opened_api, settings_for
from people import stranger
from posts import blocks_host_row, blocks_row, mutes_row, published
from refusals import refused, refused_field, serves_guests, serves_only_people, told

ACCOUNTS = "/api/v1/accounts"
TAGS = "/api/v1/featured_tags"
DIRECTORY = "/api/v1/directory"


def of(person, deed):
    return f"{ACCOUNTS}/{encode(getattr(person, 'id', person))}/{deed}"


async def findable(api, *people):
    for person in people:
        wish = {"discoverable": True, "locked": False}
        assert await api.status_of("PATCH", f"{ACCOUNTS}/update_credentials", as_=person, json=wish) == 200


async def follow(api, who, *others):
    for other in others:
        await api.post(of(other, "follow"), as_=who)


async def names(api, path, who=None, **params):
    return [one["username"] for one in await api.get(path, as_=who, **params)]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/v2/suggestions", "read:accounts"),
        ("GET", "/api/v1/suggestions", "read:accounts"),
        ("DELETE", "/api/v1/suggestions/1", "read:accounts"),
        ("GET", f"{ACCOUNTS}/familiar_followers", "read:follows"),
        ("GET", TAGS, "read:accounts"),
        ("POST", f"{TAGS}?name=art", "write:accounts"),
        ("DELETE", f"{TAGS}/1", "write:accounts"),
        ("GET", f"{TAGS}/suggestions", "read:accounts"),
        ("POST", "/api/v1/tags/art/feature", "write:accounts"),
        ("POST", "/api/v1/tags/art/unfeature", "write:accounts"),
    ],
)
async def test_only_people_with_the_scope_may(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)
    assert await api.status_of(method, path, as_=await api.token(alice, scope)) in {200, 404}


async def test_the_directory_lists_those_who_wish_to_be_found(api, alice, bob, carol):
    await findable(api, alice, bob)
    async with api.database.transaction() as tx:
        rosa = await stranger(tx, "rosa", "remote.test")
        await tx.raw.execute("update accounts set discoverable = true where id = $1", rosa)
        await published(tx, rosa)
        await published(tx, alice)
    people = await api.get(DIRECTORY)
    check_all(people, "Account")
    assert [one["username"] for one in people] == ["alice", "rosa", "bob"]
    assert await names(api, DIRECTORY, order="new") == ["rosa", "bob", "alice"]
    assert await names(api, DIRECTORY, local=True) == ["alice", "bob"]
    assert await names(api, DIRECTORY, limit=1, offset=1) == ["rosa"]
    refused_field(await api.call("GET", DIRECTORY, params={"order": "old"}), "order")
    await serves_guests(api, carol, DIRECTORY, "read:accounts")


async def test_the_directory_names_nobody_whom_one_does_not_want_to_meet(api, alice, bob, carol):
    await findable(api, alice, bob)
    async with api.database.transaction() as tx:
        for name, host in (("rosa", "remote.test"), ("mallory", "evil.test")):
            one = await stranger(tx, name, host)
            await tx.raw.execute("update accounts set discoverable = true where id = $1", one)
        await blocks_host_row(tx, carol, "evil.test")
        await mutes_row(tx, carol, bob)
        await blocks_row(tx, alice, carol)
    assert await names(api, DIRECTORY, carol) == ["rosa"]


async def test_a_private_server_shows_guests_no_directory(tmp_path, database, alice):
    async with opened_api(settings_for(tmp_path, instance={"public": False}), database) as api:
        assert await api.status_of("GET", DIRECTORY) == 403
        assert await api.get(DIRECTORY, as_=alice) == []


async def test_friends_of_friends_are_suggested_and_then_the_popular(api, alice, bob, carol):
    dave, erin, frank = [await api.person(name) for name in ("dave", "erin", "frank")]
    await findable(api, bob, carol, dave, erin)
    await follow(api, alice, bob, carol)
    await follow(api, bob, dave, frank)
    await follow(api, carol, dave)
    found = await api.get("/api/v2/suggestions", as_=alice)
    check_all(found, "Suggestion")
    assert [(one["account"]["username"], one["sources"], one["source"]) for one in found] == [
        ("dave", ["friends_of_friends"], "past_interactions"),
        ("erin", ["most_followed"], "global"),
    ]
    assert await names(api, "/api/v1/suggestions", alice) == ["dave", "erin"]
    assert await names(api, "/api/v1/suggestions", alice, limit=1) == ["dave"]
    assert await api.delete(f"/api/v1/suggestions/{encode(dave.id)}", as_=alice) == {}
    assert await names(api, "/api/v1/suggestions", alice) == ["erin"]
    refused(await api.call("DELETE", "/api/v1/suggestions/nobody", as_=alice), 404)
    async with api.database.transaction() as tx:
        await mutes_row(tx, alice, erin)
    assert await names(api, "/api/v1/suggestions", alice) == []


async def test_whom_one_follows_among_followers_is_told_unless_they_hide_it(api, alice, bob, carol):
    dave = await api.person("dave")
    await follow(api, alice, carol, dave)
    await follow(api, carol, bob)
    await findable(api, bob)
    await follow(api, carol, bob)
    await follow(api, dave, bob)
    path = f"{ACCOUNTS}/familiar_followers"

    async def familiar():
        found = await api.get(path, as_=alice, **{"id[]": [encode(bob.id), encode(alice.id), "nobody"]})
        check_all(found, "FamiliarFollowers")
        return {one["id"]: {account["username"] for account in one["accounts"]} for one in found}

    assert await familiar() == {encode(bob.id): {"carol", "dave"}, encode(alice.id): set()}
    await api.call("PATCH", f"{ACCOUNTS}/update_credentials", as_=dave, json={"hide_follows": True})
    assert (await familiar())[encode(bob.id)] == {"carol"}
    await api.call("PATCH", f"{ACCOUNTS}/update_credentials", as_=bob, json={"hide_followers": True})
    assert (await familiar())[encode(bob.id)] == set()
    assert await api.get(path, as_=alice) == []
    refused(await api.call("GET", path, as_=alice, params={"id[]": ["x"] * 41}), 422)


async def test_hashtags_are_featured_with_their_use(api, alice, bob):
    for text, visibility in (("#Art one", "public"), ("#art two", "unlisted"), ("#art three", "private")):
        await api.post("/api/v1/statuses", as_=alice, status=text, visibility=visibility)
    await api.post("/api/v1/statuses", as_=bob, status="#art by bob")
    art = await api.post(TAGS, as_=alice, name="#Art")
    check(art, "FeaturedTag")
    assert (art["name"], art["statuses_count"]) == ("Art", "2")
    await api.post(TAGS, as_=alice, name="quiet")
    assert (await api.post(TAGS, as_=alice, name="art"))["id"] == art["id"]
    listed = await api.get(TAGS, as_=alice)
    check_all(listed, "FeaturedTag")
    assert [(one["name"], one["statuses_count"]) for one in listed] == [("Art", "2"), ("quiet", "0")]
    assert listed[1]["last_status_at"] is None
    assert await api.get(of(alice, "featured_tags")) == listed
    await serves_guests(api, bob, of(alice, "featured_tags"), "read:accounts")
    refused(await api.call("DELETE", f"{TAGS}/{art['id']}", as_=bob), 404)
    assert await api.delete(f"{TAGS}/{art['id']}", as_=alice) == {}
    refused(await api.call("DELETE", f"{TAGS}/{art['id']}", as_=alice), 404)
    assert len(await api.get(TAGS, as_=alice)) == 1


async def test_ten_hashtags_are_featured_and_no_nonsense(api, alice):
    for wrong in ("", "two words", "12", "a-b", "x" * 500, "#"):
        refused(await told(api, alice, "POST", TAGS, name=wrong), 422)
    for number in range(10):
        await api.post(TAGS, as_=alice, name=f"tag{number}x")
    refused(await told(api, alice, "POST", TAGS, name="onemore"), 422)
    assert len(await api.get(TAGS, as_=alice)) == 10
    assert (await api.post(TAGS, as_=alice, name="TAG0x"))["name"] == "tag0x"
    instance = await api.get("/api/v2/instance")
    assert instance["configuration"]["accounts"]["max_featured_tags"] == 10


async def test_hashtags_that_one_uses_are_suggested(api, alice, bob):
    for text in ("#one #two", "#two", "#three"):
        await api.post("/api/v1/statuses", as_=alice, status=text)
    await api.post("/api/v1/statuses", as_=bob, status="#four")
    await api.post(TAGS, as_=alice, name="three")
    found = await api.get(f"{TAGS}/suggestions", as_=alice)
    check_all(found, "Tag")
    assert [one["name"] for one in found] == ["two", "one"]


async def test_a_hashtag_is_featured_by_its_name(api, alice):
    shown = await api.post("/api/v1/tags/Art/feature", as_=alice)
    check(shown, "Tag")
    assert (shown["name"], shown["featuring"]) == ("art", True)
    assert [one["name"] for one in await api.get(TAGS, as_=alice)] == ["Art"]
    for _ in range(2):
        assert (await api.post("/api/v1/tags/ART/unfeature", as_=alice))["featuring"] is False
    assert await api.get(TAGS, as_=alice) == []
