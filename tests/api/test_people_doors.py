"""Blocked servers, notes, endorsements, and what Pleroma adds: subscriptions, favourites, birthdays, outgoing requests."""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from calls import next_link
from people import stranger
from refusals import refused, refused_field, serves_guests, serves_only_people, told
from relatives import asked

ACCOUNTS = "/api/v1/accounts"
PLEROMA = "/api/v1/pleroma"
DOMAINS = "/api/v1/domain_blocks"


def of(person, deed, base=ACCOUNTS):
    return f"{base}/{encode(getattr(person, 'id', person))}/{deed}"


async def names(api, path, **call):
    return [one["username"] for one in await api.get(path, **call)]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", DOMAINS, "read:blocks"),
        ("POST", f"{DOMAINS}?domain=a.test", "write:blocks"),
        ("DELETE", f"{DOMAINS}?domain=a.test", "write:blocks"),
        ("GET", "/api/v1/endorsements", "read:accounts"),
        ("POST", f"{ACCOUNTS}/1/endorse", "write:accounts"),
        ("POST", f"{ACCOUNTS}/1/pin", "write:accounts"),
        ("POST", f"{ACCOUNTS}/1/unendorse", "write:accounts"),
        ("POST", f"{ACCOUNTS}/1/unpin", "write:accounts"),
        ("POST", f"{ACCOUNTS}/1/note", "write:accounts"),
        ("POST", f"{PLEROMA}/accounts/1/subscribe", "write:follows"),
        ("POST", f"{PLEROMA}/accounts/1/unsubscribe", "write:follows"),
        ("GET", f"{PLEROMA}/birthdays?day=1&month=1", "read:accounts"),
        ("GET", f"{PLEROMA}/outgoing_follow_requests", "read:follows"),
        ("GET", "/api/v1/follow_requests/outgoing", "read:follows"),
        ("POST", "/api/v1/follows?uri=nobody", "write:follows"),
    ],
)
async def test_only_people_with_the_scope_may(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)
    assert await api.status_of(method, path, as_=await api.token(alice, scope)) in {200, 404}


async def test_a_server_is_blocked_listed_and_unblocked(api, alice):
    async with api.database.transaction() as tx:
        rosa = await stranger(tx, "rosa", "remote.test")
        await asked(tx, alice, rosa)
    for domain in ("a.test", "Remote.test", "b.test", "b.test"):
        assert await api.post(DOMAINS, as_=alice, domain=domain) == {}
    first = await api.call("GET", f"{DOMAINS}?limit=2", as_=alice)
    assert first.json() == ["b.test", "remote.test"]
    rest = await api.call("GET", next_link(first), as_=alice)
    assert rest.json() == ["a.test"]
    [shown] = await api.get(f"{ACCOUNTS}/relationships", as_=alice, id=encode(rosa))
    assert (shown["domain_blocking"], shown["requested"]) == (True, False)
    assert await api.delete(DOMAINS, as_=alice, domain="REMOTE.test") == {}
    answer = await api.call("DELETE", DOMAINS, as_=alice, data={"domain": "a.test"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert await api.get(DOMAINS, as_=alice) == ["b.test"]


@pytest.mark.parametrize(
    "domain", ["", "not a host", "a@b.test", "http://a.test/", "barbelo.test", "x" * 300]
)
async def test_what_is_no_server_elsewhere_cannot_be_blocked(api, alice, domain):
    refused(await told(api, alice, "POST", DOMAINS, domain=domain), 422)
    assert await api.get(DOMAINS, as_=alice) == []
    refused_field(await told(api, alice, "POST", DOMAINS), "domain")


async def test_a_note_is_shown_to_its_writer_alone(api, alice, carol):
    shown = await api.post(of(carol, "note"), as_=alice, comment="plays chess")
    check(shown, "Relationship")
    assert shown["note"] == "plays chess"
    [other] = await api.get(f"{ACCOUNTS}/relationships", as_=carol, id=encode(alice.id))
    assert other["note"] == ""
    refused(await told(api, alice, "POST", of(carol, "note"), comment="x" * 2001), 422)
    assert (await api.post(of(carol, "note"), as_=alice, comment="x"))["note"] == "x"
    assert (await api.post(of(carol, "note"), as_=alice))["note"] == ""


@pytest.mark.parametrize(("deed", "undo"), [("pin", "unpin"), ("endorse", "unendorse")])
async def test_people_one_follows_are_endorsed(api, alice, bob, carol, deed, undo):
    answer = await told(api, alice, "POST", of(carol, deed))
    refused(answer, 400, "Could not endorse: You are not following carol")
    await api.post(of(carol, "follow"), as_=alice)
    shown = await api.post(of(carol, deed), as_=alice)
    check(shown, "Relationship")
    assert shown["endorsed"] is True
    for path in (of(alice, "endorsements"), of(alice, "endorsements", f"{PLEROMA}/accounts")):
        check_all(await api.get(path), "Account")
        assert await names(api, path, as_=bob) == ["carol"]
        await serves_guests(api, bob, path, "read:accounts")
    [own] = await api.get("/api/v1/endorsements", as_=alice, with_relationships=True)
    assert own["pleroma"]["relationship"]["endorsed"] is True
    await api.post(of(alice, "block"), as_=carol)
    assert await api.get("/api/v1/endorsements", as_=alice) == []
    await api.post(of(alice, "unblock"), as_=carol)
    await api.post(of(carol, "follow"), as_=alice)
    await api.post(of(carol, deed), as_=alice)
    assert (await api.post(of(carol, undo), as_=alice))["endorsed"] is False


async def test_a_subscriber_is_told_of_every_status_and_no_boost(api, alice, bob, carol):
    shown = await api.post(of(carol, "subscribe", f"{PLEROMA}/accounts"), as_=alice)
    check(shown, "Relationship")
    assert (shown["subscribing"], shown["notifying"], shown["following"]) == (True, True, False)
    first = await api.post("/api/v1/statuses", as_=carol, status="one")
    other = await api.post("/api/v1/statuses", as_=bob, status="from bob")
    answer = await api.post("/api/v1/statuses", as_=carol, status="two", in_reply_to_id=other["id"])
    await api.post(f"/api/v1/statuses/{other['id']}/reblog", as_=carol)
    await api.post("/api/v1/statuses", as_=carol, status="three", visibility="private")
    notes = await api.get("/api/v1/notifications", as_=alice)
    check_all(notes, "Notification")
    assert [(note["type"], note["status"]["id"]) for note in notes] == [
        ("status", answer["id"]),
        ("status", first["id"]),
    ]
    shown = await api.post(of(carol, "unsubscribe", f"{PLEROMA}/accounts"), as_=alice)
    assert shown["subscribing"] is False
    await api.post("/api/v1/statuses", as_=carol, status="four")
    assert len(await api.get("/api/v1/notifications", as_=alice)) == 2
    refused(await told(api, alice, "POST", of(alice, "subscribe", f"{PLEROMA}/accounts")), 400)
    await api.post(of(alice, "block"), as_=carol)
    answer = await told(api, alice, "POST", of(carol, "subscribe", f"{PLEROMA}/accounts"))
    refused(answer, 403, "Could not subscribe: carol is blocking you")


async def test_favourites_of_others_are_shown_when_they_allow_it_and_as_far_as_one_may_see(
    api, alice, bob, carol
):
    path = of(carol, "favourites", f"{PLEROMA}/accounts")
    refused(await api.call("GET", path, as_=alice), 403, "Can't get favorites")
    await api.call("PATCH", f"{ACCOUNTS}/update_credentials", as_=carol, json={"hide_favorites": False})
    texts = []
    for visibility in ("public", "private", "unlisted", "direct"):
        status = await api.post(
            "/api/v1/statuses", as_=bob, status=f"@carol {visibility}", visibility=visibility
        )
        await api.post(f"/api/v1/statuses/{status['id']}/favourite", as_=carol)
        texts.append(status["id"])
    seen = [one["id"] for one in await api.get(path, as_=alice)]
    assert seen == [texts[2], texts[0]]
    assert [one["id"] for one in await api.get(path)] == seen
    assert [one["id"] for one in await api.get(path, as_=carol)] == texts[::-1]
    first = await api.call("GET", path, as_=alice, params={"limit": 1})
    second = await api.call("GET", next_link(first), as_=alice)
    assert [one["id"] for one in second.json()] == [texts[0]]
    check_all(second.json(), "Status")
    await serves_guests(api, alice, path, "read:favourites")
    refused(await api.call("GET", f"{PLEROMA}/accounts/nobody/favourites", as_=alice), 404)


async def test_birthdays_of_those_one_follows(api, alice, bob, carol):
    for person, shown in ((bob, True), (carol, False)):
        wish = {"birthday": "2000-02-29", "show_birthday": shown, "locked": False}
        await api.call("PATCH", f"{ACCOUNTS}/update_credentials", as_=person, json=wish)
        await api.post(of(person, "follow"), as_=alice)
    path = f"{PLEROMA}/birthdays"
    assert await names(api, path, as_=alice, day=29, month=2) == ["bob"]
    assert await names(api, path, as_=alice, day=28, month=2) == []
    assert await names(api, path, as_=bob, day=29, month=2) == []
    refused_field(await api.call("GET", path, as_=alice, params={"day": 32, "month": 1}), "day", 400)
    refused_field(await api.call("GET", path, as_=alice, params={"day": 3}), "month", 400)


async def test_requests_that_one_has_made_are_listed(api, alice, bob, carol):
    await api.post(of(bob, "follow"), as_=alice)
    await api.post(of(carol, "follow"), as_=alice)
    for path in (f"{PLEROMA}/outgoing_follow_requests", "/api/v1/follow_requests/outgoing"):
        assert await names(api, path, as_=alice) == ["bob"]
        assert await names(api, path, as_=bob) == []


async def test_somebody_is_followed_by_name_or_address(api, alice, carol):
    async with api.database.transaction() as tx:
        await stranger(tx, "rosa", "remote.test")
    for uri in (
        "carol",
        "carol@barbelo.test",
        "https://barbelo.test/@carol",
        "https://barbelo.test/users/carol",
    ):
        shown = await api.post("/api/v1/follows", as_=alice, uri=uri)
        check(shown, "Account")
        assert (shown["username"], shown["pleroma"]["relationship"]["following"]) == ("carol", True)
    asked_for = await api.post("/api/v1/follows", as_=alice, uri="rosa@remote.test")
    assert asked_for["pleroma"]["relationship"]["requested"] is True
    refused(await told(api, alice, "POST", "/api/v1/follows", uri="nobody@remote.test"), 404)
    refused(await told(api, alice, "POST", "/api/v1/follows", uri="alice"), 400, "Can not follow yourself")
