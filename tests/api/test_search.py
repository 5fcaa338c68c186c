"""GET /api/v2/search: people, statuses by their address, hashtags. Source: docs.joinmastodon.org/methods/search."""

import pytest


async def test_people_are_found_by_name(api, alice, bob):
    found = await api.get("/api/v2/search", as_=alice, q="bob", type="accounts")
    assert [account["acct"] for account in found["accounts"]] == ["bob"]
    assert (found["statuses"], found["hashtags"]) == ([], [])


@pytest.mark.parametrize("name", ["@bob", "@bob@barbelo.test", "https://barbelo.test/users/bob"])
async def test_people_are_found_by_address(api, alice, bob, name):
    found = await api.get("/api/v2/search", as_=alice, q=name, resolve="true")
    assert [account["acct"] for account in found["accounts"]] == ["bob"]
    assert found["hashtags"] == []


@pytest.mark.parametrize("address", ["uri", "url"])
async def test_a_status_is_found_by_its_addresses(api, alice, bob, address):
    said = await api.post("/api/v1/statuses", as_=bob, status="Find me")
    found = await api.get("/api/v2/search", as_=alice, q=said[address])
    assert [status["id"] for status in found["statuses"]] == [said["id"]]


async def test_a_status_is_not_found_by_whom_it_is_not_for(api, alice, bob):
    said = await api.post("/api/v1/statuses", as_=bob, status="Only me", visibility="direct")
    for address in ("uri", "url"):
        assert (await api.get("/api/v2/search", as_=alice, q=said[address]))["statuses"] == []
        assert (await api.get("/api/v2/search", q=said[address]))["statuses"] == []


async def test_hashtags_are_the_words_and_all_of_them_together(api, alice):
    found = await api.get("/api/v2/search", as_=alice, q="#Small village", type="hashtags")
    assert [tag["name"] for tag in found["hashtags"]] == ["small", "village", "smallvillage"]
    assert found["hashtags"][1]["url"] == "https://barbelo.test/tag/village"


async def test_an_unknown_kind_is_refused(api, alice):
    assert await api.status_of("GET", "/api/v2/search", as_=alice, params={"q": "x", "type": "cats"}) == 422


async def test_a_query_is_needed(api, alice):
    assert await api.status_of("GET", "/api/v2/search", as_=alice) == 422
