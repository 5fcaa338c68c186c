"""Notifications, version 2: the doors of the lines."""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from calls import next_link
from counting import queries
from refusals import refused, refused_field, serves_only_people

GROUPS, ALPHA = "/api/v2/notifications", "/api/v2_alpha/notifications"
READ, WRITE = "read:notifications", "write:notifications"


@pytest.fixture
async def popular(api, alice, bob, carol):
    """Bob and carol like a status of alice, and carol mentions her and follows her."""
    status = await api.post("/api/v1/statuses", as_=alice, status="x")
    for person in (bob, carol):
        await api.post(f"/api/v1/statuses/{status['id']}/favourite", as_=person)
    await api.post("/api/v1/statuses", as_=carol, status="hey @alice")
    await api.post("/api/v1/accounts/alice/follow", as_=carol)
    return status["id"]


@pytest.mark.parametrize("base", [GROUPS, ALPHA])
@pytest.mark.parametrize(
    ("method", "below", "scope"),
    [
        ("GET", "", READ),
        ("GET", "/unread_count", READ),
        ("GET", "/ungrouped-1", READ),
        ("POST", "/ungrouped-1/dismiss", WRITE),
    ],
)
async def test_only_people_with_the_scope_have_them(api, alice, base, method, below, scope):
    await serves_only_people(api, alice, method, f"{base}{below}", scope)
    assert await api.status_of(method, f"{base}{below}", as_=await api.token(alice, scope)) in {200, 404}


@pytest.mark.parametrize("base", [GROUPS, ALPHA])
async def test_lines_have_the_shape_that_clients_know(api, alice, bob, carol, popular, base):
    found = await api.get(base, as_=alice)
    check(found, "GroupedNotificationsResults")
    assert "partial_accounts" not in found
    assert [(one["type"], one["notifications_count"]) for one in found["notification_groups"]] == [
        ("follow", 1),
        ("mention", 1),
        ("favourite", 2),
    ]
    follow, mention, favourites = found["notification_groups"]
    assert favourites["sample_account_ids"] == [encode(carol.id), encode(bob.id)]
    assert favourites["status_id"] == popular
    assert "status_id" not in follow
    assert mention["group_key"] == f"ungrouped-{mention['most_recent_notification_id']}"
    assert favourites["page_max_id"] == str(favourites["most_recent_notification_id"])
    assert favourites["latest_page_notification_at"] > "2020"
    assert {one["id"] for one in found["statuses"]} == {popular, mention["status_id"]}
    assert {one["username"] for one in found["accounts"]} == {"bob", "carol"}
    assert (await api.get("/api/v1/notifications", as_=alice))[-1]["group_key"] == favourites["group_key"]


async def test_pictures_may_be_enough(api, alice, popular):
    found = await api.get(GROUPS, as_=alice, expand_accounts="partial_avatars")
    check(found, "GroupedNotificationsResults")
    assert [one["username"] for one in found["accounts"]] == ["carol"]
    assert [one["acct"] for one in found["partial_accounts"]] == ["bob"]
    refused_field(
        await api.call("GET", GROUPS, as_=alice, params={"expand_accounts": "no"}), "expand_accounts"
    )


async def test_kinds_are_chosen_and_grouped_as_asked(api, alice, popular):
    async def counts(**params):
        found = (await api.get(GROUPS, as_=alice, **params))["notification_groups"]
        return [(one["type"], one["notifications_count"]) for one in found]

    assert await counts(**{"types[]": "favourite"}) == [("favourite", 2)]
    assert await counts(**{"exclude_types[]": ["follow", "mention"], "grouped_types[]": ["follow"]}) == [
        ("favourite", 1),
        ("favourite", 1),
    ]
    carol_id = (await api.get("/api/v1/accounts/carol"))["id"]
    assert await counts(account_id=carol_id) == [("follow", 1), ("mention", 1), ("favourite", 1)]


async def test_lines_are_paged_by_link(api, alice, popular):
    first = await api.call("GET", GROUPS, as_=alice, params={"limit": 2})
    assert [one["type"] for one in first.json()["notification_groups"]] == ["follow", "mention"]
    second = await api.call("GET", next_link(first), as_=alice)
    assert [one["type"] for one in second.json()["notification_groups"]] == ["favourite"]
    above = await api.call("GET", next_link(second, "prev"), as_=alice)
    assert above.json()["notification_groups"] == first.json()["notification_groups"]
    last = await api.call("GET", next_link(second), as_=alice)
    assert [one["notifications_count"] for one in last.json()["notification_groups"]] == [1]
    assert await api.get(GROUPS, as_=alice, max_id=1) == {
        "accounts": [],
        "statuses": [],
        "notification_groups": [],
    }


async def test_a_line_is_shown_and_dismissed(api, alice, bob, popular):
    favourites = (await api.get(GROUPS, as_=alice))["notification_groups"][-1]
    path = f"{GROUPS}/{favourites['group_key']}"
    found = await api.get(path, as_=alice)
    check(found, "GroupedNotificationsResults")
    [line] = found["notification_groups"]
    assert (line["notifications_count"], line["status_id"]) == (2, popular)
    assert "page_min_id" not in line
    people = await api.get(f"{path}/accounts", as_=alice)
    check_all(people, "Account")
    assert [one["username"] for one in people] == ["carol", "bob"]
    first = await api.call("GET", f"{path}/accounts?limit=1", as_=alice)
    assert [one["username"] for one in (await api.call("GET", next_link(first), as_=alice)).json()] == ["bob"]
    assert await api.status_of("GET", f"{path}/accounts", as_=await api.token(alice, READ)) == 200
    assert await api.get(f"{path}/accounts", as_=bob) == []
    refused(await api.call("GET", path, as_=bob), 404)
    assert await api.post(f"{path}/dismiss", as_=bob) == {}
    assert await api.post(f"{path}/dismiss", as_=alice) == {}
    refused(await api.call("GET", path, as_=alice), 404)
    assert [note["type"] for note in await api.get("/api/v1/notifications", as_=alice)] == [
        "follow",
        "mention",
    ]


@pytest.mark.parametrize("base", [GROUPS, ALPHA])
async def test_unread_lines_are_counted(api, alice, popular, base):
    async def unread(**params):
        return (await api.get(f"{base}/unread_count", as_=alice, **params))["count"]

    assert await unread() == 3
    assert await unread(limit=2) == 2
    assert await unread(**{"grouped_types[]": "follow"}) == 4
    assert await unread(**{"types[]": "favourite"}) == 1


async def test_many_lines_take_as_many_queries_as_few(api, alice, bob, monkeypatch):
    counts = []
    for number in (1, 6):
        for _ in range(number):
            status = await api.post("/api/v1/statuses", as_=alice, status="x")
            await api.post(f"/api/v1/statuses/{status['id']}/favourite", as_=bob)
        with queries(monkeypatch) as asked_for:
            found = await api.get(GROUPS, as_=alice)
        counts.append((len(found["notification_groups"]), len(asked_for)))
    assert [count[0] for count in counts] == [1, 7]
    assert counts[0][1] == counts[1][1]


async def test_lines_about_what_filters_hide_are_not_on_a_page(api, alice, popular):
    wish = {"title": "no hey", "context": ["notifications"], "filter_action": "hide"}
    words = {"keywords_attributes": [{"keyword": "hey", "whole_word": True}]}
    await api.post("/api/v2/filters", as_=alice, **wish, **words)
    found = await api.get(GROUPS, as_=alice)
    assert [one["type"] for one in found["notification_groups"]] == ["follow", "favourite"]
    assert [one["id"] for one in found["statuses"]] == [popular]
