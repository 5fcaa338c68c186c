"""Lists of people by the API. Source: reference/mastodon 14, reference/pleroma 11."""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from pages import there_and_back
from posts import published
from refusals import refused, refused_field, serves_only_people, told

LISTS = "/api/v1/lists"


async def made(api, who, *members, **wish):
    row = await api.post(LISTS, as_=who, **{"title": "friends"} | wish)
    if members:
        await api.post(
            f"{LISTS}/{row['id']}/accounts", as_=who, account_ids=[encode(one.id) for one in members]
        )
    return row


def timeline(row):
    return f"/api/v1/timelines/list/{row['id']}"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", LISTS, "read:lists"),
        ("POST", LISTS, "write:lists"),
        ("GET", f"{LISTS}/1", "read:lists"),
        ("PUT", f"{LISTS}/1", "write:lists"),
        ("DELETE", f"{LISTS}/1", "write:lists"),
        ("GET", f"{LISTS}/1/accounts", "read:lists"),
        ("POST", f"{LISTS}/1/accounts", "write:lists"),
        ("DELETE", f"{LISTS}/1/accounts", "write:lists"),
        ("GET", "/api/v1/accounts/1/lists", "read:lists"),
        ("GET", "/api/v1/timelines/list/1", "read:lists"),
    ],
)
async def test_only_people_with_the_scope_have_lists(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)


async def test_a_list_is_made_shown_changed_and_deleted(api, alice):
    row = await api.post(LISTS, as_=alice, title=" friends ")
    check(row, "List")
    assert row == {"id": row["id"], "title": "friends", "replies_policy": "list", "exclusive": False}
    other = await api.post(LISTS, as_=alice, title="b", replies_policy="none", exclusive="true")
    assert (other["replies_policy"], other["exclusive"]) == ("none", True)
    assert await api.get(LISTS, as_=alice) == [row, other]
    changed = await api.put(f"{LISTS}/{row['id']}", as_=alice, title="family", exclusive=True)
    assert changed == row | {"title": "family", "exclusive": True}
    assert await api.put(f"{LISTS}/{row['id']}", as_=alice, replies_policy="followed") == changed | {
        "replies_policy": "followed"
    }
    assert await api.delete(f"{LISTS}/{row['id']}", as_=alice) == {}
    assert await api.get(LISTS, as_=alice) == [other]
    refused(await api.call("GET", f"{LISTS}/{row['id']}", as_=alice), 404, "List not found")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 257}, "title"),
        ({"title": "x", "replies_policy": "all"}, "replies_policy"),
        ({"title": "x", "exclusive": "maybe"}, "exclusive"),
    ],
)
async def test_a_list_that_makes_no_sense_is_refused_by_name(api, alice, wish, field):
    refused_field(await told(api, alice, "POST", LISTS, **wish), field)
    row = await made(api, alice)
    if wish:
        refused_field(await told(api, alice, "PUT", f"{LISTS}/{row['id']}", **wish), field)


@pytest.mark.parametrize("name", ["0", "-1", "x", "9" * 19, "1%00"])
async def test_a_list_that_is_not_there_or_somebody_elses_is_not_found(api, alice, carol, name):
    row = await made(api, carol, alice)
    body = {"title": "x", "account_ids": [encode(alice.id)]}
    for number in (name, row["id"]):
        for method, path in (
            ("GET", f"{LISTS}/{number}"),
            ("PUT", f"{LISTS}/{number}"),
            ("DELETE", f"{LISTS}/{number}"),
            ("GET", f"{LISTS}/{number}/accounts"),
            ("POST", f"{LISTS}/{number}/accounts"),
            ("DELETE", f"{LISTS}/{number}/accounts"),
            ("GET", f"/api/v1/timelines/list/{number}"),
        ):
            refused(await told(api, alice, method, path, **body), 404)
    assert [one["acct"] for one in await api.get(f"{LISTS}/{row['id']}/accounts", as_=carol)] == ["alice"]


async def test_members_are_put_in_shown_and_taken_out(api, alice, bob, carol):
    row = await made(api, alice, bob, carol)
    path = f"{LISTS}/{row['id']}/accounts"
    members = await api.get(path, as_=alice)
    check_all(members, "Account")
    assert [one["acct"] for one in members] == ["carol", "bob"]
    assert await api.get(f"/api/v1/accounts/{encode(bob.id)}/lists", as_=alice) == [row]
    assert await api.get("/api/v1/accounts/bob/lists", as_=alice) == [row]
    assert await api.get(f"/api/v1/accounts/{encode(bob.id)}/lists", as_=carol) == []
    for call in (
        {"json": {"account_ids": [encode(bob.id)]}},
        {"params": {"account_ids[]": [encode(bob.id), "nobody!"]}},
        {"data": {"account_ids[]": [encode(carol.id)]}},
    ):
        assert (await api.call("DELETE", path, as_=alice, **call)).json() == {}
    assert await api.get(path, as_=alice) == []


async def test_an_unknown_member_is_not_found_and_nobody_is_put_in(api, alice, bob):
    row = await made(api, alice)
    path = f"{LISTS}/{row['id']}/accounts"
    for unknown in ("x", "!", "0"):
        refused(await told(api, alice, "POST", path, account_ids=[encode(bob.id), unknown]), 404)
    refused_field(await told(api, alice, "POST", path), "account_ids")
    assert await api.get(path, as_=alice) == []
    refused(await api.call("GET", "/api/v1/accounts/x/lists", as_=alice), 404)


async def test_members_are_paged_by_link_or_given_all_at_once(api, alice):
    people = [await api.person(f"person{number}") for number in range(45)]
    row = await made(api, alice, *people)
    path = f"{LISTS}/{row['id']}/accounts"
    ids = [encode(one.id) for one in reversed(people)]
    await there_and_back(api, alice, path, ids, limit=10)
    assert len(await api.get(path, as_=alice)) == 40
    answer = await api.call("GET", path, as_=alice, params={"limit": 0})
    assert [one["id"] for one in answer.json()] == ids
    assert "link" not in answer.headers


async def test_the_timeline_of_a_list_has_what_its_members_say(api, alice, bob, carol):
    row = await made(api, alice, bob, carol)
    ids = []
    async with api.database.transaction() as tx:
        for number in range(7):
            ids.insert(0, encode(await published(tx, (bob, carol)[number % 2])))
        await published(tx, alice)
    shown = await api.get(timeline(row), as_=alice)
    check_all(shown, "Status")
    assert [status["id"] for status in shown] == ids
    await there_and_back(api, alice, timeline(row), ids)
    assert await api.get(timeline(row), as_=alice, remote="true") == []
    assert await api.get(timeline(row), as_=alice, **{"exclude_visibilities[]": "public"}) == []
    refused_field(await api.call("GET", timeline(row), as_=alice, params={"max_id": "!"}), "max_id")


async def test_who_is_unfollowed_leaves_the_list(api, alice, carol):
    await api.post(f"/api/v1/accounts/{encode(carol.id)}/follow", as_=alice)
    row = await made(api, alice, carol)
    await api.post(f"/api/v1/accounts/{encode(carol.id)}/unfollow", as_=alice)
    assert await api.get(f"{LISTS}/{row['id']}/accounts", as_=alice) == []


async def test_members_of_an_exclusive_list_are_not_at_home(api, alice, carol):
    await api.post(f"/api/v1/accounts/{encode(carol.id)}/follow", as_=alice)
    row = await made(api, alice, carol)
    status = await api.post("/api/v1/statuses", as_=carol, status="x")
    assert [one["id"] for one in await api.get("/api/v1/timelines/home", as_=alice)] == [status["id"]]
    await api.put(f"{LISTS}/{row['id']}", as_=alice, title="x", exclusive=True)
    assert await api.get("/api/v1/timelines/home", as_=alice) == []
    assert [one["id"] for one in await api.get(timeline(row), as_=alice)] == [status["id"]]
