"""Notifications, version 1: what is told, how it is chosen, and being done with it."""

import pytest

from api.shapes import check, check_all
from pages import there_and_back
from posts import blocks_row, mutes_row, published
from refusals import refused, refused_field, serves_only_people, told

NOTES = "/api/v1/notifications"
STATUSES = "/api/v1/statuses"


async def mentions(api, who, name="alice", **wish):
    return await api.post(STATUSES, as_=who, status=f"hey @{name}", **wish)


async def kinds_of(api, who, **params):
    return [note["type"] for note in await api.get(NOTES, as_=who, **params)]


@pytest.fixture
async def busy(api, alice, bob, carol):
    """Carol follows alice and mentions her; bob favourites and boosts her status. The latest first."""
    status = await api.post(STATUSES, as_=alice, status="x")
    await api.post("/api/v1/accounts/alice/follow", as_=carol)
    await mentions(api, carol, visibility="private")
    await api.post(f"{STATUSES}/{status['id']}/favourite", as_=bob)
    await api.post(f"{STATUSES}/{status['id']}/reblog", as_=bob)
    return ["reblog", "favourite", "mention", "follow"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", NOTES, "read:notifications"),
        ("GET", f"{NOTES}/unread_count", "read:notifications"),
        ("GET", f"{NOTES}/1", "read:notifications"),
        ("POST", f"{NOTES}/clear", "write:notifications"),
        ("POST", f"{NOTES}/1/dismiss", "write:notifications"),
        ("POST", f"{NOTES}/dismiss?id=1", "write:notifications"),
        ("DELETE", f"{NOTES}/destroy_multiple?ids[]=1", "write:notifications"),
    ],
)
async def test_only_people_with_the_scope_have_them(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)
    assert await api.status_of(method, path, as_=await api.token(alice, scope)) in {200, 404}


async def test_notifications_have_the_shape_that_clients_know(api, alice, carol, busy):
    notes = await api.get(NOTES, as_=alice)
    check_all(notes, "Notification")
    assert [note["type"] for note in notes] == busy
    assert [note["account"]["acct"] for note in notes] == ["bob", "bob", "carol", "carol"]
    for note in notes:
        grouped = note["type"] != "mention"
        assert (note["group_key"] == f"ungrouped-{note['id']}") is not grouped
        assert note["pleroma"] == {"is_seen": False, "is_muted": False}
        assert ("status" in note) == (note["type"] != "follow")
    check(await api.get(f"{NOTES}/{notes[0]['id']}", as_=alice), "Notification")


async def test_a_follow_request_is_told_and_becomes_a_follow(api, alice, bob):
    await api.post("/api/v1/accounts/bob/follow", as_=alice)
    [note] = await api.get(NOTES, as_=bob)
    check(note, "Notification")
    assert note["type"] == "follow_request"
    await api.post(f"/api/v1/follow_requests/{note['account']['id']}/authorize", as_=bob)
    assert await kinds_of(api, bob) == ["follow"]


@pytest.mark.parametrize("name", ["types", "types[]", "include_types[]", "include_types"])
async def test_kinds_can_be_asked_for(api, alice, busy, name):
    assert await kinds_of(api, alice, **{name: ["mention", "follow", "pleroma:chat_mention"]}) == [
        "mention",
        "follow",
    ]
    assert await kinds_of(api, alice, **{name: "reblog"}) == ["reblog"]
    assert await kinds_of(api, alice, **{name: ["poll", "nonsense"]}) == []


async def test_kinds_can_be_left_out(api, alice, busy):
    assert await kinds_of(api, alice, **{"exclude_types[]": ["reblog", "nonsense"]}) == busy[1:]
    assert await kinds_of(api, alice, **{"types[]": ["reblog", "follow"], "exclude_types[]": "follow"}) == [
        "reblog"
    ]


async def test_visibilities_can_be_left_out(api, alice, busy):
    assert "mention" not in await kinds_of(api, alice, **{"exclude_visibilities[]": ["private", "direct"]})
    assert await kinds_of(api, alice, exclude_visibilities="public") == ["mention", "follow"]


async def test_one_sender_can_be_asked_for(api, alice, busy):
    carol_id = (await api.get("/api/v1/accounts/carol"))["id"]
    assert await kinds_of(api, alice, account_id=carol_id) == ["mention", "follow"]
    for nobody in ("9hptFmVJ02khbzYJaS", "!", "x" * 99):
        answer = await api.call("GET", NOTES, as_=alice, params={"account_id": nobody})
        refused(answer, 404, "Account is not found")


async def test_muted_senders_are_told_on_request_and_blocked_ones_never(api, alice, bob, carol, busy):
    async with api.database.transaction() as tx:
        await mutes_row(tx, alice, bob)
        await blocks_row(tx, alice, carol)
    assert await api.get(NOTES, as_=alice) == []
    notes = await api.get(NOTES, as_=alice, with_muted="true")
    assert [(note["type"], note["pleroma"]["is_muted"]) for note in notes] == [
        ("reblog", True),
        ("favourite", True),
    ]


async def test_notifications_are_paged_by_link_in_both_directions(api, alice, carol):
    for _ in range(7):
        await mentions(api, carol)
    ids = [note["id"] for note in await api.get(NOTES, as_=alice)]
    assert len(ids) == 7
    await there_and_back(api, alice, NOTES, ids)
    await there_and_back(api, alice, f"{NOTES}?types[]=mention&exclude_types[]=follow", ids)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("limit", "x"),
        ("max_id", "9hptFmVJ02khbzYJaS"),
        ("min_id", "9" * 25),
        ("exclude_visibilities", "secret"),
        ("with_muted", "x"),
    ],
)
@pytest.mark.parametrize("path", [NOTES, f"{NOTES}/unread_count"])
async def test_bad_parameters_are_named(api, alice, path, name, wrong):
    if path == NOTES or not name.endswith("_id"):
        refused_field(await api.call("GET", path, as_=alice, params={name: wrong}), name)


async def test_up_to_eighty_are_given(api, alice, carol):
    async with api.database.transaction() as tx:
        for _ in range(81):
            await published(tx, carol, mentions=(alice,))
    for limit, given in ((None, 20), (0, 1), (60, 60), (1000, 80)):
        params = {} if limit is None else {"limit": limit}
        assert len(await api.get(NOTES, as_=alice, **params)) == given


@pytest.mark.parametrize("which", ["9999999", "0", "nonsense", "9" * 30, "%00", "-1"])
@pytest.mark.parametrize(("method", "below"), [("GET", ""), ("POST", "/dismiss")])
async def test_what_is_not_there_is_not_found(api, alice, method, below, which):
    refused(await api.call(method, f"{NOTES}/{which}{below}", as_=alice), 404, "Record not found")


async def test_somebody_elses_are_not_found_and_stay(api, alice, carol, busy):
    [note, *_] = await api.get(NOTES, as_=alice)
    for method, path in (("GET", note["id"]), ("POST", f"{note['id']}/dismiss")):
        refused(await api.call(method, f"{NOTES}/{path}", as_=carol), 404, "Record not found")
    refused(await told(api, carol, "POST", f"{NOTES}/dismiss", id=note["id"]), 404, "Record not found")
    await api.delete(f"{NOTES}/destroy_multiple", as_=carol, **{"ids[]": note["id"]})
    await api.post(f"{NOTES}/clear", as_=carol)
    assert await kinds_of(api, alice) == busy


async def test_one_is_dismissed_in_the_new_way_and_in_the_old(api, alice, busy):
    first, second, third, fourth = [note["id"] for note in await api.get(NOTES, as_=alice)]
    assert await api.post(f"{NOTES}/{first}/dismiss", as_=alice) == {}
    assert await api.post(f"{NOTES}/dismiss", as_=alice, id=second) == {}
    assert await api.post(f"{NOTES}/dismiss", as_=alice, id=int(third)) == {}
    assert await kinds_of(api, alice) == busy[3:]
    answer = await api.call("POST", f"{NOTES}/dismiss", as_=alice, data={"id": fourth})
    assert (answer.status_code, answer.json()) == (200, {})
    refused(await told(api, alice, "POST", f"{NOTES}/{first}/dismiss"), 404, "Record not found")


async def test_which_one_has_to_be_said(api, alice):
    refused_field(await told(api, alice, "POST", f"{NOTES}/dismiss"), "id")
    refused_field(await api.call("DELETE", f"{NOTES}/destroy_multiple", as_=alice), "ids")
    refused_field(await told(api, alice, "DELETE", f"{NOTES}/destroy_multiple", ids={"a": 1}), "ids")


async def test_several_are_dismissed_and_what_is_not_there_is_no_error(api, alice, busy):
    first, second, third, _ = [note["id"] for note in await api.get(NOTES, as_=alice)]
    path = f"{NOTES}/destroy_multiple"
    assert await api.delete(path, as_=alice, **{"ids[]": [first, "999999", "nonsense", second]}) == {}
    answer = await api.call("DELETE", path, as_=alice, json={"ids": [int(third)]})
    assert (answer.status_code, answer.json()) == (200, {})
    assert await kinds_of(api, alice) == busy[3:]


async def test_all_are_cleared(api, alice, busy):
    assert await api.post(f"{NOTES}/clear", as_=alice) == {}
    assert await api.get(NOTES, as_=alice) == []
    assert await api.post(f"{NOTES}/clear", as_=alice) == {}


async def test_the_unread_are_counted_as_they_are_listed(api, alice, bob, busy):
    async def unread(**params):
        return (await api.get(f"{NOTES}/unread_count", as_=alice, **params))["count"]

    assert await unread() == 4
    assert await unread(limit=3) == 3
    assert await unread(**{"types[]": ["follow", "mention"]}) == 2
    assert await unread(**{"exclude_types[]": "follow"}) == 3
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, bob)
    assert await unread() == 2
    me = await api.get("/api/v1/accounts/verify_credentials", as_=alice)
    assert me["pleroma"]["unread_notifications_count"] == 2
    newest = (await api.get(NOTES, as_=alice))[0]["id"]
    await api.post("/api/v1/markers", as_=alice, notifications={"last_read_id": newest})
    assert await unread() == 0
    assert {note["pleroma"]["is_seen"] for note in await api.get(NOTES, as_=alice)} == {True}
