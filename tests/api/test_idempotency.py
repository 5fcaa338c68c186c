"""The same wish twice is one wish: `Idempotency-Key`. Source: reference/pleroma 11.5."""

import asyncio

import pytest

from barbelo.api.mastodon import statuses as door
from barbelo.http.idempotency import forget_old
from pictures import png, quarters
from refusals import refused, refused_field

STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"
REPLAYED = ("idempotency-key", "idempotent-replayed", "x-original-request-id")


async def wish(api, who, key, **more):
    call = {"json": {"status": "x"}, **more}
    return await api.call("POST", STATUSES, as_=who, headers={"Idempotency-Key": key}, **call)


async def insists(api, who, key):
    """Asks again while the server is busy, as clients do."""
    for wait_s in (0.1, 0.2, 0.5, 1, 2, 4):
        answer = await wish(api, who, key)
        if answer.status_code != 503:
            break
        await asyncio.sleep(wait_s)
    return answer


async def count_at_home(api, who):
    return len(await api.get(HOME, as_=who))


async def test_a_wish_that_is_repeated_is_granted_once_and_says_so(api, alice):
    first = await wish(api, alice, "one")
    second = await wish(api, alice, "one", json={"status": "something else"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotency-key"] == "one"
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["x-original-request-id"] == first.headers["x-request-id"]
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert await count_at_home(api, alice) == 1


async def test_of_many_at_the_same_moment_one_is_granted(api, alice):
    await api.token(alice)
    answers = await asyncio.gather(*(insists(api, alice, "one") for _ in range(7)))
    assert [answer.status_code for answer in answers] == [200] * 7
    assert len({answer.json()["id"] for answer in answers}) == 1
    fresh = [answer for answer in answers if "idempotent-replayed" not in answer.headers]
    assert len(fresh) == 1
    for answer in answers:
        if answer not in fresh:
            assert all(answer.headers[name] for name in REPLAYED)
            assert answer.headers["x-original-request-id"] == fresh[0].headers["x-request-id"]
    assert await count_at_home(api, alice) == 1


async def test_more_than_the_database_has_connections_for_are_answered_and_none_is_granted_twice(api, alice):
    await api.token(alice)
    answers = await asyncio.gather(*(wish(api, alice, "one") for _ in range(40)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    assert (await insists(api, alice, "one")).headers["idempotent-replayed"] == "true"
    assert await count_at_home(api, alice) == 1


async def test_different_keys_and_no_key_are_different_wishes(api, alice):
    for key in ("one", "two"):
        assert (await wish(api, alice, key)).status_code == 200
    for _ in range(2):
        assert "idempotency-key" not in (await wish(api, alice, "")).headers
    assert await count_at_home(api, alice) == 4


async def test_the_keys_of_two_people_do_not_meet(api, alice, carol):
    hers = await wish(api, alice, "one", json={"status": "secret", "visibility": "private"})
    his = await wish(api, carol, "one")
    assert hers.json()["id"] != his.json()["id"]
    assert "secret" not in his.text
    assert "idempotent-replayed" not in his.headers


async def test_a_wish_that_failed_can_be_granted_with_the_same_key(api, alice):
    refused_field(await wish(api, alice, "one", json={"status": " "}), "status")
    answer = await wish(api, alice, "one")
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


async def test_a_crash_in_the_middle_leaves_neither_a_status_nor_a_key(api, alice, monkeypatch):
    plain = door.publish

    async def crashing(tx, draft):
        await plain(tx, draft)
        raise ZeroDivisionError

    monkeypatch.setattr(door, "publish", crashing)
    refused(await wish(api, alice, "one"), 500, "Something went wrong")
    monkeypatch.setattr(door, "publish", plain)
    assert await api.database.pool.fetchval("select count(*) from idempotency") == 0
    assert await count_at_home(api, alice) == 0
    assert "idempotent-replayed" not in (await wish(api, alice, "one")).headers
    assert await count_at_home(api, alice) == 1


async def test_what_was_deleted_meanwhile_is_not_made_again(api, alice):
    first = await wish(api, alice, "one")
    await api.delete(f"{STATUSES}/{first.json()['id']}", as_=alice)
    refused(await wish(api, alice, "one"), 404, "Record not found")
    assert await count_at_home(api, alice) == 0


async def test_a_planned_status_is_planned_once(api, alice):
    planned = {"status": "x", "scheduled_at": "2090-01-01T00:00:00.000Z"}
    first, second = [await wish(api, alice, "one", json=planned) for _ in range(2)]
    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await api.get("/api/v1/scheduled_statuses", as_=alice)) == 1


async def test_the_same_key_is_another_wish_at_another_door(api, alice):
    file = {"file": ("a.png", png(quarters(8, 8)), "image/png")}
    headers = {"Idempotency-Key": "one"}
    first, second = [
        await api.call("POST", "/api/v1/media", as_=alice, files=file, headers=headers) for _ in range(2)
    ]
    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"
    status = await wish(api, alice, "one", json={"media_ids": [first.json()["id"]]})
    assert status.status_code == 200
    assert "idempotent-replayed" not in status.headers


async def test_a_key_may_hold_whatever_a_header_can(api, alice):
    for key in ('"quoted"', "a b,c", "x" * 255, "caf\xe9"):
        first, second = [await wish(api, alice, key.encode("latin-1")) for _ in range(2)]
        assert second.json()["id"] == first.json()["id"], key


@pytest.mark.parametrize("key", ["x" * 256, "x" * 5000])
async def test_a_key_that_is_too_long_is_told_so(api, alice, key):
    refused_field(await wish(api, alice, key), "Idempotency-Key")
    assert await count_at_home(api, alice) == 0


async def test_keys_are_forgotten_after_six_hours(api, alice):
    await wish(api, alice, "old")
    await api.database.pool.execute("update idempotency set created_at = now() - interval '361 minutes'")
    await wish(api, alice, "new")
    async with api.database.transaction() as tx:
        assert await forget_old(tx) == 1
    assert "idempotent-replayed" in (await wish(api, alice, "new")).headers
    assert "idempotent-replayed" not in (await wish(api, alice, "old")).headers
