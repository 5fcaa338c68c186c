"""Following, blocking and muting through the API: shapes, scopes, texts, lists, and what is left behind."""

import pytest

from api.shapes import check, check_all
from barbelo.domain.accounts.state import suspend
from barbelo.kernel.ids import encode
from calls import next_link, opened_api, settings_for
from counting import queries
from people import nobody, resident
from relatives import asked, beside, counts_of

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
async def tx(database):
    async with beside(database) as tx:
        yield tx


def of(person, deed):
    return f"{ACCOUNTS}/{encode(person.id)}/{deed}"


async def did(api, who, path, **wish):
    relationship = await api.post(path, as_=who, **wish)
    check(relationship, "Relationship")
    return relationship


async def test_a_follow_from_wish_to_end(api, tx, alice, carol):
    shown = await did(api, alice, of(carol, "follow"))
    assert (shown["id"], shown["following"], shown["requested"]) == (encode(carol.id), True, False)
    assert shown["showing_reblogs"] is True
    shown = await did(api, alice, of(carol, "follow"), reblogs="false", notify=True, languages=["de"])
    assert (shown["showing_reblogs"], shown["notifying"], shown["languages"]) == (False, True, ["de"])
    assert (await api.get(f"{ACCOUNTS}/carol"))["followers_count"] == 1
    shown = await did(api, alice, of(carol, "unfollow"))
    assert (shown["following"], shown["languages"], shown["showing_reblogs"]) == (False, None, False)
    assert await counts_of(tx, carol) == (0, 0, 0)


@pytest.mark.parametrize("form", [{"data": {"languages[]": ["de", "en"]}}, {"params": {"languages[]": "de"}}])
async def test_wishes_come_in_every_form(api, alice, carol, form):
    answer = await api.call("POST", of(carol, "follow"), as_=alice, **form)
    assert answer.json()["languages"][0] == "de"


async def test_a_person_may_be_named_instead_of_numbered(api, alice, carol, rosa):
    assert (await did(api, alice, f"{ACCOUNTS}/carol/follow"))["following"] is True
    assert (await did(api, alice, f"{ACCOUNTS}/rosa@remote.test/follow"))["requested"] is True


async def test_a_request_is_seen_counted_and_answered(api, tx, alice, bob, carol):
    for fan in (alice, carol):
        assert (await did(api, fan, of(bob, "follow")))["requested"] is True
    assert (await api.get(f"{ACCOUNTS}/verify_credentials", as_=bob))["follow_requests_count"] == 2
    waiting = await api.get("/api/v1/follow_requests", as_=bob)
    check_all(waiting, "Account")
    assert [one["username"] for one in waiting] == ["carol", "alice"]
    shown = await did(api, bob, f"/api/v1/follow_requests/{encode(alice.id)}/authorize")
    assert (shown["followed_by"], shown["requested_by"]) == (True, False)
    shown = await did(api, bob, f"/api/v1/follow_requests/{encode(carol.id)}/reject")
    assert (shown["followed_by"], shown["requested_by"]) == (False, False)
    assert await api.get("/api/v1/follow_requests", as_=bob) == []
    assert await counts_of(tx, bob) == (1, 0, 0)
    for answer in ("authorize", "reject"):
        path = f"/api/v1/follow_requests/{encode(carol.id)}/{answer}"
        assert await api.status_of("POST", path, as_=bob) == 404


async def test_requests_are_paged(api, tx, bob):
    for number in range(3):
        await asked(tx, await resident(tx, f"fan{number}"), bob)
    first = await api.call("GET", "/api/v1/follow_requests?limit=2", as_=bob)
    rest = await api.call("GET", next_link(first), as_=bob)
    shown = [one["username"] for one in [*first.json(), *rest.json()]]
    assert shown == ["fan2", "fan1", "fan0"]


async def test_a_follower_is_removed(api, tx, alice, carol):
    await did(api, alice, of(carol, "follow"))
    assert (await did(api, carol, of(alice, "remove_from_followers")))["followed_by"] is False
    assert await counts_of(tx, alice) == (0, 0, 0)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("follow", "Can not follow yourself"),
        ("unfollow", "Can not unfollow yourself"),
        ("remove_from_followers", "Can not unfollow yourself"),
        ("block", "Can not block yourself"),
        ("mute", "Can not mute yourself"),
    ],
)
async def test_what_one_does_not_do_to_oneself_is_400(api, alice, deed, words):
    answer = await api.call("POST", of(alice, deed), as_=alice)
    assert (answer.status_code, answer.json()) == (400, {"error": words})


async def test_who_is_blocked_is_told_so_when_following(api, alice, carol):
    await did(api, carol, of(alice, "block"))
    answer = await api.call("POST", of(carol, "follow"), as_=alice)
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "Could not follow user: carol blocked you."},
    )


DEEDS = ["follow", "unfollow", "remove_from_followers", "block", "unblock", "mute", "unmute"]


@pytest.mark.parametrize("deed", DEEDS)
async def test_nothing_is_done_to_those_who_are_not_there(api, alice, deed):
    for name in (encode(nobody()), "nobody", "nobody@nowhere.test", "!"):
        answer = await api.call("POST", f"{ACCOUNTS}/{name}/{deed}", as_=alice)
        assert answer.status_code == 404
        assert answer.json()["error"]


async def test_the_suspended_are_let_go_but_not_followed(api, tx, alice, carol):
    await did(api, alice, of(carol, "follow"))
    await did(api, alice, of(carol, "mute"))
    await suspend(tx, carol.id)
    for deed in ("follow", "block", "mute"):
        assert await api.status_of("POST", of(carol, deed), as_=alice) == 404
    assert (await did(api, alice, of(carol, "unfollow")))["following"] is False
    assert (await did(api, alice, of(carol, "unmute")))["muting"] is False


@pytest.mark.parametrize("deed", DEEDS)
async def test_every_deed_needs_a_person_and_its_scope(api, alice, carol, deed):
    assert await api.status_of("POST", of(carol, deed)) == 403
    scope = {"block": "write:blocks", "unblock": "write:blocks", "mute": "write:mutes"}.get(
        deed, "write:mutes" if deed == "unmute" else "write:follows"
    )
    reading = await api.token(alice, "read")
    answer = await api.call("POST", of(carol, deed), as_=reading)
    assert (answer.status_code, answer.json()) == (403, {"error": f"Insufficient permissions: {scope}."})
    for enough in (scope, "follow"):
        assert await api.status_of("POST", of(carol, deed), as_=await api.token(alice, enough)) == 200


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/v1/blocks", "read:blocks"),
        ("/api/v1/mutes", "read:mutes"),
        ("/api/v1/follow_requests", "read:follows"),
        (f"{ACCOUNTS}/relationships", "read:follows"),
    ],
)
async def test_every_list_needs_a_person_and_its_scope(api, alice, path, scope):
    assert await api.status_of("GET", path) == 403
    answer = await api.call("GET", path, as_=await api.token(alice, "read:accounts"))
    assert (answer.status_code, answer.json()) == (403, {"error": f"Insufficient permissions: {scope}."})
    assert await api.get(path, as_=await api.token(alice, scope)) == []


async def test_blocks_are_listed_and_paged(api, alice, bob, carol):
    for other in (bob, carol):
        shown = await did(api, alice, of(other, "block"))
        assert shown["blocking"] is True
    first = await api.call("GET", "/api/v1/blocks/?limit=1&with_relationships=true", as_=alice)
    check_all(first.json(), "Account")
    assert first.json()[0]["username"] == "carol"
    assert first.json()[0]["pleroma"]["relationship"]["blocking"] is True
    rest = await api.call("GET", next_link(first), as_=alice)
    assert [one["username"] for one in rest.json()] == ["bob"]
    await did(api, alice, of(bob, "unblock"))
    assert len(await api.get("/api/v1/blocks", as_=alice)) == 1
    assert await api.get("/api/v1/blocks", as_=bob) == []


async def test_mutes_are_listed_with_their_end(api, alice, bob, carol):
    await did(api, alice, of(bob, "mute"), duration="3600", notifications="false")
    shown = await did(api, alice, of(carol, "mute"), expires_in=0)
    assert (shown["muting"], shown["muting_notifications"], shown["muting_expires_at"]) == (True, True, None)
    listed = await api.get("/api/v1/mutes/", as_=alice)
    check_all(listed, "MutedAccount")
    assert [(one["username"], one["mute_expires_at"] is None) for one in listed] == [
        ("carol", True),
        ("bob", False),
    ]


@pytest.mark.parametrize(
    ("deed", "wish"),
    [
        ("mute", {"duration": -1}),
        ("mute", {"duration": 10**12}),
        ("mute", {"duration": "soon"}),
        ("mute", {"notifications": "perhaps"}),
        ("follow", {"languages": ["english?"]}),
        ("follow", {"reblogs": "some"}),
        ("follow", {"languages": {"a": "b"}}),
    ],
)
async def test_wishes_that_make_no_sense_are_422_and_change_nothing(api, alice, carol, deed, wish):
    answer = await api.call("POST", of(carol, deed), as_=alice, json=wish)
    assert answer.status_code == 422
    assert answer.json()["error"]
    (shown,) = await api.get(f"{ACCOUNTS}/relationships", as_=alice, id=encode(carol.id))
    assert (shown["following"], shown["muting"]) == (False, False)


@pytest.mark.parametrize("path", ["/api/v1/blocks", "/api/v1/mutes", "/api/v1/follow_requests"])
@pytest.mark.parametrize("cursor", ["max_id=x", "min_id=-1", "since_id=99999999999999999999"])
async def test_a_cursor_that_is_none_is_422(api, alice, path, cursor):
    assert await api.status_of("GET", f"{path}?{cursor}", as_=alice) == 422


async def test_following_the_same_account_again_and_again_is_slowed_down(tmp_path, database, alice, carol):
    limited = settings_for(tmp_path, rate_limits={"enabled": True})
    async with opened_api(limited, database) as api:
        statuses = [await api.status_of("POST", of(carol, "follow"), as_=alice) for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_a_list_takes_as_many_queries_for_many_as_for_one(api, tx, alice, monkeypatch):
    counts = []
    await api.get("/api/v1/blocks", as_=alice)
    for number in (1, 5):
        while len(await api.get("/api/v1/mutes", as_=alice)) < number:
            person = await resident(tx, f"loud{encode(tx.new_id())}")
            await api.post(of(person, "mute"), as_=alice)
        with queries(monkeypatch) as asked_for:
            await api.get("/api/v1/mutes", as_=alice, with_relationships=True)
        counts.append(len(asked_for))
    assert counts[0] == counts[1] == 3
