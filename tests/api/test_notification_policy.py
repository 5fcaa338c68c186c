"""The doors of the notification policy, of the requests behind it, and of Pleroma's switches."""

import pytest

from api.shapes import check, check_all
from calls import next_link
from refusals import refused, refused_field, serves_only_people, told

NOTES = "/api/v1/notifications"
REQUESTS = f"{NOTES}/requests"
POLICY, OLD_POLICY = "/api/v2/notifications/policy", "/api/v1/notifications/policy"
SETTINGS = "/api/pleroma/notification_settings"
READ, WRITE = "read:notifications", "write:notifications"


async def changed(api, who, path=POLICY, method="PATCH", **wish):
    answer = await told(api, who, method, path, **wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def waiting(api, alice, bob, carol):
    """Bob and carol mention alice, who follows neither and keeps such people back."""
    await changed(api, alice, for_not_following="filter")
    for person in (bob, carol):
        await api.post("/api/v1/statuses", as_=person, status="hey @alice")
    return await api.get(REQUESTS, as_=alice)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", POLICY, READ),
        ("PATCH", POLICY, WRITE),
        ("GET", OLD_POLICY, READ),
        ("PATCH", OLD_POLICY, WRITE),
        ("PUT", OLD_POLICY, WRITE),
        ("GET", REQUESTS, READ),
        ("GET", f"{REQUESTS}/1", READ),
        ("GET", f"{REQUESTS}/merged", READ),
        ("POST", f"{REQUESTS}/1/accept", WRITE),
        ("POST", f"{REQUESTS}/1/dismiss", WRITE),
        ("POST", f"{REQUESTS}/accept", WRITE),
        ("POST", f"{REQUESTS}/dismiss", WRITE),
        ("PUT", SETTINGS, "write:accounts"),
        ("PUT", "/api/v1/pleroma/notification_settings", "write:accounts"),
    ],
)
async def test_only_people_with_the_scope_may(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)
    assert await api.status_of(method, path, as_=await api.token(alice, scope)) in {200, 404}


async def test_a_policy_is_shown_and_changed_in_both_forms(api, alice):
    policy = await api.get(POLICY, as_=alice)
    check(policy, "NotificationPolicy")
    assert {word for name, word in policy.items() if name != "summary"} == {"accept"}
    policy = await changed(api, alice, for_not_following="filter", for_new_accounts="drop")
    check(policy, "NotificationPolicy")
    assert (policy["for_not_following"], policy["for_new_accounts"], policy["for_not_followers"]) == (
        "filter",
        "drop",
        "accept",
    )
    old = await api.get(OLD_POLICY, as_=alice)
    check(old, "V1NotificationPolicy")
    assert (old["filter_not_following"], old["filter_new_accounts"], old["filter_not_followers"]) == (
        True,
        True,
        False,
    )
    await changed(api, alice, OLD_POLICY, filter_not_following=False)
    old = await changed(api, alice, OLD_POLICY, "PUT", filter_private_mentions="true")
    check(old, "V1NotificationPolicy")
    policy = await api.get(POLICY, as_=alice)
    assert (policy["for_not_following"], policy["for_private_mentions"]) == ("accept", "filter")
    refused_field(await told(api, alice, "PATCH", POLICY, for_new_accounts="perhaps"), "for_new_accounts")


async def test_requests_are_listed_and_shown(api, alice, bob, waiting):
    check_all(waiting, "NotificationRequest")
    assert [(one["account"]["username"], one["notifications_count"]) for one in waiting] == [
        ("carol", "1"),
        ("bob", "1"),
    ]
    assert waiting[0]["last_status"]["account"]["username"] == "carol"
    check(await api.get(f"{REQUESTS}/{waiting[0]['id']}", as_=alice), "NotificationRequest")
    refused(await api.call("GET", f"{REQUESTS}/{waiting[0]['id']}", as_=bob), 404)
    first = await api.call("GET", REQUESTS, as_=alice, params={"limit": 1})
    second = await api.call("GET", next_link(first), as_=alice)
    assert [one["account"]["username"] for one in second.json()] == ["bob"]
    summary = (await api.get(POLICY, as_=alice))["summary"]
    assert summary == {"pending_requests_count": 2, "pending_notifications_count": 2}
    assert await api.get(NOTES, as_=alice) == []
    assert len(await api.get(NOTES, as_=alice, include_filtered=True)) == 2


async def test_requests_are_accepted_and_dismissed_one_by_one(api, alice, bob, waiting):
    hers, his = waiting
    refused(await told(api, bob, "POST", f"{REQUESTS}/{hers['id']}/accept"), 404)
    assert await api.post(f"{REQUESTS}/{hers['id']}/accept", as_=alice) == {}
    assert await api.get(f"{REQUESTS}/merged", as_=alice) == {"merged": True}
    assert [note["account"]["username"] for note in await api.get(NOTES, as_=alice)] == ["carol"]
    assert await api.post(f"{REQUESTS}/{his['id']}/dismiss", as_=alice) == {}
    assert await api.get(REQUESTS, as_=alice) == []
    assert len(await api.get(NOTES, as_=alice, include_filtered=True)) == 1
    for deed in ("accept", "dismiss"):
        refused(await told(api, alice, "POST", f"{REQUESTS}/{his['id']}/{deed}"), 404)


@pytest.mark.parametrize(("deed", "left"), [("accept", 2), ("dismiss", 0)])
async def test_several_requests_are_answered_at_once(api, alice, bob, waiting, deed, left):
    ids = [one["id"] for one in waiting]
    await api.post(f"{REQUESTS}/{deed}", as_=bob, id=ids)
    assert len(await api.get(REQUESTS, as_=alice)) == 2
    assert await api.post(f"{REQUESTS}/{deed}", as_=alice, id=[*ids, "nonsense", "999999"]) == {}
    assert await api.get(REQUESTS, as_=alice) == []
    assert len(await api.get(NOTES, as_=alice)) == left
    assert await api.post(f"{REQUESTS}/{deed}", as_=alice) == {}


async def test_switches_are_set_shown_and_obeyed(api, alice, carol):
    async def shown():
        mine = await api.get("/api/v1/accounts/verify_credentials", as_=alice)
        return mine["pleroma"]["notification_settings"]

    before = await shown()
    assert before == {
        "block_from_strangers": False,
        "hide_notification_contents": False,
        "privacy_option": False,
        **dict.fromkeys(("followers", "follows", "non_followers", "non_follows", "remote", "local"), True),
    }
    answer = await api.call("PUT", f"{SETTINGS}?local=false&privacy_option=true", as_=alice)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert await shown() == before | {
        "local": False,
        "privacy_option": True,
        "hide_notification_contents": True,
    }
    await api.post("/api/v1/statuses", as_=carol, status="hey @alice")
    assert await api.get(NOTES, as_=alice) == []
    answer = await api.call("PUT", SETTINGS, as_=alice, data={"local": "1", "block_from_strangers": "false"})
    assert answer.json() == {"status": "success"}
    await api.post("/api/v1/statuses", as_=carol, status="hey @alice")
    assert len(await api.get(NOTES, as_=alice)) == 1
    refused_field(await told(api, alice, "PUT", SETTINGS, remote="perhaps"), "remote", 400)
