"""`/api/v1/pleroma/notifications/read`. Source: the seed's chapter of that name, reference/pleroma 4.6."""

import pytest

from api.shapes import check, check_all
from posts import blocks_row
from refusals import refused, refused_field, serves_only_people, told

READ, NOTIFICATIONS = "/api/v1/pleroma/notifications/read", "/api/v1/notifications"
UNKNOWN = "Cannot get notification"


async def told_of(api, who, by, number=3):
    """Ids of new notifications, the newest first."""
    for count in range(number):
        await api.post("/api/v1/statuses", as_=by, status=f"@{who.username} {count}")
    return [one["id"] for one in await api.get(NOTIFICATIONS, as_=who, limit=80)]


async def unread(api, who):
    shown = await api.get(NOTIFICATIONS, as_=who, limit=80)
    return [one["id"] for one in shown if not one["pleroma"]["is_seen"]]


@pytest.mark.parametrize("path", [READ, "/api/pleroma/notifications/read"])
@pytest.mark.parametrize("how", ["json", "data", "params"])
async def test_one_is_read_and_shown(api, alice, carol, path, how):
    newest, middle, oldest = await told_of(api, alice, carol)
    answer = await api.call("POST", path, as_=alice, **{how: {"id": middle}})
    assert answer.status_code == 200, answer.text
    check(answer.json(), "Notification")
    assert (answer.json()["id"], answer.json()["pleroma"]["is_seen"]) == (middle, True)
    assert await unread(api, alice) == [newest, oldest]


async def test_all_up_to_one_are_read_and_those_shown_that_were_not(api, alice, carol):
    newest, middle, oldest = await told_of(api, alice, carol)
    await api.post(READ, as_=alice, id=int(oldest))
    read = await api.post(READ, as_=alice, max_id=middle)
    check_all(read, "Notification")
    assert [one["id"] for one in read] == [middle]
    assert all(one["pleroma"]["is_seen"] for one in read)
    assert await unread(api, alice) == [newest]
    assert [one["id"] for one in await api.post(READ, as_=alice, max_id=newest)] == [newest]
    assert await api.post(READ, as_=alice, max_id=newest) == []


async def test_eighty_are_shown_and_all_are_read(api, alice, carol, monkeypatch):
    monkeypatch.setattr("barbelo.api.pleroma.notifications.MOST_SHOWN", 2)
    ids = await told_of(api, alice, carol)
    assert [one["id"] for one in await api.post(READ, as_=alice, max_id=ids[0])] == ids[:2]
    assert await unread(api, alice) == []


async def test_reading_twice_is_reading_once(api, alice, carol):
    [only] = await told_of(api, alice, carol, 1)
    first = await api.post(READ, as_=alice, id=only)
    assert await api.post(READ, as_=alice, id=only) == first


@pytest.mark.parametrize("name", ["0", "999999999", "nonsense", "9" * 30])
async def test_what_is_not_there_or_another_s_cannot_be_read(api, alice, carol, name):
    [theirs] = await told_of(api, alice, carol, 1)
    refused(await told(api, carol, "POST", READ, id=theirs), 400, UNKNOWN)
    refused(await told(api, alice, "POST", READ, id=name), 400, UNKNOWN)
    assert await api.post(READ, as_=carol, max_id=theirs) == []
    assert await unread(api, alice) == [theirs]


async def test_one_must_say_how_far(api, alice):
    refused_field(await told(api, alice, "POST", READ), "id", 400)
    refused_field(await told(api, alice, "POST", READ, id="", max_id=""), "id", 400)
    refused(await told(api, alice, "POST", READ, max_id="nonsense"), 400, UNKNOWN)


async def test_what_the_blocked_said_is_read_and_not_shown(api, alice, carol):
    [only] = await told_of(api, alice, carol, 1)
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    assert await api.post(READ, as_=alice, max_id=only) == []
    assert await unread(api, alice) == []


async def test_only_people_with_the_scope_come_in(api, alice, carol):
    [only] = await told_of(api, alice, carol, 1)
    await serves_only_people(api, alice, "POST", f"{READ}?id={only}", "write:notifications")
    assert await unread(api, alice) == [only]


async def test_the_oldest_front_ends_read_all_up_to_one(api, alice, carol):
    path = "/api/qvitter/statuses/notifications/read"
    newest, middle, oldest = await told_of(api, alice, carol)
    read = await api.post(path, as_=alice, latest_id=middle)
    check_all(read, "Notification")
    assert [one["id"] for one in read] == [middle, oldest]
    assert await unread(api, alice) == [newest]
    refused_field(await told(api, alice, "POST", path), "latest_id", 400)
    refused(await told(api, alice, "POST", path, latest_id="nonsense"), 400, UNKNOWN)
    await serves_only_people(api, alice, "POST", f"{path}?latest_id={newest}", "write:notifications")
    assert await unread(api, alice) == [newest]
