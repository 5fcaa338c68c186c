"""Search, new and old: people, statuses, hashtags.

Source: docs.joinmastodon.org/methods/search, reference/mastodon 8, reference/pleroma 3.3.
"""

import pytest

from api.shapes import check
from barbelo.kernel.visibility import Visibility
from calls import opened_api, settings_for
from counting import queries
from people import stranger
from posts import blocks_row, follows_row, published
from refusals import refused, refused_field, serves_guests

SEARCH, OLD, STATUSES = "/api/v2/search", "/api/v1/search", "/api/v1/statuses"


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


async def test_hashtags_that_nobody_has_used_are_the_words_and_all_of_them_together(api, alice):
    found = await api.get(SEARCH, as_=alice, q="#Small village", type="hashtags")
    assert [tag["name"] for tag in found["hashtags"]] == ["small", "village", "smallvillage"]
    assert found["hashtags"][1]["url"] == "https://barbelo.test/tag/village"
    assert (await api.get(SEARCH, as_=alice, q="#Small village", type="hashtags", offset=1))["hashtags"] == []


async def test_hashtags_in_use_are_found_by_their_beginning(api, alice):
    for text in ("#cats", "#cats #catnip", "#dog"):
        await api.post(STATUSES, as_=alice, status=text)
    found = await api.get(SEARCH, as_=alice, q="cat")
    check(found, "Search")
    assert [tag["name"] for tag in found["hashtags"]] == ["cats", "catnip"]
    assert found["hashtags"][0]["following"] is False
    assert "following" not in (await api.get(SEARCH, q="cat"))["hashtags"][0]
    assert [tag["name"] for tag in (await api.get(SEARCH, q="#cat", offset=1))["hashtags"]] == ["catnip"]
    assert [tag["name"] for tag in (await api.get(SEARCH, q="#cat", limit=1))["hashtags"]] == ["cats"]
    assert (await api.get(SEARCH, q="#cat", exclude_unreviewed="true"))["hashtags"] != []


async def test_an_unknown_kind_is_refused(api, alice):
    for path in (SEARCH, OLD):
        answer = await api.call("GET", path, as_=alice, params={"q": "x", "type": "cats"})
        refused_field(answer, "type")


async def test_a_query_is_needed(api, alice):
    for path in (SEARCH, OLD):
        refused_field(await api.call("GET", path, as_=alice), "q")


async def test_all_three_keys_are_always_there(api, alice):
    await api.post(STATUSES, as_=alice, status="word @alice #word")
    for wish in ({"q": "word"}, {"q": "word", "type": "accounts"}, {"q": ""}, {"q": "  "}, {"q": "..."}):
        for path in (SEARCH, OLD):
            for who in (alice, None):
                found = await api.get(path, as_=who, **wish)
                assert set(found) == {"accounts", "statuses", "hashtags"}
    assert await api.get(SEARCH, as_=alice, q="") == {"accounts": [], "statuses": [], "hashtags": []}


async def test_statuses_are_found_by_their_words(api, alice, bob):
    said = await api.post(STATUSES, as_=bob, status="A quick brown fox")
    for who in (alice, bob, None):
        found = await api.get(SEARCH, as_=who, q="quick fox")
        check(found, "Search")
        assert [status["id"] for status in found["statuses"]] == [said["id"]]
    found = await api.get(SEARCH, as_=alice, q="quick fox", type="hashtags")
    assert found["statuses"] == []


async def test_operators_narrow_the_search(api, alice, bob):
    first = await api.post(STATUSES, as_=alice, status="word https://example.org")
    second = await api.post(STATUSES, as_=bob, status="word", in_reply_to_id=first["id"], language="nl")
    for text, wanted in {
        "word": [second, first],
        "word from:bob": [second],
        "word from:me": [first],
        "has:link": [first],
        "is:reply": [second],
        "language:nl": [second],
        "before:2020-01-01": [],
        "after:2020-01-01": [second, first],
        "in:library": [second, first],  # it answers alice
    }.items():
        found = await api.get(SEARCH, as_=alice, q=text, type="statuses")
        assert [one["id"] for one in found["statuses"]] == [one["id"] for one in wanted], text


async def test_statuses_are_paged_by_ids_and_by_offset(api, alice):
    ids = [(await api.post(STATUSES, as_=alice, status=f"word {n}"))["id"] for n in range(5)][::-1]

    async def page(**bounds):
        found = await api.get(SEARCH, as_=alice, q="word", type="statuses", limit=2, **bounds)
        return [one["id"] for one in found["statuses"]]

    assert await page() == ids[:2]
    assert await page(max_id=ids[1]) == ids[2:4]
    assert await page(min_id=ids[4]) == ids[2:4]
    assert await page(offset=2) == ids[2:4]
    assert await page(offset=4) == ids[4:]
    bad = await api.call("GET", SEARCH, as_=alice, params={"q": "word", "max_id": "!"})
    refused_field(bad, "max_id")


async def test_statuses_are_found_of_one_account(api, alice, bob):
    mine, theirs = [await api.post(STATUSES, as_=who, status="word") for who in (alice, bob)]
    for one in (mine, theirs):
        found = await api.get(SEARCH, as_=alice, q="word", account_id=one["account"]["id"])
        assert [status["id"] for status in found["statuses"]] == [one["id"]]
    for nobody in ("9hptFmVJ02khbzYJaS", "nonsense!"):
        assert (await api.get(SEARCH, as_=alice, q="word", account_id=nobody))["statuses"] == []


@pytest.mark.parametrize("visibility", Visibility)
async def test_a_marked_status_is_found_only_by_those_who_may_see_it(api, alice, bob, carol, visibility):
    """Carol follows and is named; bob waits for an answer; mallory is blocked."""
    mallory = await api.person("mallory")
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, alice)
        await follows_row(tx, bob, alice, accepted=False)
        await blocks_row(tx, alice, mallory)
        marked = await published(tx, alice, "marker7", visibility=visibility, mentions=(carol,), tags=("m7",))
    open_to_all = visibility in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.LOCAL)
    may = {
        alice: True,
        carol: True,
        bob: open_to_all,
        mallory: False,
        None: visibility is Visibility.PUBLIC,
    }
    address = f"https://barbelo.test/notice/{(await api.get('/api/v1/accounts/alice'))['id']}"
    for who, expected in may.items():
        for q in ("marker7", "marker7 from:alice", "from:alice"):
            for path in (SEARCH, OLD):
                answer = await api.call("GET", path, as_=who, params={"q": q, "type": "statuses"})
                assert ("marker7</p>" in answer.text) is expected, (who, q)
    assert marked
    assert (await api.get(SEARCH, as_=bob, q=address))["statuses"] == []


async def test_only_people_whom_one_follows_are_found_on_wish(api, alice, bob, carol):
    await api.post(f"/api/v1/accounts/{(await api.get('/api/v1/accounts/carol'))['id']}/follow", as_=alice)
    found = await api.get(SEARCH, as_=alice, q="carol", following="true", with_relationships="true")
    [account] = found["accounts"]
    assert account["pleroma"]["relationship"]["following"] is True
    assert (await api.get(SEARCH, as_=alice, q="bob", following="true"))["accounts"] == []


async def test_a_remote_profile_is_found_by_its_page(api, alice):
    async with api.database.transaction() as tx:
        await stranger(tx, "rosa", "remote.test")
    for address in ("https://remote.test/@rosa", "https://remote.test/users/rosa"):
        found = await api.get(SEARCH, as_=alice, q=address, resolve="true")
        assert [account["acct"] for account in found["accounts"]] == ["rosa@remote.test"], address
        assert (found["statuses"], found["hashtags"]) == ([], [])
    for address in ("https://remote.test/@nobody", "https://evil.test/@rosa"):
        assert (await api.get(SEARCH, as_=alice, q=address, resolve="true"))["accounts"] == []


async def test_an_address_that_nothing_stands_at_is_looked_for_as_words(api, alice):
    said = await api.post(STATUSES, as_=alice, status="see https://example.org/page now")
    found = await api.get(SEARCH, as_=alice, q="https://example.org/page")
    assert [status["id"] for status in found["statuses"]] == [said["id"]]
    assert (found["accounts"], found["hashtags"]) == ([], [])


async def test_an_address_of_a_status_gives_it_alone(api, alice, bob):
    said = await api.post(STATUSES, as_=bob, status="one")
    await api.post(STATUSES, as_=bob, status=f"two {said['url']}")
    found = await api.get(SEARCH, as_=alice, q=said["url"])
    assert [status["id"] for status in found["statuses"]] == [said["id"]]
    assert (await api.get(SEARCH, as_=alice, q=said["url"], type="accounts"))["statuses"] == []


async def test_the_old_search_gives_names_of_hashtags(api, alice, bob):
    said = await api.post(STATUSES, as_=bob, status="#cats are fine")
    found = await api.get(OLD, as_=alice, q="cats")
    assert found["hashtags"] == ["cats"]
    assert [status["id"] for status in found["statuses"]] == [said["id"]]
    assert [one["acct"] for one in (await api.get(OLD, as_=alice, q="bob"))["accounts"]] == ["bob"]


async def test_guests_and_tokens_without_the_scope_search_as_guests(api, alice):
    await api.post(STATUSES, as_=alice, status="word")
    await api.post(STATUSES, as_=alice, status="word", visibility="private")
    for path in (SEARCH, OLD):
        await serves_guests(api, alice, f"{path}?q=word", "read:search")
        assert len((await api.get(path, q="word"))["statuses"]) == 1


async def test_a_search_costs_the_same_however_much_is_found(api, alice, monkeypatch):
    await api.get(SEARCH, as_=alice, q="word")  # signs in
    counts = []
    for number in (1, 6):
        for text in range(number):
            await api.post(STATUSES, as_=alice, status=f"word #tag{text}")
        with queries(monkeypatch) as asked_for:
            await api.get(SEARCH, as_=alice, q="word")
        counts.append(len(asked_for))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("q", ["'", "\\", "((", "!!", "a & b", ":*", "\0", "x" * 5000, "🙂", "from:", "%27"])
async def test_no_query_is_too_odd(api, alice, q):
    assert set(await api.get(SEARCH, as_=alice, q=q)) == {"accounts", "statuses", "hashtags"}
    refused(await api.call("GET", SEARCH, as_="dead", params={"q": q}), 401)


async def test_a_closed_server_does_not_let_guests_search(tmp_path, database):
    async with opened_api(settings_for(tmp_path, instance={"public": False}), database) as api:
        alice = await api.person("alice")
        await api.post(STATUSES, as_=alice, status="word")
        for path in (SEARCH, OLD):
            answer = await api.call("GET", path, params={"q": "word"})
            refused(answer, 403, "This resource requires authentication.")
            assert len((await api.get(path, as_=alice, q="word"))["statuses"]) == 1


@pytest.mark.parametrize(
    ("setting", "found"), [("restrict_activities_local", "far"), ("restrict_activities_remote", "near")]
)
async def test_what_is_kept_from_guests_is_not_found_by_them(tmp_path, database, setting, found):
    async with opened_api(settings_for(tmp_path, instance={setting: True}), database) as api:
        alice = await api.person("alice")
        async with database.transaction() as tx:
            rosa = await stranger(tx, "rosa", "remote.test")
            for who, side in ((alice, "near"), (rosa, "far")):
                await published(tx, who, f"word {side}", tags=(f"tag{side}",))
        seen = await api.get(SEARCH, q="word")
        assert [one["pleroma"]["content"]["text/plain"] for one in seen["statuses"]] == [f"word {found}"]
        tags = await api.get(SEARCH, q="tag")
        assert [one["name"] for one in tags["hashtags"]] == [f"tag{found}"]
        assert len((await api.get(SEARCH, as_=alice, q="word"))["statuses"]) == 2
